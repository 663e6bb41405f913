"""Log groups: names, listing, protection, retention, what they hold."""

from collections.abc import Callable
from typing import Any

import pytest

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.logs.engine import Logs
from lab_emulators.aws.logs.operations.log_groups import RETENTION_DAYS
from lab_emulators.aws.logs.repository.events_table import EventSelection
from lab_emulators.store import Batch, Row, Store

Call = Callable[..., dict[str, Any]]
Refused = Callable[..., AwsError]
Put = Callable[..., None]
ARN = "arn:aws:logs:us-east-1:123456789012:log-group"
NOW = 1_700_000_040_000


def described(call: Call, **more: Any) -> list[str]:
    return [
        one["logGroupName"] for one in call("DescribeLogGroups", **more)["logGroups"]
    ]


def test_a_new_group_is_described_as_aws_does(call: Call) -> None:
    call("CreateLogGroup", logGroupName="/app/api")
    assert call("DescribeLogGroups") == {
        "logGroups": [
            {
                "logGroupName": "/app/api",
                "creationTime": NOW,
                "metricFilterCount": 0,
                "arn": f"{ARN}:/app/api:*",
                "logGroupArn": f"{ARN}:/app/api",
                "storedBytes": 0,
                "logGroupClass": "STANDARD",
                "deletionProtectionEnabled": False,
            }
        ]
    }


def test_a_name_can_be_taken_once(call: Call, refused: Refused) -> None:
    call("CreateLogGroup", logGroupName="g")
    error = refused("CreateLogGroup", logGroupName="g")
    assert error.code == "ResourceAlreadyExistsException"
    assert error.message == "The specified log group already exists"


@pytest.mark.parametrize("name", ["", "a b", "a:b", "x" * 513, "é", None])
def test_a_name_aws_would_refuse_is_refused(refused: Refused, name: str) -> None:
    error = refused("CreateLogGroup", logGroupName=name)
    assert error.code == "InvalidParameterException"
    assert "'logGroupName'" in error.message


def test_every_kind_of_character_aws_allows_is_taken(call: Call) -> None:
    name = "/aws-x_1.2#3/" + "x" * 499
    call("CreateLogGroup", logGroupName=name)
    assert described(call) == [name]


def test_groups_are_found_by_prefix_pattern_class_and_name(call: Call) -> None:
    for name in ("/app/web", "/app/api", "/other"):
        call("CreateLogGroup", logGroupName=name)
    call("CreateLogGroup", logGroupName="cheap", logGroupClass="INFREQUENT_ACCESS")
    assert described(call) == ["/app/api", "/app/web", "/other", "cheap"]
    assert described(call, logGroupNamePrefix="/app") == ["/app/api", "/app/web"]
    assert described(call, logGroupNamePattern="p") == ["/app/api", "/app/web", "cheap"]
    assert described(call, logGroupClass="ESSENTIALS") == ["cheap"]
    assert described(call, logGroupIdentifiers=[f"{ARN}:/other"]) == ["/other"]


def test_prefix_and_pattern_together_are_refused(refused: Refused) -> None:
    both = {"logGroupNamePrefix": "a", "logGroupNamePattern": "a"}
    assert refused("DescribeLogGroups", **both).code == "InvalidParameterException"


def test_pages_have_every_group_once(call: Call) -> None:
    names = [f"g{number:02d}" for number in range(53)]
    for name in reversed(names):
        call("CreateLogGroup", logGroupName=name)
    first = call("DescribeLogGroups")
    rest = described(call, nextToken=first["nextToken"])
    assert [one["logGroupName"] for one in first["logGroups"]] + rest == names
    assert described(call, limit=2) == ["g00", "g01"]


@pytest.mark.parametrize(
    "wrong", [{"limit": 51}, {"limit": 0}, {"nextToken": "nonsense"}]
)
def test_a_page_that_cannot_be_is_refused(refused: Refused, wrong: Any) -> None:
    assert refused("DescribeLogGroups", **wrong).code == "InvalidParameterException"


def test_what_a_group_holds_counts_26_bytes_for_an_event(call: Call, put: Put) -> None:
    put("é", "four")
    assert call("DescribeLogGroups")["logGroups"][0]["storedBytes"] == 2 + 4 + 52
    put("x")
    assert call("DescribeLogGroups")["logGroups"][0]["storedBytes"] == 58 + 27


@pytest.mark.parametrize("days", RETENTION_DAYS)
def test_the_retention_is_one_of_aws_numbers(call: Call, days: int) -> None:
    call("CreateLogGroup", logGroupName="g")
    call("PutRetentionPolicy", logGroupName="g", retentionInDays=days)
    assert call("DescribeLogGroups")["logGroups"][0]["retentionInDays"] == days


@pytest.mark.parametrize("days", [0, 2, 8, 3654, -1])
def test_another_retention_is_refused(call: Call, refused: Refused, days: int) -> None:
    call("CreateLogGroup", logGroupName="g")
    error = refused("PutRetentionPolicy", logGroupName="g", retentionInDays=days)
    assert error.code == "InvalidParameterException"
    assert "retentionInDays" not in call("DescribeLogGroups")["logGroups"][0]


def test_retention_can_be_taken_away(call: Call) -> None:
    call("CreateLogGroup", logGroupName="g")
    call("PutRetentionPolicy", logGroupName="g", retentionInDays=1)
    call("DeleteRetentionPolicy", logGroupName="g")
    assert "retentionInDays" not in call("DescribeLogGroups")["logGroups"][0]


def test_a_deleted_group_takes_everything_with_it(
    logs: Logs, call: Call, put: Put
) -> None:
    put("old")
    call("TagResource", resourceArn=f"{ARN}:g", tags={"a": "b"})
    gone: list[str] = []
    logs.core.deleted.append(gone.append)
    call("DeleteLogGroup", logGroupName="g")
    assert (described(call), gone) == ([], ["g"])
    call("CreateLogGroup", logGroupName="g")
    assert call("DescribeLogStreams", logGroupName="g") == {"logStreams": []}
    assert call("FilterLogEvents", logGroupName="g")["events"] == []
    assert call("ListTagsForResource", resourceArn=f"{ARN}:g") == {"tags": {}}


@pytest.mark.parametrize(
    "operation",
    [
        "DeleteLogGroup",
        "DescribeLogStreams",
        "DeleteRetentionPolicy",
    ],
)
def test_a_group_that_is_not_there_is_not_found(
    refused: Refused, operation: str
) -> None:
    error = refused(operation, logGroupName="none")
    assert error.code == "ResourceNotFoundException"
    assert error.message == "The specified log group does not exist."


def test_a_protected_group_is_not_deleted(call: Call, refused: Refused) -> None:
    call("CreateLogGroup", logGroupName="g", deletionProtectionEnabled=True)
    assert refused("DeleteLogGroup", logGroupName="g").code
    assert described(call) == ["g"]
    off = {"logGroupIdentifier": "g", "deletionProtectionEnabled": False}
    call("PutLogGroupDeletionProtection", **off)
    call("DeleteLogGroup", logGroupName="g")
    assert described(call) == []


def test_groups_are_there_after_a_restart(store: Store, call: Call, put: Put) -> None:
    put("a")
    call("PutRetentionPolicy", logGroupName="g", retentionInDays=3)
    reopened = Logs(store, clock=lambda: NOW / 1000)
    for operation in ("DescribeLogGroups", "DescribeLogStreams"):
        asked = {} if operation == "DescribeLogGroups" else {"logGroupName": "g"}
        assert reopened.call(operation, asked) == call(operation, **asked)


def test_what_came_while_a_group_was_deleted_does_not_come_back(
    store: Store, call: Call
) -> None:
    row = Row(NOW * 1_000_000, 1, {"message": "late", "stream": "s"})
    store.append([Batch.from_rows("g", "g", [row])])
    assert described(call) == []
    call("CreateLogGroup", logGroupName="g")
    assert call("FilterLogEvents", logGroupName="g")["events"] == []


def test_expired_events_are_removed_when_the_engine_starts(
    store: Store, logs: Logs, call: Call, put: Put
) -> None:
    put("old")
    put("young", at=60)
    call("PutRetentionPolicy", logGroupName="g", retentionInDays=1)
    Logs(store, clock=lambda: NOW / 1000 + 86_430)
    left = logs.core.events.read("g", EventSelection())
    assert [event.message for event in left] == ["young"]


def test_a_group_is_made_while_events_still_come_to_its_deleted_namesake(
    store: Store, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = Store.create_table
    row = Row(NOW * 1_000_000, 1, {"message": "late", "stream": "s"})

    def created(self: Store, name: str, **given: Any) -> Any:
        monkeypatch.undo()
        store.append([Batch.from_rows(name, name, [row])])
        return create(self, name, **given)

    monkeypatch.setattr(Store, "create_table", created)
    call("CreateLogGroup", logGroupName="g")
    assert call("FilterLogEvents", logGroupName="g")["events"] == []
    assert described(call) == ["g"]
