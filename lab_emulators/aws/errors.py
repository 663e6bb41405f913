"""What the front door and the engines refuse with: an AWS error."""

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
