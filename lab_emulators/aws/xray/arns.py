"""Names of X-Ray's resources, as the rest of AWS spells them."""

from lab_emulators.contract import ACCOUNT_ID


def arn(region: str, resource: str) -> str:
    """The ARN of an X-Ray resource of the lab, e.g. of `group/slow/1`."""
    return f"arn:aws:xray:{region}:{ACCOUNT_ID}:{resource}"
