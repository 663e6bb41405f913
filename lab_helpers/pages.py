"""The student's own pages: copies of the notebooks without their outputs.

`notebooks/` is committed with outputs, for readers and for tests. A student works in
`my_pages/`, which git ignores: there no *Predict* shows its answer, and an update of
the workbook finds no file that was changed by running it.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Any

from lab_helpers import settings
from lab_helpers.process import LabError

MADE_FROM = "made_from"
_OURS = "workbook"  # our part of a copy's metadata


class PageError(LabError):
    """A page that is not there, or a copy that cannot be made."""


@dataclass(frozen=True, slots=True)
class PageCopy:
    """What became of one page: its name, the copy's file, and a word on the copy.

    `word` is *new* for the first copy, *changed* for one that was made beside an older
    one, *fresh* for one that took its place, and *yours* when nothing was to be done.
    `old` is where the student's own one is now, after *fresh*.
    """

    page: str
    copy: Path
    word: str
    old: Path | None = None

    def __repr__(self) -> str:
        sentences = {
            "new": "new",
            "changed": f"has changed since yours; the new one is {self.copy.name}",
            "fresh": "fresh" + (f"; yours is now {self.old.name}" if self.old else ""),
            "yours": "yours",
        }
        return f"{self.page}: {sentences[self.word]}"


@dataclass(frozen=True, slots=True)
class Pages:
    """The course's notebooks, and the folder of the student's copies of them."""

    originals: Path
    copies: Path

    def update(self) -> list[PageCopy]:
        """Copies each page that has no copy, or has changed since; overwrites none."""
        return [self._updated(original) for original in self._originals()]

    def start_afresh(self, numbers: Sequence[str]) -> list[PageCopy]:
        """New copies of these pages; the ones before stay, under another name."""
        known = {original.name[:2]: original for original in self._originals()}
        chosen = sorted({number.zfill(2) for number in numbers})
        for number in chosen:
            if number not in known:
                raise PageError(
                    f"no page has the number {number}; known: {', '.join(known)}"
                )
        return [self._afresh(known[number]) for number in chosen]

    def _updated(self, original: Path) -> PageCopy:
        # Every copy says which version of its page it was made from. As long as one of
        # them was made from the present version there is nothing to offer.
        mine = self.copies / original.name
        copy, version = _copy_of(original)
        copies = sorted(self.copies.glob(f"{original.stem}*.ipynb"))
        if mine.exists() and version in map(_version_of, copies):
            return PageCopy(original.stem, mine, "yours")
        word = "changed" if mine.exists() else "new"
        target = _free(mine, "new") if mine.exists() else mine
        return PageCopy(original.stem, _write(target, copy), word)

    def _afresh(self, original: Path) -> PageCopy:
        mine, old = self.copies / original.name, None
        copy, _ = _copy_of(original)
        if mine.exists():
            old = mine.rename(_free(mine, "old"))
        return PageCopy(original.stem, _write(mine, copy), "fresh", old)

    def _originals(self) -> list[Path]:
        return sorted(self.originals.glob("[0-9][0-9]_*.ipynb"))


def of_the_course() -> Pages:
    """The pages of this workbook. The copies' `../data` is the same folder."""
    return Pages(settings.ROOT / "notebooks", settings.ROOT / "my_pages")


def _copy_of(original: Path) -> tuple[str, str]:
    """The text of a copy without outputs, and the version of the page it is from."""
    notebook = json.loads(original.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    version = _digest(notebook)
    notebook["metadata"][_OURS] = {MADE_FROM: version}
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", version


def _digest(notebook: dict[str, Any]) -> str:
    """A digest of what a student reads and runs; ids and metadata do not count."""
    cells = [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def _version_of(copy: Path) -> str:
    """The version of the page that a copy was made from; empty when it cannot say."""
    try:
        notebook = json.loads(copy.read_text(encoding="utf-8"))
        return str(notebook["metadata"][_OURS][MADE_FROM])
    except (ValueError, KeyError, TypeError):  # damaged, or made by other means
        return ""


def _free(copy: Path, word: str) -> Path:
    """The first name beside a copy that no file has: `-new`, `-new-2` and so on."""
    ends = chain([word], (f"{word}-{number}" for number in count(2)))
    names = (copy.with_stem(f"{copy.stem}-{end}") for end in ends)
    return next(name for name in names if not name.exists())


def _write(target: Path, text: str) -> Path:
    try:
        target.parent.mkdir(exist_ok=True)
        # Mode x: a file that came into being meanwhile is not overwritten either.
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise PageError(
            f"your copy {target} cannot be made ({error}). Is the workbook's folder "
            "writable, and has the disk space left?"
        ) from error
    return target
