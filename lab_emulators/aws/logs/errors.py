"""The errors of CloudWatch Logs, in AWS's words where they are known."""

from lab_emulators.aws.errors import AwsError


def invalid(message: str) -> AwsError:
    """InvalidParameterException."""
    return AwsError("InvalidParameterException", message)


def no_group() -> AwsError:
    """ResourceNotFoundException for a log group."""
    message = "The specified log group does not exist."
    return AwsError("ResourceNotFoundException", message)


def no_stream() -> AwsError:
    """ResourceNotFoundException for a log stream."""
    message = "The specified log stream does not exist."
    return AwsError("ResourceNotFoundException", message)


def exists(what: str) -> AwsError:
    """ResourceAlreadyExistsException for a "log group" or "log stream"."""
    message = f"The specified {what} already exists"
    return AwsError("ResourceAlreadyExistsException", message)
