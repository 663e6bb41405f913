"""Check of the copies that the running lab passes on to a vendor's real service."""

from lab_helpers import process
from lab_helpers.doctor.report import Finding
from lab_helpers.process import LabError
from lab_helpers.process.forwarding import forwarding_of
from lab_helpers.settings import Settings

START = "run `lab up`, or lab.start()"


def copies_of(settings: Settings, vendor: str, what: str) -> Finding:
    """The finding called `what` on a vendor's copies; `vendor` as in the settings."""
    running = process.find(settings.state_dir)
    try:
        copies = forwarding_of(running) if running else ()
    except LabError as error:  # it ended just now
        return Finding(what, str(error), START)
    for one in copies:
        if one.vendor == vendor:
            return Finding(what, f"{one}", one.note)
    return Finding(what, "the lab passes none on", START)
