"""Groups: named filters."""

import pytest

from lab_emulators.aws.languages.xray_filter.compile import GroupVersion
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
    before = dict(core.group_filters)
    core.group_filters.clear()
    (group,) = GroupOperations(core).get_all({})["Groups"]
    assert core.group_filters == before
    assert before.keys() == {"slow", group["GroupARN"]}
    assert before["slow"] == (GroupVersion(core.clock(), "responsetime > 1"),)


def test_a_changed_filter_is_a_new_version_and_the_same_one_is_not(groups, core, clock):
    first = (clock.now, "responsetime > 1")
    clock.now += 5
    groups.update(SLOW)
    assert core.group_filters["slow"] == (first,)
    groups.update(SLOW | {"FilterExpression": "fault"})
    assert core.group_filters["slow"] == (first, (clock.now, "fault"))


def test_a_group_of_an_earlier_lab_holds_for_every_trace(groups, core):
    core.store.documents.delete("xray.group_versions", "slow")
    core.group_filters.clear()
    GroupOperations(core)
    assert core.group_filters["slow"] == (GroupVersion(0.0, "responsetime > 1"),)


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
    assert core.group_filters["all"][-1].expression == ""
