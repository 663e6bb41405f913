"""Files that a page hands to the student, once its cells have built what is in them.

`take("tracing")` puts `tracing.py` beside the page. The copy is the student's: it is
shown, imported, and never overwritten once it was changed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path
from types import ModuleType

from lab_helpers import settings
from lab_helpers.process import LabError

ORIGINALS = Path(__file__).parent
_HEAD = "# From the tracing workbook, version {}. This file is yours to change.\n"
_HEAD_LINE = re.compile(r"\A" + re.escape(_HEAD).replace(r"\{\}", "([0-9a-f]{12})"))


class FileError(LabError):
    """A file that the workbook does not have, or that cannot be imported."""


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A file of the student's: its path, its text, and a word if it is not as made."""

    path: Path
    text: str
    word: str = ""

    def __repr__(self) -> str:
        lines = len(self.text.splitlines())
        return f"{self.path.name}, {lines} lines: yours to change{self.word}"

    def _repr_html_(self) -> str:
        return (
            f"<details><summary>{escape(repr(self))}</summary>"
            f"<pre>{escape(self.text)}</pre></details>"
        )


def take(name: str) -> ModuleType:
    """Imports the student's `name`.py, made beside the page if it is not there yet.

    Shows the file. A copy that the student has not changed follows the workbook's
    version, a changed one stays as it is. A page of `notebooks/` leaves its copies in
    the lab's folder. FileError names the files there are, or what does not import.
    """
    from IPython.display import display  # only a notebook needs it

    file = _updated(_original(name), _folder() / f"{name}.py")
    display(file)  # type: ignore[no-untyped-call]
    return _imported(name, file.path)


def _original(name: str) -> Path:
    known = sorted(path.stem for path in ORIGINALS.glob("[!_]*.py"))
    if name not in known:
        raise FileError(
            f"the workbook has no file '{name}' to take; there are: {', '.join(known)}"
        )
    return ORIGINALS / f"{name}.py"


def _folder() -> Path:
    """The page's own folder; `notebooks/` itself holds nothing but pages."""
    if Path.cwd() != settings.ROOT / "notebooks":
        return Path.cwd()
    folder = settings.load().state_dir / "files"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _updated(original: Path, copy: Path) -> TakenFile:
    source = original.read_text(encoding="utf-8")
    made = _HEAD.format(_version(source)) + source
    yours = copy.read_text(encoding="utf-8") if copy.exists() else ""
    if not yours or (yours != made and _is_unchanged(yours)):
        copy.write_text(made, encoding="utf-8", newline="\n")
        yours = made
    return TakenFile(copy, yours, _word(yours, made))


def _word(yours: str, made: str) -> str:
    if yours == made:
        return ""
    if yours.startswith(made.splitlines()[0]):
        return ", and changed by you"
    return (
        ", and changed by you; the workbook's has changed, too (to have that one, "
        "rename yours and run this cell again)"
    )


def _is_unchanged(text: str) -> bool:
    """True for a copy as it was made, be it of an older version."""
    head = _HEAD_LINE.match(text)
    return head is not None and head[1] == _version(text[head.end() :])


def _version(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()[:12]


def _imported(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise FileError(f"{path.name} cannot be imported as Python")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
