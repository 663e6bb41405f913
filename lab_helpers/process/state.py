"""State folder of a lab: addresses of the running one, and its log.

`lab.json` says where the running lab listens, `lab.lock` lets one starter in at a
time, `lab.log` holds the output of the lab's process.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lab_helpers import settings
from lab_helpers.errors import SentenceError
from lab_helpers.settings import Addresses

VERSION = version("tracing-workbook")


class LabError(SentenceError):
    """A failure of the lab: what happened, and what to try."""


@dataclass(frozen=True, slots=True)
class Running:
    """A running lab: its process, its control address, its vendors' addresses.

    `notes` are sentences for the student, such as a port that was taken;
    `stage_seconds` maps each stage of the start to the seconds it took.
    """

    pid: int
    control: str
    token: str = field(repr=False)
    addresses: Addresses = field(default_factory=Addresses)
    notes: tuple[str, ...] = ()
    version: str = VERSION
    stage_seconds: Mapping[str, float] = field(default_factory=dict)


def make_folder(state_dir: Path) -> None:
    """Makes the folder and the empty file that stands for AWS's configuration."""
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        (state_dir / settings.EMPTY_CONFIG).write_bytes(b"")
    except OSError as error:
        raise LabError(
            f"the state folder {state_dir} cannot be made ({error}). Make the "
            "workbook's folder writable, or set LAB_STATE_DIR to a folder that is."
        ) from error


def read_state(state_dir: Path) -> Running | None:
    """The lab that `lab.json` names, whether it still runs or not; None without one.

    A lab of another version of the workbook is read as far as ending it needs.
    """
    try:
        document = json.loads((state_dir / "lab.json").read_text(encoding="utf-8"))
        return _running(document)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Missing or half written: the same as no lab.
        return None


def _running(document: Mapping[str, Any]) -> Running:
    known = {field.name for field in fields(Running)}
    values = {name: value for name, value in document.items() if name in known}
    if values.get("version") != VERSION:
        values = {name: values[name] for name in ("pid", "control", "token", "version")}
        return Running(**values)
    values["addresses"] = Addresses(**values["addresses"])
    return Running(**{**values, "notes": tuple(values["notes"])})


def write_state(state_dir: Path, running: Running) -> None:
    """Writes `lab.json` in one step, for the owner's eyes only."""
    draft = state_dir / "lab.json.new"
    draft.touch(mode=0o600)  # it holds the token
    draft.write_text(json.dumps(asdict(running)), encoding="utf-8")
    draft.replace(state_dir / "lab.json")


def log_tail(state_dir: Path, lines: int = 12) -> str:
    """The last lines of the lab's log, or a sentence when there are none."""
    try:
        text = (state_dir / "lab.log").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    return "\n".join(text.splitlines()[-lines:]) or "(the log is empty)"
