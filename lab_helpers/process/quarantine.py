"""Quarantine: data that the lab cannot open, moved out of its way, never deleted."""

import shutil
import time
from pathlib import Path

PREFIX = "quarantine-"


def quarantine(state_dir: Path) -> Path | None:
    """Moves all emulators' data to `quarantine-<time>` in the same folder.

    Returns that folder, or None when there was no data.
    """
    data = [path for path in state_dir.iterdir() if _is_data(path)]
    if not data:
        return None
    folder = state_dir / time.strftime(f"{PREFIX}%Y%m%d-%H%M%S")
    folder.mkdir()
    for path in data:
        path.rename(folder / path.name)
    return folder


def quarantine_file(path: Path) -> Path:
    """Moves one damaged file to a new `quarantine-<time>` beside it; the file there."""
    name = time.strftime(f"{PREFIX}%Y%m%d-%H%M%S")
    folder = path.parent / name
    while (folder / path.name).exists():
        folder = folder.with_name(f"{folder.name}-again")
    folder.mkdir(exist_ok=True)
    return path.replace(folder / path.name)


def restore(state_dir: Path, folder: Path) -> None:
    """Moves the data back out of `folder`, replacing what was made since."""
    for path in filter(_is_data, list(state_dir.iterdir())):
        shutil.rmtree(path)
    for path in list(folder.iterdir()):
        path.rename(state_dir / path.name)
    folder.rmdir()


def _is_data(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(PREFIX)
