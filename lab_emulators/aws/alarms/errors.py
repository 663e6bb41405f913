"""The errors of CloudWatch's alarms, in AWS's words where they are known."""

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.metrics.errors import validation_error as validation_error


def not_emulated(what: str) -> AwsError:
    """The error for what AWS does and the lab does not."""
    text = f"not emulated locally: cloudwatch.{what}"
    return AwsError("NotImplementedException", text, 501)


def no_alarm(name: str) -> AwsError:
    """ResourceNotFound of an alarm."""
    return AwsError("ResourceNotFound", f"Alarm {name} does not exist", 404)


def limit_exceeded(message: str) -> AwsError:
    """LimitExceeded: a quota of CloudWatch is reached."""
    return AwsError("LimitExceeded", message)


def invalid_format(message: str) -> AwsError:
    """InvalidFormat of a parameter that must be JSON."""
    return AwsError("InvalidFormat", message)
