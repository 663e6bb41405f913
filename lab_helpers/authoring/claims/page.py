"""Pages as claims see them: paragraphs of prose, and outputs by the id of the cell."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lab_helpers.authoring.claims.outputs import Output, OutputError

_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_TAGS = re.compile(r"</?(?:details|summary)>(?:Answer</summary>)?")
_BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*|]|\d+\.) )|(?<=\n)(?=#)|(?<=\|)\n")
_END = re.compile(r"(?<=[.!?])[)*_\"]*\s+(?=[^a-z\s])")


class Page:
    """A notebook's prose and outputs; `notebook` is the file as JSON or nbformat's."""

    def __init__(self, notebook: Mapping[str, Any]) -> None:
        self._cells: Sequence[Mapping[str, Any]] = notebook["cells"]
        self._outputs = {
            str(cell["id"]): cell["outputs"]
            for cell in self._cells
            if cell["cell_type"] == "code"
        }

    def output(self, cells: Sequence[str]) -> Output:
        """What these cells show; raises OutputError for an id that is not there."""
        if missing := [cell for cell in cells if cell not in self._outputs]:
            raise OutputError(f"no code cell has the id {', '.join(missing)}")
        return Output.of([out for cell in cells for out in self._outputs[cell]])

    def paragraphs(self) -> list[str]:
        """All paragraphs of prose, each on one line."""
        return [each for cell in self._prose() for each in paragraphs(_source(cell))]

    def sentences_after_outputs(self) -> list[str]:
        """Sentences that may speak of an output.

        Those are the ones between a cell that shows something and the next heading or
        code cell, and those of the section *What you saw*.
        """
        return [
            sentence
            for paragraph in self._paragraphs_after_outputs()
            for sentence in sentences(paragraph)
        ]

    def _paragraphs_after_outputs(self) -> Iterator[str]:
        after = False
        for cell in self._cells:
            if cell["cell_type"] == "code":
                after = bool(cell["outputs"]) and "exercise" not in cell["metadata"]
                continue
            for paragraph in paragraphs(_source(cell)):
                if paragraph.startswith("#"):
                    after = paragraph.lower() == "## what you saw"
                elif after:
                    yield paragraph

    def _prose(self) -> Iterator[Mapping[str, Any]]:
        return (cell for cell in self._cells if cell["cell_type"] == "markdown")


def paragraphs(markdown: str) -> list[str]:
    """Paragraphs, items of lists, rows of tables and headings, without code blocks.

    >>> paragraphs("## Look\\nTwo rows,\\none of them\\n\\n- short.")
    ['## Look', 'Two rows, one of them', '- short.']
    """
    text = _TAGS.sub("\n\n", _FENCE.sub("", markdown))
    text = re.sub(r"^> ?", "", text, flags=re.MULTILINE)
    text = re.sub(r"^(#+ .*)$", r"\n\n\1\n\n", text, flags=re.MULTILINE)
    blocks = (" ".join(block.split()) for block in _BLOCK.split(text))
    return [block for block in blocks if block]


def sentences(paragraph: str) -> list[str]:
    """The sentences of a paragraph, or of a part of one.

    >>> sentences("Two rows. *One* is new")
    ['Two rows.', '*One* is new']
    """
    return _END.split(paragraph)


def _source(cell: Mapping[str, Any]) -> str:
    return "".join(cell["source"])
