"""What a filter pattern is refused with."""

from lab_emulators.aws.errors import AwsError


class PatternError(AwsError):
    """A pattern that cannot be read: what is wrong, at which character from 1.

    `reason` says that much without the words AWS begins with, which differ: a metric
    filter's pattern is an "Invalid metric filter pattern", a search's an "Invalid
    filter pattern".
    """

    def __init__(self, message: str, position: int) -> None:
        self.position = position + 1
        self.reason = f"{message} at position {self.position}"
        super().__init__(
            "InvalidParameterException", f"Invalid metric filter pattern: {self.reason}"
        )
