"""Parameters against the service model."""

from datetime import UTC, datetime

import pytest

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.validation import check

RANGE = {"StartTime": 0, "EndTime": 1}


@pytest.mark.parametrize(
    ("operation", "parameters", "text"),
    [
        ("GetServiceGraph", {}, "2 validation errors detected"),
        ("GetServiceGraph", {"StartTime": 0}, "Value null at 'endTime' failed"),
        ("GetServiceGraph", RANGE | {"GroupName": ""}, "greater than or equal to 1"),
        ("GetServiceGraph", {"StartTime": True, "EndTime": 1}, "a timestamp"),
        ("BatchGetTraces", {"TraceIds": "1-2-3"}, "Member must be a list"),
        ("BatchGetTraces", {"TraceIds": ["x" * 36]}, "'traceIds.1.member'"),
        ("GetTraceSummaries", RANGE | {"TimeRangeType": "X"}, "enum value set"),
        ("GetInsight", {"InsightId": "x"}, "regular expression pattern"),
        ("CreateGroup", {"GroupName": 7}, "Member must be a string"),
        (
            "CreateGroup",
            {"GroupName": "a", "Tags": [{"Key": "k"}]},
            "tags.1.member",
        ),
    ],
)
def test_a_fault_is_named_as_the_service_names_it(operation, parameters, text):
    with pytest.raises(AwsError) as caught:
        check("xray", operation, parameters)
    assert caught.value.code == "InvalidRequestException"
    assert text in caught.value.message


@pytest.mark.parametrize(
    "parameters",
    [
        RANGE,
        {"StartTime": datetime(2026, 1, 1, tzinfo=UTC), "EndTime": 1.5},
        RANGE | {"NextToken": None},
        RANGE | {"FromTheFuture": object()},
    ],
)
def test_what_the_model_allows_passes(parameters):
    check("xray", "GetServiceGraph", parameters)


def test_keys_and_values_of_a_map_are_held_to_their_limits():
    rule = {"RuleName": "r", "Attributes": {"k" * 33: "v"}}
    with pytest.raises(AwsError, match=r"attributes\.key"):
        check("xray", "UpdateSamplingRule", {"SamplingRuleUpdate": rule})
