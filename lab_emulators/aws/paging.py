"""Pages of lists: an opaque token stands for a position in a list computed anew.

The services differ in the name of the member and in what they say of a token that
they never gave.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from lab_emulators.aws.errors import AwsError

_T = TypeVar("_T")
_PREFIX = "at "


@dataclass(frozen=True, slots=True)
class Paging:
    """Pagination of one service: the member that holds the token, and its error."""

    member: str
    code: str
    message: str

    def page_of(
        self, items: Sequence[_T], token: str | None, size: int
    ) -> tuple[list[_T], dict[str, Any]]:
        """One page of `items`, and the answer's token member if more follow.

        Raises AwsError for a token that was never given.
        """
        start = self.position_in(token)
        return list(items[start : start + size]), self.rest(start + size, len(items))

    def position_in(self, token: str | None) -> int:
        """The position that a token names, 0 without one; raises AwsError."""
        return int(self._decimal(self.unpack(token))) if token else 0

    def rest(self, position: int, length: int) -> dict[str, Any]:
        """The token member for a position in a list, nothing beyond its end."""
        return {self.member: self.pack(str(position))} if position < length else {}

    def pack(self, text: str) -> str:
        """The token for `text`, decimals among punctuation, that nobody will read."""
        return base64.urlsafe_b64encode(f"{_PREFIX}{text}".encode()).decode()

    def unpack(self, token: str) -> str:
        """The text that a token was made of; raises AwsError for any other."""
        try:
            raw = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
            text = raw.decode()
        except (ValueError, binascii.Error) as error:
            raise self.refusal() from error
        if not text.startswith(_PREFIX) or set(text[3:]) - set("0123456789/ +-"):
            raise self.refusal()
        return text.removeprefix(_PREFIX)

    def refusal(self) -> AwsError:
        """The error for a token that was never given."""
        return AwsError(self.code, self.message)

    def _decimal(self, text: str) -> str:
        if not text.isdecimal():
            raise self.refusal()
        return text


LOGS = Paging(
    "nextToken", "InvalidParameterException", "The specified nextToken is invalid."
)
XRAY = Paging("NextToken", "InvalidRequestException", "Invalid NextToken")
CLOUDWATCH = Paging(
    "NextToken", "InvalidNextToken", "The next token specified is invalid."
)
