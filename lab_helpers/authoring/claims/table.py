"""Table of a page's claims: read from its file, and held against the page."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab_helpers import exercises
from lab_helpers.authoring.claims import expression, numerals
from lab_helpers.authoring.claims.finder import claims_something
from lab_helpers.authoring.claims.outputs import Output, OutputError
from lab_helpers.authoring.claims.page import Page, sentences
from lab_helpers.process import LabError

FOLDER = Path(exercises.__file__).parent
_BRACKETS = re.compile(rf"\[({numerals.NUMERAL})\]")
# An output that is quite another breaks an expression in one of these ways.
_UNREADABLE = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError)
_CALL = re.compile(r"\bnumbers?\(")
SHORTEST = 3
"""Words of a sentence below which it could be another of the page."""

_KEYS = {"sentence", "cell", "shows", "lacks", "numbers", "holds"}


class ClaimError(LabError):
    """A claim that cannot be read: names the sentence and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of a page, and what the outputs of some cells must be for it."""

    sentence: str
    cells: tuple[str, ...]
    shows: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    holds: str = ""

    @property
    def quotation(self) -> str:
        """The words of the page, without the brackets around numbers."""
        return _BRACKETS.sub(r"\1", self.sentence)

    @property
    def figures(self) -> list[str]:
        """The numbers in brackets, as the prose writes them."""
        return _BRACKETS.findall(self.sentence)

    def problems(self, page: Page) -> Iterator[str]:
        """What is not so, in a sentence each; none for a claim that is true."""
        if not any(self.quotation in each for each in page.paragraphs()):
            yield "the page has no such sentence"
        try:
            output = page.output(self.cells)
            yield from self._false_words(output)
            yield from self._false_numbers(output)
            if why := self._contradiction(output):
                yield why
        except _UNREADABLE as error:
            yield str(error)

    def _contradiction(self, output: Output) -> str:
        return expression.contradiction(self.holds, self._names(output))

    def _false_words(self, output: Output) -> Iterator[str]:
        for words in self.shows:
            if not output.shows(words):
                yield f"the output has no {words!r}"
        for words in self.lacks:
            if output.shows(words):
                yield f"the output has {words!r}"

    def _false_numbers(self, output: Output) -> Iterator[str]:
        written = _BRACKETS.finditer(self.sentence)
        for match, source in zip(written, self.numbers, strict=False):
            value = self._number(source, output)
            approximate = numerals.is_approximate(self.sentence[: match.start()])
            shown = numerals.rounded_as(value, match[1], approximate=approximate)
            if abs(shown - numerals.parse(match[1])) > 1e-9:
                yield f"the sentence says {match[1]}, the output {value:g}"

    def _number(self, source: str, output: Output) -> float:
        if not _is_expression(source):
            return output.number(source)
        return float(expression.evaluated(source, self._names(output)))

    def _names(self, output: Output) -> dict[str, Any]:
        prose = [numerals.parse(each) for each in self.figures]
        return expression.names(output) | {"prose": prose}


@dataclass(frozen=True, slots=True)
class Exemption:
    """A sentence that claims nothing of an output, and why it does not."""

    sentence: str
    why: str


@dataclass(frozen=True, slots=True)
class Claims:
    """All claims of a page, and the sentences that are none."""

    page: str
    claims: tuple[Claim, ...] = ()
    exemptions: tuple[Exemption, ...] = ()

    def problems(self, notebook: Mapping[str, Any]) -> list[str]:
        """The false claims of a page: sentence, cells, what is not so, the output."""
        page = Page(notebook)
        return [
            _report(claim, problems, page)
            for claim in self.claims
            if (problems := list(claim.problems(page)))
        ]

    def unclaimed(self, notebook: Mapping[str, Any]) -> list[str]:
        """Sentences with a number, an order or a sighting and without a claim."""
        known = [claim.quotation for claim in self.claims]
        known += [each.sentence for each in self.exemptions]
        return [
            sentence
            for sentence in Page(notebook).sentences_after_outputs()
            if claims_something(sentence) and not _touches(sentence, known)
        ]

    def idle_exemptions(self, notebook: Mapping[str, Any]) -> list[str]:
        """Exempt sentences that the finder does not find, or that have a claim."""
        quotations = [claim.quotation for claim in self.claims]
        needed = [
            sentence
            for sentence in Page(notebook).sentences_after_outputs()
            if claims_something(sentence) and not _touches(sentence, quotations)
        ]
        return [
            each.sentence
            for each in self.exemptions
            if not any(_touches(sentence, [each.sentence]) for sentence in needed)
        ]


def false_claims(notebook: Mapping[str, Any], name: str) -> list[str]:
    """The false claims of the page with this name; none if it has no claims."""
    claims = load(name)
    return claims.problems(notebook) if claims else []


def load(name: str) -> Claims | None:
    """The claims of the page with this name, or None if there is no file for it."""
    path = FOLDER / f"nb{name[:2]}" / "claims.toml"
    if not path.is_file():
        return None
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    if table["page"] != name:
        return None
    return Claims(
        name,
        tuple(_claim(each) for each in table.get("claim", ())),
        tuple(Exemption(**each) for each in table.get("exempt", ())),
    )


def _claim(entry: Mapping[str, Any]) -> Claim:
    if extra := entry.keys() - _KEYS:
        raise ClaimError(
            f"the claim {entry.get('sentence')!r} has unknown keys: {sorted(extra)}"
        )
    claim = Claim(
        sentence=" ".join(entry["sentence"].split()),
        cells=_texts(entry["cell"]),
        shows=_texts(entry.get("shows", ())),
        lacks=_texts(entry.get("lacks", ())),
        numbers=_texts(entry.get("numbers", ())),
        holds=" ".join(entry.get("holds", "").split()),
    )
    if fault := next(_faults(claim), ""):
        raise ClaimError(f"the claim {claim.sentence!r} cannot be checked: {fault}")
    return claim


def _faults(claim: Claim) -> Iterator[str]:
    if len(claim.quotation.split()) < SHORTEST:
        yield f"its sentence has fewer than {SHORTEST} words"
    if not (claim.shows or claim.lacks or claim.numbers or claim.holds):
        yield "it does not say what must hold"
    used = len(claim.numbers) or ("prose" in claim.holds) * len(claim.figures)
    if used != len(claim.figures):
        yield f"{len(claim.figures)} numbers are in brackets and {used} are compared"
    holds = [claim.holds] if claim.holds else []
    for source in [*filter(_is_expression, claim.numbers), *holds]:
        if fault := expression.fault(source):
            yield f"{source!r}: {fault}"


def _is_expression(source: str) -> bool:
    """Whether the source of a number is Python and not words around a `#`."""
    return "#" not in source or bool(_CALL.search(source))


def _texts(entry: str | Sequence[str]) -> tuple[str, ...]:
    return (entry,) if isinstance(entry, str) else tuple(entry)


def _touches(sentence: str, quotations: list[str]) -> bool:
    """Whether one of the quotations has a part of the sentence, or all of it."""
    parts = [part for quotation in quotations for part in sentences(quotation)]
    return any(part in sentence or sentence in part for part in parts)


def _report(claim: Claim, problems: list[str], page: Page) -> str:
    cells = ", ".join(claim.cells)
    try:
        lines = page.output(claim.cells).lines
    except OutputError:
        lines = []
    output = "".join(f"\n    | {line}" for line in lines[:20])
    return f'cell {cells}, "{claim.sentence}": {"; ".join(problems)}{output}'
