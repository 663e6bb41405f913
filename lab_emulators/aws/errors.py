"""The errors of AWS that the gateway and the engines raise."""

from collections.abc import Mapping
from typing import Any


class AwsError(Exception):
    """An error as AWS names it: `code`, a message for people, the HTTP status.

    `members` are what the error's shape has besides its message.
    """

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        *,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.members = members or {}


def invalid_request(message: str) -> AwsError:
    """X-Ray's InvalidRequestException: missing or invalid parameters."""
    return AwsError("InvalidRequestException", message)


def not_emulated(what: str) -> AwsError:
    """The error that names what AWS does and the local AWS does not.

    `what` begins with `service.Operation`, or with the service.
    """
    code = "NotImplemented" if what.startswith("s3.") else "NotImplementedException"
    return AwsError(code, f"not emulated locally: {what}", 501)
