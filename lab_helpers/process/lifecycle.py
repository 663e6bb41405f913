"""Life cycle commands of a student: status, stop, reset.

Apart from `lab.py` so that a terminal need not wait for what only notebooks use.
"""

from dataclasses import dataclass
from pathlib import Path

from lab_helpers import process
from lab_helpers.process import LabError, Running, disk
from lab_helpers.process.forwarding import Forwarding, forwarding_of
from lab_helpers.process.quarantine import quarantine, restore
from lab_helpers.settings import Aws, Honeycomb, Rollbar, Settings, load


@dataclass(frozen=True, slots=True, repr=False)
class Status:
    """Result of `status()`: the lab, if it runs, its addresses, and its copies.

    `unresponsive` is the id of a lab's process that does not answer.
    """

    state_dir: Path
    running: Running | None
    settings: Settings
    forwarding: tuple[Forwarding, ...] = ()
    unresponsive: int | None = None

    def __repr__(self) -> str:
        if not self.settings.needs_lab:
            return "Every vendor is real, so no lab is needed."
        if self.unresponsive is not None:
            return (
                f"The lab's process {self.unresponsive} is there and does not answer; "
                "`lab up` or lab.start() ends it and starts another one."
            )
        if self.running is None:
            return "The lab is not running; `lab up` or `lab.start()` starts it."
        notes = "".join(
            f"\n  {note}"
            for note in (*self.running.notes, disk.note(self.state_dir))
            if note
        )
        return (
            f"The lab is running as process {self.running.pid}.\n"
            f"  Honeycomb  {_address(self.settings.honeycomb)}\n"
            f"{self._copies('honeycomb')}"
            f"  AWS        {_address(self.settings.aws)}\n"
            f"  X-Ray      {self.settings.xray.daemon_address}\n"
            f"  Rollbar    {_address(self.settings.rollbar)}\n"
            f"{self._copies('rollbar')}"
            f"  data in    {self.state_dir}{notes}"
        )

    def _copies(self, vendor: str) -> str:
        """Lines on what the lab forwards for a vendor, empty when it is nothing."""
        lines = [_copies_line(one) for one in self.forwarding if one.vendor == vendor]
        if not lines and vendor in self.settings.upstreams:
            to = self.settings.upstreams[vendor].endpoint
            lines = [f"no copy goes to {to} yet; `lab up` or `lab.start()` begins it"]
        return "".join(f"{'':13}{line}\n" for line in lines)


def _copies_line(copies: Forwarding) -> str:
    note = f"\n{'':13}{copies.note}" if copies.note else ""
    return f"copies to {copies.endpoint}: {copies}{note}"


def _address(vendor: Honeycomb | Aws | Rollbar) -> str:
    if vendor.mode.is_local:
        return vendor.endpoint
    return f"real {vendor.endpoint}".rstrip()


@dataclass(frozen=True, slots=True, repr=False)
class ResetResult:
    """Result of `reset()`; `quarantine` is the folder of damaged data, moved away.

    The progress of the student is no data of the lab's: `reset()` leaves it alone.
    """

    state_dir: Path
    quarantine: Path | None = None

    def __repr__(self) -> str:
        if self.quarantine is None:
            return (
                f"Emptied: every dataset and query in {self.state_dir} is gone, and "
                "everything in the local AWS and Rollbar. Solved exercises stay solved."
            )
        return (
            "The lab could not open its data, so nothing was deleted: it is now in "
            f"{self.quarantine}, and the lab starts empty."
        )


def stop() -> Status:
    """Ends the running lab, for every notebook that uses it; its data stays."""
    settings = load()
    process.stop(settings.state_dir)
    return Status(settings.state_dir, None, settings)


def status() -> Status:
    """Returns whether the lab runs, its addresses, and the folder of its data."""
    settings = load()
    running = process.find(settings.state_dir)
    if running is None:
        silent = process.unresponsive(settings.state_dir)
        return Status(settings.state_dir, None, settings, unresponsive=silent)
    settings = settings.at(running.addresses)
    return Status(settings.state_dir, running, settings, forwarding_of(running))


def reset() -> ResetResult:
    """Empties the lab's datasets; a running lab goes on serving.

    Data that the lab cannot open goes into quarantine, never lost. Raises LabError.
    """
    settings = load()
    running = process.find(settings.state_dir)
    if running is not None:
        process.call(running, "POST", "/reset")
        return ResetResult(settings.state_dir)
    try:
        running = process.start(settings)
    except LabError as refusal:
        return ResetResult(settings.state_dir, _quarantined(settings, refusal))
    try:
        process.call(running, "POST", "/reset")
    finally:
        process.stop(settings.state_dir)
    return ResetResult(settings.state_dir)


def _quarantined(settings: Settings, refusal: LabError) -> Path:
    folder = quarantine(settings.state_dir)
    if folder is None:
        raise refusal
    try:
        process.start(settings)
    except LabError:
        # The data was not the reason, so it goes back to where it was.
        restore(settings.state_dir, folder)
        raise refusal from None
    process.stop(settings.state_dir)
    return folder
