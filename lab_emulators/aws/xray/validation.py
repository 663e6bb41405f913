"""Parameters against X-Ray's service model."""

from collections.abc import Mapping
from typing import Any

from lab_emulators.aws.validation import faults
from lab_emulators.aws.xray.errors import invalid_request


def check(operation: str, parameters: Mapping[str, Any]) -> None:
    """Raise InvalidRequestException, naming every fault of the parameters."""
    found = faults("xray", operation, parameters)
    if found:
        raise invalid_request(found)
