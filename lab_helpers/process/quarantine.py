"""Data that the lab cannot open: moved out of its way, never deleted."""

import shutil
import time
from pathlib import Path


def set_aside(state_dir: Path) -> Path | None:
    """Move all emulators' data to `aside-<time>` in the same folder; None if none."""
    data = [path for path in state_dir.iterdir() if _is_data(path)]
    if not data:
        return None
    aside = state_dir / time.strftime("aside-%Y%m%d-%H%M%S")
    aside.mkdir()
    for path in data:
        path.rename(aside / path.name)
    return aside


def put_back(state_dir: Path, aside: Path) -> None:
    """Undo `set_aside`, dropping what was made since."""
    for path in filter(_is_data, list(state_dir.iterdir())):
        shutil.rmtree(path)
    for path in list(aside.iterdir()):
        path.rename(state_dir / path.name)
    aside.rmdir()


def _is_data(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith("aside-")
