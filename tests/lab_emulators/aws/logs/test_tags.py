"""Tags of log groups, by ARN and by name, and resource policies."""

from collections.abc import Callable
from typing import Any

import pytest

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.logs.engine import Logs
from lab_emulators.store import Store

Call = Callable[..., dict[str, Any]]
Refused = Callable[..., AwsError]
ARN = "arn:aws:logs:us-east-1:123456789012:log-group:g"


@pytest.fixture(autouse=True)
def group(call: Call) -> None:
    call("CreateLogGroup", logGroupName="g", tags={"team": "red", "héllo x": ""})


def tags(call: Call) -> dict[str, str]:
    found: dict[str, str] = call("ListTagsForResource", resourceArn=ARN)["tags"]
    return found


def test_both_families_of_operations_see_the_same_tags(call: Call) -> None:
    call("TagResource", resourceArn=ARN, tags={"a": "1"})
    call("TagLogGroup", logGroupName="g", tags={"b": "2", "team": "blue"})
    expected = {"team": "blue", "héllo x": "", "a": "1", "b": "2"}
    assert tags(call) == call("ListTagsLogGroup", logGroupName="g")["tags"] == expected


def test_tags_are_removed_by_key(call: Call) -> None:
    call("TagResource", resourceArn=ARN, tags={"a": "1", "b": "2"})
    call("UntagResource", resourceArn=ARN, tagKeys=["a", "never"])
    call("UntagLogGroup", logGroupName="g", tags=["b", "héllo x"])
    assert tags(call) == {"team": "red"}


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


def test_policies_are_kept_and_told_again(
    store: Store, call: Call, clock: Any, logs: Logs
) -> None:
    text = '{"Version": "2012-10-17", "Statement": []}'
    call("PutResourcePolicy", policyName="b", policyDocument=text)
    call("PutResourcePolicy", policyName="a", policyDocument=text)
    found = Logs(store, clock=clock).call("DescribeResourcePolicies", {})
    assert [one["policyName"] for one in found["resourcePolicies"]] == ["a", "b"]
    assert found["resourcePolicies"][0]["policyDocument"] == text
    call("DeleteResourcePolicy", policyName="a")
    assert len(call("DescribeResourcePolicies")["resourcePolicies"]) == 1


def test_a_policy_must_have_a_name_and_be_json(refused: Refused) -> None:
    wrong = [
        {"policyName": "a", "policyDocument": "no"},
        {"policyName": "a"},
        {"policyDocument": "{}"},
    ]
    codes = {refused("PutResourcePolicy", **given).code for given in wrong}
    assert codes == {"InvalidParameterException"}


def test_an_account_has_ten_policies(call: Call, refused: Refused) -> None:
    for number in range(10):
        call("PutResourcePolicy", policyName=f"p{number}", policyDocument="{}")
    call("PutResourcePolicy", policyName="p3", policyDocument='{"a": 1}')
    error = refused("PutResourcePolicy", policyName="p10", policyDocument="{}")
    assert error.code == "LimitExceededException"


def test_a_policy_that_is_not_there_is_not_found(refused: Refused) -> None:
    error = refused("DeleteResourcePolicy", policyName="none")
    assert error.code == "ResourceNotFoundException"


def test_policies_of_a_group_are_said_to_be_absent(refused: Refused) -> None:
    error = refused("PutResourcePolicy", resourceArn=ARN, policyDocument="{}")
    assert error.status == 501
