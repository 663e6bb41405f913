"""The errors of X-Ray, in AWS's words where they are known."""

from lab_emulators.aws.errors import AwsError


def invalid_request(message: str) -> AwsError:
    """InvalidRequestException: missing or invalid parameters."""
    return AwsError("InvalidRequestException", message)


def throttled(retry_after_s: float) -> AwsError:
    """ThrottledException: too many documents wait to be stored."""
    text = f"too much is waiting to be stored, retry in {retry_after_s} s"
    return AwsError("ThrottledException", text, 429)


def no_resource(arn: str) -> AwsError:
    """ResourceNotFoundException of an ARN."""
    return AwsError("ResourceNotFoundException", f"There is no resource {arn}", 404)


def too_many_rules(limit: int) -> AwsError:
    """RuleLimitExceededException: a region has no more custom sampling rules."""
    text = f"There are {limit} custom rules already"
    return AwsError("RuleLimitExceededException", text)
