"""Tags of log groups, by ARN."""

from collections.abc import Callable
from typing import Any

import pytest

from lab_emulators.aws.errors import AwsError

Call = Callable[..., dict[str, Any]]
Refused = Callable[..., AwsError]
ARN = "arn:aws:logs:us-east-1:123456789012:log-group:g"


@pytest.fixture(autouse=True)
def group(call: Call) -> None:
    call("CreateLogGroup", logGroupName="g", tags={"team": "red", "héllo x": ""})


def tags(call: Call) -> dict[str, str]:
    found: dict[str, str] = call("ListTagsForResource", resourceArn=ARN)["tags"]
    return found


def test_tags_are_added_and_changed(call: Call) -> None:
    call("TagResource", resourceArn=ARN, tags={"a": "1", "team": "blue"})
    assert tags(call) == {"team": "blue", "héllo x": "", "a": "1"}


def test_tags_are_removed_by_key(call: Call) -> None:
    call("TagResource", resourceArn=ARN, tags={"a": "1"})
    call("UntagResource", resourceArn=ARN, tagKeys=["a", "never"])
    assert tags(call) == {"team": "red", "héllo x": ""}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "InvalidParameterException"),
        ({"aws:x": "1"}, "InvalidParameterException"),
        ({"k" * 129: "1"}, "InvalidParameterException"),
        ({"a<b": "1"}, "InvalidParameterException"),
        ({f"k{n}": "" for n in range(49)}, "TooManyTagsException"),
    ],
)
def test_tags_aws_would_refuse_change_nothing(
    call: Call, refused: Refused, given: dict[str, str], code: str
) -> None:
    assert refused("TagResource", resourceArn=ARN, tags=given).code == code
    assert tags(call) == {"team": "red", "héllo x": ""}


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        ("g", "InvalidParameterException"),
        ("arn:aws:sns:us-east-1:123456789012:t", "InvalidParameterException"),
        (f"{ARN}x", "ResourceNotFoundException"),
    ],
)
def test_only_groups_that_are_there_have_tags(
    refused: Refused, arn: str, code: str
) -> None:
    assert refused("ListTagsForResource", resourceArn=arn).code == code


@pytest.mark.parametrize("operation", ["TagLogGroup", "PutResourcePolicy"])
def test_what_nobody_uses_is_refused_by_name(refused: Refused, operation: str) -> None:
    error = refused(operation)
    assert error.message == f"not emulated locally: logs.{operation}"
