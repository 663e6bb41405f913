import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.aws.logs.embedded_metrics import EmbeddedMetricError, data_of
from lab_emulators.aws.logs.engine import Logs
from lab_emulators.aws.metrics.model import Datum

NOW_MS = 1_700_000_000_000


def embedded(*, directive: dict[str, Any] | None = None, **root: Any) -> str:
    told = {
        "Namespace": "shop",
        "Dimensions": [["service"]],
        "Metrics": [{"Name": "latency", "Unit": "Milliseconds"}],
    }
    about = {"Timestamp": NOW_MS, "CloudWatchMetrics": [told | (directive or {})]}
    return json.dumps({"_aws": about, "service": "api", "latency": 12, **root})


def test_an_embedded_metric_becomes_a_datum_with_its_time_unit_and_dimensions() -> None:
    (datum,) = data_of(embedded(), NOW_MS)
    dimensions = (("service", "api"),)
    assert datum == Datum(
        "shop", "latency", dimensions, NOW_MS / 1000, (12.0,), (1.0,), "Milliseconds"
    )


def test_a_list_of_numbers_is_that_many_values_of_one_datum() -> None:
    (datum,) = data_of(embedded(latency=[1, 2.5, 2.5]), NOW_MS)
    assert (datum.values, datum.counts) == ((1.0, 2.5, 2.5), (1.0, 1.0, 1.0))


def test_every_set_of_dimensions_has_a_metric_of_its_own() -> None:
    sets = {"Dimensions": [[], ["service"], ["service", "route"]]}
    data = data_of(embedded(directive=sets, route="/feed"), NOW_MS)
    both = (("service", "api"), ("route", "/feed"))
    assert [datum.dimensions for datum in data] == [(), both[:1], both]


def test_a_metric_of_high_resolution_is_told_as_such() -> None:
    fine = {"Metrics": [{"Name": "latency", "StorageResolution": 1}]}
    (datum,) = data_of(embedded(directive=fine), NOW_MS)
    assert (datum.resolution, datum.unit) == (1, "None")


@pytest.mark.parametrize(
    ("directive", "root", "reason"),
    [
        ({"Namespace": None}, {}, "Namespace"),
        ({"Metrics": [{"Name": "gone"}]}, {}, "no member at the root"),
        ({"Metrics": [{"Name": "latency", "Unit": "Parsecs"}]}, {}, "Unit"),
        ({"Metrics": [{"Name": "latency", "StorageResolution": 5}]}, {}, "Resolution"),
        ({"Metrics": [{"Name": "latency"}] * 101}, {}, "100"),
        ({"Dimensions": ["service"]}, {}, "list of lists"),
        ({"Dimensions": [["tenant"]]}, {}, "no member at the root"),
        ({"Dimensions": [[f"d{n}" for n in range(31)]]}, {}, "30"),
        ({}, {"service": 7}, "must be a string"),
        ({}, {"latency": "fast"}, "must be a number"),
        ({}, {"latency": []}, "values"),
        ({}, {"latency": [1] * 101}, "values"),
    ],
)
def test_what_breaks_the_format_says_how(
    directive: dict[str, Any], root: dict[str, Any], reason: str
) -> None:
    with pytest.raises(EmbeddedMetricError, match=reason):
        data_of(embedded(directive=directive, **root), NOW_MS)


def test_a_metric_without_a_time_or_from_long_ago_is_none() -> None:
    for now_ms in (NOW_MS + 15 * 86_400_000, NOW_MS - 3 * 3_600_000):
        with pytest.raises(EmbeddedMetricError, match="Timestamp"):
            data_of(embedded(), now_ms)
    with pytest.raises(EmbeddedMetricError, match="Timestamp"):
        data_of('{"_aws": {"CloudWatchMetrics": []}}', NOW_MS)


def test_events_without_the_mark_measure_nothing() -> None:
    for message in ("[]", '{"a": 1}', '{"_aws": 1}', '{"_aws": {"Timestamp": 1}}'):
        assert data_of(message, NOW_MS) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Name", "Namespace", "Metrics", "Dimensions", "a"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON, JSON)
def test_any_json_is_measured_or_refused_by_name(directives: Any, value: Any) -> None:
    about = {"Timestamp": NOW_MS, "CloudWatchMetrics": directives}
    message = json.dumps({"_aws": about, "a": value})
    try:
        assert all(isinstance(datum, Datum) for datum in data_of(message, NOW_MS))
    except EmbeddedMetricError as reason:
        assert str(reason)


def test_embedded_metrics_of_a_batch_leave_the_engine(put: Any, published: Any) -> None:
    put("plain", embedded(), embedded(latency=[1, 2]))
    assert [datum.values for datum in published] == [(12.0,), (1.0, 2.0)]


def test_what_makes_no_metric_is_counted_and_its_reason_kept(
    put: Any, published: Any, logs: Logs
) -> None:
    put('"_aws" in no JSON', embedded(latency=None), embedded(latency="fast"))
    where = (("LogGroupName", "g"),)
    found = {datum.name: (datum.dimensions, datum.counts) for datum in published}
    assert found == {
        "EMFParsingErrors": (where, (1.0,)),
        "EMFValidationErrors": (where, (2.0,)),
    }
    assert logs.core.not_embedded == {
        "the event is not valid JSON": 1,
        "a metric's value must be a number": 2,
    }
