"""The errors of CloudWatch's metrics, in AWS's words where they are known."""

from lab_emulators.aws.errors import AwsError


def invalid_value(message: str) -> AwsError:
    """InvalidParameterValue."""
    return AwsError("InvalidParameterValue", message)


def invalid_combination(message: str) -> AwsError:
    """InvalidParameterCombination."""
    return AwsError("InvalidParameterCombination", message)


def missing_parameter(name: str) -> AwsError:
    """MissingParameter of that parameter."""
    return AwsError("MissingParameter", f"The parameter {name} is required.")


def validation_error(message: str) -> AwsError:
    """ValidationError, as GetMetricData has it."""
    return AwsError("ValidationError", message)
