from typing import Any

import pytest

from lab_emulators.aws.logs.engine import Logs
from lab_emulators.store import Store

QUERY = {"queryString": "stats count(*) by bin(1m)"}


def test_definitions_survive_the_engine_and_are_told_by_name(
    call: Any, store: Store, clock: Any
) -> None:
    call("PutQueryDefinition", name="errors/by minute", logGroupNames=["g"], **QUERY)
    call("PutQueryDefinition", name="all", **QUERY)
    again = Logs(store, clock=clock)
    found = again.call("DescribeQueryDefinitions", {})["queryDefinitions"]
    assert [each["name"] for each in found] == ["all", "errors/by minute"]
    assert (found[1]["logGroupNames"], "logGroupNames" in found[0]) == (["g"], False)
    prefix = {"queryDefinitionNamePrefix": "err"}
    assert len(again.call("DescribeQueryDefinitions", prefix)["queryDefinitions"]) == 1
    again.close()


def test_an_update_replaces_all_of_a_definition(call: Any, clock: Any) -> None:
    made = call("PutQueryDefinition", name="a", logGroupNames=["g"], **QUERY)
    clock.now += 1
    same = call("PutQueryDefinition", name="b", queryString="limit 1", **made)
    (found,) = call("DescribeQueryDefinitions")["queryDefinitions"]
    assert same == made and (found["name"], found["queryString"]) == ("b", "limit 1")
    assert "logGroupNames" not in found
    assert found["lastModified"] == int(clock.now * 1000)


def test_a_request_sent_twice_makes_one_definition(call: Any) -> None:
    token = {"clientToken": "t" * 36}
    first = call("PutQueryDefinition", name="a", **QUERY, **token)
    assert call("PutQueryDefinition", name="a", **QUERY, **token) == first
    assert len(call("DescribeQueryDefinitions")["queryDefinitions"]) == 1


def test_a_definition_is_deleted_once(call: Any, refused: Any) -> None:
    made = call("PutQueryDefinition", name="a", **QUERY)
    assert call("DeleteQueryDefinition", **made) == {"success": True}
    for operation, more in (
        ("DeleteQueryDefinition", {}),
        ("PutQueryDefinition", {"name": "a", **QUERY}),
    ):
        error = refused(operation, **made, **more)
        assert error.code == "ResourceNotFoundException"


@pytest.mark.parametrize("language", ["SQL", "PPL"])
def test_other_languages_are_refused_by_name(refused: Any, language: str) -> None:
    error = refused("PutQueryDefinition", name="a", queryLanguage=language, **QUERY)
    assert (error.code, language in error.message) == ("NotImplementedException", True)


def test_definitions_come_in_pages(call: Any) -> None:
    for number in range(3):
        call("PutQueryDefinition", name=f"q{number}", **QUERY)
    first = call("DescribeQueryDefinitions", maxResults=2)
    rest = call("DescribeQueryDefinitions", nextToken=first["nextToken"])
    names = [each["name"] for each in rest["queryDefinitions"]]
    assert (len(first["queryDefinitions"]), names) == (2, ["q2"])
