"""Check of the copies that the running lab passes on to a vendor's real service."""

from lab_helpers import process
from lab_helpers.doctor.report import Finding
from lab_helpers.process.forwarding import forwarding_of
from lab_helpers.settings import Settings


def copies_of(settings: Settings, vendor: str, what: str) -> Finding:
    """The finding called `what` on a vendor's copies; `vendor` as in the settings."""
    running = process.find(settings.state_dir)
    for one in forwarding_of(running) if running else ():
        if one.vendor == vendor:
            return Finding(what, f"{one}", one.note)
    return Finding(what, "the lab passes none on", "run `lab up`, or lab.start()")
