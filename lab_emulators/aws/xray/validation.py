"""Parameters against X-Ray's service model."""

from collections.abc import Mapping
from typing import Any

from lab_emulators.aws.errors import invalid_request
from lab_emulators.aws.validation import faults


def check(operation: str, parameters: Mapping[str, Any]) -> None:
    """Raise InvalidRequestException, naming every fault of the parameters."""
    found = faults("xray", operation, parameters)
    if found:
        raise invalid_request(found)
