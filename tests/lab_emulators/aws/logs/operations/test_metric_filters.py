import json
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.aws.logs.engine import Logs
from lab_emulators.aws.logs.metric_extraction import MetricExtraction, MetricFilter
from lab_emulators.aws.logs.model import AcceptedBatch, LogEvents
from lab_emulators.aws.metrics.model import Datum
from lab_emulators.store import Store

ERRORS = {"metricName": "errors", "metricNamespace": "app", "metricValue": "1"}


@pytest.fixture
def filtered(call: Any, put: Any) -> Any:
    """Puts a metric filter on group `g`, the transformation's members as keywords."""

    def made(pattern: str, name: str = "f", **transformation: Any) -> None:
        call(
            "PutMetricFilter",
            logGroupName="g",
            filterName=name,
            filterPattern=pattern,
            metricTransformations=[ERRORS | transformation],
        )

    return made


def test_events_that_match_are_counted_in_the_minute_they_happened(
    filtered: Any, put: Any, published: Any, clock: Any
) -> None:
    filtered("ERROR", unit="Count")
    put("ERROR one", "fine", "ERROR two", at=-61)
    minute = clock.now - 120
    assert published == [
        Datum("app", "errors", (), minute, (1.0,), (2.0,), "Count"),
    ]


def test_a_selector_takes_value_and_dimensions_from_the_event(
    filtered: Any, put: Any, published: Any
) -> None:
    filtered("{ $.ms >= 0 }", metricValue="$.ms", dimensions={"Route": "$.http.route"})
    put('{"ms": 5, "http": {"route": "/a"}}', '{"ms": 7, "http": {"route": "/b"}}')
    found = [(datum.dimensions, datum.values) for datum in published]
    assert found == [((("Route", "/a"),), (5.0,)), ((("Route", "/b"),), (7.0,))]


def test_an_event_without_a_number_or_a_dimension_adds_nothing(
    filtered: Any, put: Any, published: Any
) -> None:
    filtered("{ $.ms = * }", metricValue="$.ms", dimensions={"Route": "$.route"})
    put('{"ms": "slow", "route": "/a"}', '{"ms": 3}')
    assert published == []


def test_fields_of_a_line_have_values_too(
    filtered: Any, put: Any, published: Any
) -> None:
    filtered("[ip, status=5*, bytes]", metricValue="$bytes")
    put("10.0.0.1 503 1024", "10.0.0.1 200 99")
    assert [datum.values for datum in published] == [(1024.0,)]


def test_the_default_is_for_minutes_with_events_of_which_none_matched(
    filtered: Any, put: Any, published: Any
) -> None:
    filtered("ERROR", defaultValue=0.0)
    put("fine", at=-60)
    put("still fine", at=-59)
    put("ERROR")
    put("fine again")
    assert [(datum.time_s % 3600, datum.values) for datum in published] == [
        (published[0].time_s % 3600, (0.0,)),
        ((published[0].time_s + 60) % 3600, (1.0,)),
    ]


def test_events_from_before_the_filter_are_not_measured(
    filtered: Any, put: Any, published: Any
) -> None:
    put("ERROR")
    filtered("ERROR")
    assert published == []


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"metricValue": "many"}, "number or a selector"),
        ({"metricValue": "$.ms"}, "JSON"),
        ({"defaultValue": 0.0, "dimensions": {"a": "$.a"}}, "defaultValue"),
        ({"dimensions": dict.fromkeys("abcd", "$.a")}, "at most 3"),
        ({"metricName": "a:b"}, "pattern"),
        ({"unit": "Parsecs"}, "enum"),
    ],
)
def test_a_transformation_that_cannot_be_is_refused(
    refused: Any, put: Any, wrong: dict[str, Any], text: str
) -> None:
    error = refused(
        "PutMetricFilter",
        logGroupName="g",
        filterName="f",
        filterPattern="ERROR",
        metricTransformations=[ERRORS | wrong],
    )
    assert error.code == "InvalidParameterException" and text in error.message


def test_a_pattern_that_cannot_be_read_is_refused(refused: Any, put: Any) -> None:
    asked = {"filterName": "f", "filterPattern": "{ $.a = ", "logGroupName": "g"}
    error = refused("PutMetricFilter", metricTransformations=[ERRORS], **asked)
    assert (error.code, "position" in error.message) == (
        "InvalidParameterException",
        True,
    )


def test_filters_survive_the_engine_and_are_described_by_name(
    filtered: Any, store: Store, clock: Any
) -> None:
    filtered("WARN", name="b", metricName="warnings")
    filtered("ERROR", name="a")
    again = Logs(store, clock=clock)
    found = again.call("DescribeMetricFilters", {"logGroupName": "g"})
    assert [each["filterName"] for each in found["metricFilters"]] == ["a", "b"]
    assert found["metricFilters"][0]["metricTransformations"] == [ERRORS]
    by_metric = {"metricName": "warnings", "metricNamespace": "app"}
    (only,) = again.call("DescribeMetricFilters", by_metric)["metricFilters"]
    assert only["filterName"] == "b"
    again.close()


def test_a_filter_put_again_is_changed_and_one_deleted_is_gone(
    filtered: Any, call: Any, refused: Any, put: Any, published: Any
) -> None:
    filtered("ERROR")
    filtered("WARN")
    put("ERROR", "WARN", "WARN")
    assert [datum.counts for datum in published] == [(2.0,)]
    call("DeleteMetricFilter", logGroupName="g", filterName="f")
    put("WARN")
    assert len(published) == 1
    again = refused("DeleteMetricFilter", logGroupName="g", filterName="f")
    assert again.code == "ResourceNotFoundException"


def test_the_filters_of_a_deleted_group_are_gone(
    filtered: Any, call: Any, put: Any
) -> None:
    filtered("ERROR")
    (group,) = call("DescribeLogGroups")["logGroups"]
    assert group["metricFilterCount"] == 1
    call("DeleteLogGroup", logGroupName="g")
    call("CreateLogGroup", logGroupName="g")
    assert call("DescribeMetricFilters")["metricFilters"] == []


def test_a_group_has_at_most_a_hundred_filters_and_five_with_a_regex(
    filtered: Any, refused: Any
) -> None:
    for number in range(100):
        filtered("%a+%" if number < 5 else "a", name=f"f{number}")
    asked = {"logGroupName": "g", "metricTransformations": [ERRORS]}
    more = refused("PutMetricFilter", filterName="g", filterPattern="a", **asked)
    other = refused("PutMetricFilter", filterName="f9", filterPattern="%b%", **asked)
    assert (more.code, other.code) == ("LimitExceededException",) * 2
    assert "regular expression" in other.message


def test_testing_a_pattern_tells_numbers_messages_and_values(call: Any) -> None:
    found = call(
        "TestMetricFilter",
        filterPattern="{ $.ms > 10 }",
        logEventMessages=['{"ms": 5}', '{"ms": 50}'],
    )
    assert found["matches"] == [
        {
            "eventNumber": 2,
            "eventMessage": '{"ms": 50}',
            "extractedValues": {"$.ms": "50"},
        }
    ]


EVENTS = st.lists(st.tuples(st.integers(-300, 0), st.integers(0, 3)), min_size=1)


@given(EVENTS, st.integers(1, 5))
def test_however_events_are_split_over_batches_the_same_is_measured(
    events: list[tuple[int, int]], size: int
) -> None:
    document = {
        "filterName": "f",
        "logGroupName": "g",
        "filterPattern": "{ $.n > 0 }",
        "metricTransformations": [ERRORS | {"metricValue": "$.n"}],
    }
    pairs = sorted((at * 1000 + 10**12, json.dumps({"n": n})) for at, n in events)
    measured = []
    for step in (size, len(pairs)):
        data: list[Datum] = []
        core: Any = SimpleNamespace(publish_metrics=data.extend)
        extraction = MetricExtraction(core, lambda group: [MetricFilter.of(document)])
        for start in range(0, len(pairs), step):
            batch = LogEvents.of(pairs[start : start + step])
            extraction.publish(AcceptedBatch("g", "s", batch, 0, 1))
        measured.append(_totals(data))
    wanted = Counter(
        (at // 60_000 * 60.0, float(json.loads(text)["n"])) for at, text in pairs
    )
    kept = {key: count for key, count in wanted.items() if key[1] > 0}
    assert measured == [kept, kept]


def _totals(data: list[Datum]) -> dict[tuple[float, float], float]:
    """How often each value was seen in each minute."""
    found: Counter[tuple[float, float]] = Counter()
    for datum in data:
        for value, count in zip(datum.values, datum.counts, strict=True):
            found[datum.time_s, value] += int(count)
    return dict(found)
