"""File of the student's progress: `progress.json` in the lab's state folder.

All pages share it, and it outlives their kernels. It holds the names of exercises and
what became of each, nothing of the student's. A solved exercise stays solved there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from lab_helpers.exercises.verdict import State
from lab_helpers.process.quarantine import quarantine_file
from lab_helpers.settings import SettingsError, load

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "progress.json"
LOCK_SECONDS = 5.0
_ORDER = (State.TO_DO, State.NOT_YET, State.SOLVED)


class ProgressFile:
    """The states of the course's exercises, kept in a folder.

    `folder` is asked at each use, since a page may set `LAB_STATE_DIR`. What keeps the
    file from being read or written is one sentence for `say`, never an exception: a
    check goes on without it.
    """

    def __init__(
        self, folder: Callable[[], Path], say: Callable[[str], None] = print
    ) -> None:
        self._folder = folder
        self._say = say

    def states(self) -> Mapping[str, State]:
        """Name → state of every exercise that was answered; {} without a file."""
        try:
            return self._read(self._folder())
        except (OSError, SettingsError) as error:
            self._say(f"your progress cannot be read: {error}")
            return {}

    def save(self, name: str, state: State) -> None:
        """Saves the outcome of a check where it is better than the one before."""
        try:
            with _locked(self._folder()) as folder:
                states = self._read(folder)
                if better(states.get(name), state) is not states.get(name, State.TO_DO):
                    _write(folder, {**states, name: state})
        except (OSError, SettingsError) as error:
            self._say(f"your progress cannot be saved, all else goes on: {error}")

    def forget(self) -> None:
        """Removes the file: no exercise is solved any more."""
        with suppress(FileNotFoundError):
            (self._folder() / NAME).unlink()

    def _read(self, folder: Path) -> dict[str, State]:
        path = folder / NAME
        try:
            return _parsed(path.read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError:
            moved = quarantine_file(path)
            self._say(
                f"{NAME} was damaged, so what you had solved is not known any more; "
                f"the file is now {moved}"
            )
            return {}


def of_the_lab(say: Callable[[str], None] = print) -> ProgressFile:
    """The progress file in the state folder of the present settings."""
    return ProgressFile(lambda: load().state_dir, say)


def better(before: State | None, after: State | None) -> State:
    """The better of two states; None is *to do*.

    >>> better(State.SOLVED, State.NOT_YET), better(None, State.NOT_YET)
    (<State.SOLVED: 'solved'>, <State.NOT_YET: 'not yet'>)
    """
    return max(before or State.TO_DO, after or State.TO_DO, key=_ORDER.index)


@contextmanager
def _locked(folder: Path) -> Iterator[Path]:
    """The folder, made if need be, while no other kernel writes its progress."""
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "progress.lock", LOCK_SECONDS):
        yield folder


def _parsed(content: bytes) -> dict[str, State]:
    """The states in the file's content; ValueError when it is not ours."""
    document = json.loads(content)
    exercises = document.get("exercises") if isinstance(document, dict) else None
    if not isinstance(exercises, dict):
        raise ValueError("it has no exercises")
    return {str(name): State(state) for name, state in exercises.items()}


def _write(folder: Path, states: Mapping[str, State]) -> None:
    """Writes the file in one step: whoever reads it meanwhile has the one before."""
    draft = folder / f"{NAME}.new"
    text = json.dumps({"exercises": states}, indent=1, sort_keys=True)
    draft.write_text(text + "\n", encoding="utf-8")
    draft.replace(folder / NAME)
