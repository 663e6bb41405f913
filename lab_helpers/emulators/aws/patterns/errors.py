"""What a filter pattern is refused with."""

from lab_helpers.emulators.aws.errors import AwsError


class PatternError(AwsError):
    """A pattern that cannot be read: what is wrong, at which character from 1."""

    def __init__(self, message: str, position: int) -> None:
        self.position = position + 1
        super().__init__(
            "InvalidParameterException",
            f"Invalid metric filter pattern: {message} at position {self.position}",
        )
