"""Groups: named filters."""

import pytest

from lab_emulators.aws.xray.operations.groups import MAX_GROUPS, GroupOperations

SLOW = {"GroupName": "slow", "FilterExpression": "responsetime > 1"}


@pytest.fixture
def groups(core):
    made = GroupOperations(core)
    made.create(SLOW)
    return made


def test_a_group_has_an_arn_with_its_name_and_a_part_of_its_own(groups, clock):
    first = groups.get({"GroupName": "slow"})["Group"]
    assert first["GroupARN"].startswith("arn:aws:xray:us-east-1:123456789012:group/")
    assert first["GroupARN"].split("/")[1] == "slow"
    groups.delete({"GroupName": "slow"})
    clock.now += 1
    assert groups.create(SLOW)["Group"]["GroupARN"] != first["GroupARN"]


def test_a_group_is_listed_as_it_was_made(groups):
    (group,) = groups.get_all({})["Groups"]
    assert group["FilterExpression"] == "responsetime > 1"
    assert group["InsightsConfiguration"] == {
        "InsightsEnabled": False,
        "NotificationsEnabled": False,
    }


def test_an_update_changes_what_it_names_and_nothing_else(groups):
    configuration = {"InsightsEnabled": True}
    asked = {"GroupName": "slow", "InsightsConfiguration": configuration}
    changed = groups.update(asked)["Group"]
    assert changed["FilterExpression"] == "responsetime > 1"
    asked = {"GroupARN": changed["GroupARN"], "FilterExpression": "fault"}
    again = groups.update(asked)["Group"]
    assert again["FilterExpression"] == "fault"
    assert again["InsightsConfiguration"]["InsightsEnabled"]


def test_groups_survive_a_restart_with_their_filters(groups, core):
    core.group_filters.clear()
    (group,) = GroupOperations(core).get_all({})["Groups"]
    assert core.group_filters == {
        "slow": "responsetime > 1",
        group["GroupARN"]: "responsetime > 1",
    }


def test_a_deleted_group_filters_no_more(groups, core, refusal):
    arn = groups.get({"GroupName": "slow"})["Group"]["GroupARN"]
    groups.delete({"GroupARN": arn})
    assert core.group_filters == {}
    assert "not found" in refusal(groups.get, GroupName="slow").message


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ({"GroupName": "slow"}, "already exists"),
        ({"GroupName": "Default"}, "reserved"),
        ({"GroupName": "n" * 33}, "less than or equal to 32"),
        ({}, "must not be null"),
        ({"GroupName": "bad", "FilterExpression": "responsetime >"}, "position"),
        (
            {
                "GroupName": "loud",
                "InsightsConfiguration": {"NotificationsEnabled": True},
            },
            "InsightsEnabled",
        ),
    ],
)
def test_a_group_that_cannot_be_is_refused(groups, refusal, asked, word):
    error = refusal(groups.create, **asked)
    assert error.code == "InvalidRequestException"
    assert word in error.message
    assert len(groups.get_all({})["Groups"]) == 1


def test_one_group_too_many_is_refused(groups, refusal):
    for number in range(1, MAX_GROUPS):
        groups.create({"GroupName": f"group {number}"})
    assert str(MAX_GROUPS) in refusal(groups.create, GroupName="one more").message


@pytest.mark.parametrize("asked", [{}, {"GroupName": "slow", "GroupARN": "arn"}])
def test_a_group_is_asked_for_by_exactly_one_name(groups, refusal, asked):
    for operation in (groups.get, groups.update, groups.delete):
        assert "either GroupName or GroupARN" in refusal(operation, **asked).message


def test_a_group_without_a_filter_holds_every_trace(groups, core):
    groups.create({"GroupName": "all"})
    assert core.group_filters["all"] == ""
