"""The lab from outside: is it running, end it, empty it.

Apart from `lab.py` so that a terminal need not wait for what only notebooks use.
"""

from dataclasses import dataclass
from pathlib import Path

from lab_helpers import process, settings
from lab_helpers.process import LabError, Running
from lab_helpers.process.quarantine import put_back, set_aside
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
        said = "".join(f"\n  {remark}" for remark in self.running.said)
        return (
            f"The lab is running as process {self.running.pid}.\n"
            f"  Honeycomb  {_place(self.settings.honeycomb)}\n"
            f"  AWS        {_place(self.settings.aws)}\n"
            f"  X-Ray      {self.settings.xray.daemon_address}\n"
            f"  Rollbar    {_place(self.settings.rollbar)}\n"
            f"  data in    {self.state_dir}{said}"
        )


def _place(vendor: Honeycomb | Aws | Rollbar) -> str:
    if vendor.mode is Mode.EMULATED:
        return vendor.endpoint
    return f"real {vendor.endpoint}".rstrip()


@dataclass(frozen=True, slots=True, repr=False)
class Emptied:
    """What `reset()` did; `aside` is where damaged data was put, if any was."""

    state_dir: Path
    aside: Path | None = None

    def __repr__(self) -> str:
        if self.aside is None:
            return (
                f"Emptied: every dataset and query in {self.state_dir} is gone, and "
                "everything in the local AWS and Rollbar."
            )
        return (
            "The lab could not open its data, so nothing was deleted: it is now in "
            f"{self.aside}, and the lab starts empty."
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
        wanted = running.lead(wanted)
    return Status(wanted.state_dir, running, wanted)


def reset() -> Emptied:
    """Empty the lab's datasets; a running lab goes on serving.

    Data that the lab cannot open is moved aside, never deleted. Raises LabError.
    """
    wanted = settings.load()
    running = process.find(wanted.state_dir)
    if running is not None:
        process.call(running, "POST", "/reset")
        return Emptied(wanted.state_dir)
    try:
        running = process.start(wanted)
    except LabError as refusal:
        return Emptied(wanted.state_dir, _set_aside(wanted, refusal))
    try:
        process.call(running, "POST", "/reset")
    finally:
        process.stop(wanted.state_dir)
    return Emptied(wanted.state_dir)


def _set_aside(wanted: Settings, refusal: LabError) -> Path:
    aside = set_aside(wanted.state_dir)
    if aside is None:
        raise refusal
    try:
        process.start(wanted)
    except LabError:
        # The data was not the reason, so it goes back to where it was.
        put_back(wanted.state_dir, aside)
        raise refusal from None
    process.stop(wanted.state_dir)
    return aside
