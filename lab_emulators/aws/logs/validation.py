"""Parameters against the service model of CloudWatch Logs."""

from collections.abc import Mapping
from typing import Any

from lab_emulators.aws.logs.errors import invalid
from lab_emulators.aws.validation import faults


def check(operation: str, parameters: Mapping[str, Any]) -> None:
    """Raise InvalidParameterException, naming every fault of the parameters."""
    found = faults("logs", operation, parameters)
    if found:
        raise invalid(found)
