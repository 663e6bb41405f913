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
    """ResourceAlreadyExistsException for a `log group` or `log stream`."""
    message = f"The specified {what} already exists"
    return AwsError("ResourceAlreadyExistsException", message)


def no_record() -> AwsError:
    """ResourceNotFoundException for the event of a pointer."""
    message = "The specified log record does not exist."
    return AwsError("ResourceNotFoundException", message)


def no_filter() -> AwsError:
    """ResourceNotFoundException for a metric or subscription filter."""
    text = "The specified filter does not exist."
    return AwsError("ResourceNotFoundException", text)


def no_query() -> AwsError:
    """ResourceNotFoundException for a query."""
    return AwsError("ResourceNotFoundException", "The specified query does not exist.")


def no_query_definition() -> AwsError:
    """ResourceNotFoundException for a query definition."""
    text = "The specified query definition does not exist."
    return AwsError("ResourceNotFoundException", text)


def no_policy(name: str) -> AwsError:
    """ResourceNotFoundException for a resource policy."""
    text = f"Policy with name [{name}] does not exist"
    return AwsError("ResourceNotFoundException", text)


def limit_exceeded(message: str = "Resource limit exceeded.") -> AwsError:
    """LimitExceededException: a quota of CloudWatch Logs is reached."""
    return AwsError("LimitExceededException", message)


def not_serializable(message: str) -> AwsError:
    """SerializationException: the body of a request cannot be read."""
    return AwsError("SerializationException", message)
