"""Environment of a private lab, which takes nothing of its author's: no port, no key.

Pages that are run for their outputs, proofs and tests use it: what the shell and `.env`
set, and a lab that is running already, make no difference to them.
"""

from pathlib import Path

from lab_helpers import settings

FOREIGN = ("AWS_", "HONEYCOMB_", "LAB_", "OTEL_", "ROLLBAR_")
"""Beginnings of all variables that the lab and the vendors' libraries read."""
PORTS = ("LAB_HONEYCOMB_PORT", "LAB_AWS_PORT", "LAB_XRAY_PORT", "LAB_ROLLBAR_PORT")


def variables(state_dir: Path) -> dict[str, str]:
    """Variables for a lab in `state_dir` that takes any free port and no `.env`."""
    ports = dict.fromkeys(PORTS, "0")
    return {"LAB_STATE_DIR": str(state_dir), "LAB_ENV_FILE": "", **ports}


def environment(state_dir: Path) -> dict[str, str]:
    """This process's environment for a child that uses the lab in `state_dir` alone."""
    inherited = settings.child_environment()
    rest = {k: v for k, v in inherited.items() if not k.startswith(FOREIGN)}
    return rest | variables(state_dir)
