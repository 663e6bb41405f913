"""What the front door and the engines refuse with: an AWS error."""


class AwsError(Exception):
    """An error as AWS names it: `code`, a message for people, the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid_request(message: str) -> AwsError:
    """X-Ray's InvalidRequestException: missing or invalid parameters."""
    return AwsError("InvalidRequestException", message)
