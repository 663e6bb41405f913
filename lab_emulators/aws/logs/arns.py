"""ARNs of log groups and streams ("Service Authorization Reference", CloudWatch Logs).

A group's ARN ends in `:*` where it stands for the group's streams, as in policies and
in the `arn` of DescribeLogGroups; it has no such end where it names the group itself,
as in tagging and in `logGroupArn`. Every parameter accepts both.
"""

import re

from lab_emulators.aws.errors import AwsError

_GROUP = re.compile(r"arn:aws[a-z-]*:logs:([^:]*):([^:]*):log-group:([^:]+)(:\*)?")


def group_arn(region: str, account: str, name: str) -> str:
    """The ARN of the group itself, without `:*`."""
    return f"arn:aws:logs:{region}:{account}:log-group:{name}"


def stream_arn(region: str, account: str, group: str, name: str) -> str:
    """The ARN of one stream."""
    return f"{group_arn(region, account, group)}:log-stream:{name}"


def group_name(identifier: str) -> str:
    """The name in a group's name or ARN; InvalidParameterException if it is neither."""
    if not identifier.startswith("arn:"):
        return identifier
    match = _GROUP.fullmatch(identifier)
    if match is None:
        raise AwsError("InvalidParameterException", f"Invalid ARN: {identifier}")
    return match[3]
