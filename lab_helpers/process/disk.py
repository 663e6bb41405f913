"""Free space of the disk that the lab writes to."""

import shutil
from pathlib import Path

from lab_helpers.process.state import LabError

LEAST_BYTES = 50 * 2**20
"""With less the lab does not start: the first data of a page would not fit."""

LOW_BYTES = 300 * 2**20
"""With less there is a warning: a day of the course writes as much."""


def free_bytes(folder: Path) -> int:
    """Bytes that are free on the disk of a folder, whether it is made yet or not."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free


def check(state_dir: Path) -> None:
    """LabError with numbers if there is too little space for a start."""
    free = free_bytes(state_dir)
    if free < LEAST_BYTES:
        raise LabError(
            f"the disk of {state_dir} is full: {_megabytes(free)} are free, and the "
            f"lab needs {_megabytes(LEAST_BYTES)}. Free some space, or set "
            "LAB_STATE_DIR to a folder on another disk."
        )


def note(state_dir: Path) -> str:
    """A sentence if the space may not last for a day, else nothing."""
    free = free_bytes(state_dir)
    if free >= LOW_BYTES:
        return ""
    return (
        f"Only {_megabytes(free)} of disk are free for the lab's data; "
        f"a day of the course needs up to {_megabytes(LOW_BYTES)}."
    )


def _megabytes(size: int) -> str:
    return f"{size / 2**20:,.0f} MB"
