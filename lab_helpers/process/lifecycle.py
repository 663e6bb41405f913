"""Life cycle of the lab as a student commands it: status, stop, reset.

Apart from `lab.py` so that a terminal need not wait for what only notebooks use.
"""

from dataclasses import dataclass
from pathlib import Path

from lab_helpers import process, settings
from lab_helpers.process import LabError, Running
from lab_helpers.process.quarantine import quarantine, restore
from lab_helpers.settings import Aws, Honeycomb, Mode, Rollbar, Settings


@dataclass(frozen=True, slots=True, repr=False)
class Status:
    """The lab as `status()` finds it, with its addresses."""

    state_dir: Path
    running: Running | None
    settings: Settings

    def __repr__(self) -> str:
        if not self.settings.needs_lab:
            return "Every vendor is real, so no lab is needed."
        if self.running is None:
            return "The lab is not running; `lab up` or `lab.start()` starts it."
        notes = "".join(f"\n  {note}" for note in self.running.notes)
        return (
            f"The lab is running as process {self.running.pid}.\n"
            f"  Honeycomb  {_address(self.settings.honeycomb)}\n"
            f"  AWS        {_address(self.settings.aws)}\n"
            f"  X-Ray      {self.settings.xray.daemon_address}\n"
            f"  Rollbar    {_address(self.settings.rollbar)}\n"
            f"  data in    {self.state_dir}{notes}"
        )


def _address(vendor: Honeycomb | Aws | Rollbar) -> str:
    if vendor.mode is Mode.EMULATED:
        return vendor.endpoint
    return f"real {vendor.endpoint}".rstrip()


@dataclass(frozen=True, slots=True, repr=False)
class Emptied:
    """What `reset()` did; `quarantine` is the folder that damaged data was moved to."""

    state_dir: Path
    quarantine: Path | None = None

    def __repr__(self) -> str:
        if self.quarantine is None:
            return (
                f"Emptied: every dataset and query in {self.state_dir} is gone, and "
                "everything in the local AWS and Rollbar."
            )
        return (
            "The lab could not open its data, so nothing was deleted: it is now in "
            f"{self.quarantine}, and the lab starts empty."
        )


def stop() -> Status:
    """End the running lab, for every notebook that uses it; its data stays."""
    wanted = settings.load()
    process.stop(wanted.state_dir)
    return Status(wanted.state_dir, None, wanted)


def status() -> Status:
    """Whether the lab is running, where it listens, where its data is."""
    wanted = settings.load()
    running = process.find(wanted.state_dir)
    if running:
        wanted = wanted.at(running.addresses)
    return Status(wanted.state_dir, running, wanted)


def reset() -> Emptied:
    """Empty the lab's datasets; a running lab goes on serving.

    Data that the lab cannot open goes into quarantine, never lost. Raises LabError.
    """
    wanted = settings.load()
    running = process.find(wanted.state_dir)
    if running is not None:
        process.call(running, "POST", "/reset")
        return Emptied(wanted.state_dir)
    try:
        running = process.start(wanted)
    except LabError as refusal:
        return Emptied(wanted.state_dir, _quarantined(wanted, refusal))
    try:
        process.call(running, "POST", "/reset")
    finally:
        process.stop(wanted.state_dir)
    return Emptied(wanted.state_dir)


def _quarantined(wanted: Settings, refusal: LabError) -> Path:
    folder = quarantine(wanted.state_dir)
    if folder is None:
        raise refusal
    try:
        process.start(wanted)
    except LabError:
        # The data was not the reason, so it goes back to where it was.
        restore(wanted.state_dir, folder)
        raise refusal from None
    process.stop(wanted.state_dir)
    return folder
