"""`/v1/metrics`: what each kind of metric becomes."""

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from lab_emulators.aws.metrics.model import Metric
from lab_emulators.otlp import OtlpError

DELTA, CUMULATIVE = 1, 2
START, AT = 1_700_000_101, 1_700_000_110
PROTOBUF = "application/x-protobuf"


def request_of(metric, **resource):
    named = {"service.name": "api", **resource}
    attributes = [{"key": k, "value": {"stringValue": v}} for k, v in named.items()]
    return {
        "resourceMetrics": [
            {
                "resource": {"attributes": attributes},
                "scopeMetrics": [{"metrics": [metric]}],
            }
        ]
    }


def point(at=AT, start=START, **more):
    times = {"timeUnixNano": at * 10**9, "startTimeUnixNano": start * 10**9}
    route = {"key": "route", "value": {"stringValue": "/feed"}}
    return {**times, "attributes": [route], **more}


def sums(*points, temporality=CUMULATIVE, monotonic=True):
    told = {"aggregationTemporality": temporality, "isMonotonic": monotonic}
    return {"name": "requests", "unit": "{r}", "sum": {"dataPoints": points, **told}}


@pytest.fixture
def take(metrics):
    """Takes one metric as protobuf; what was answered."""

    def send(metric, **resource):
        document = request_of(metric, **resource)
        message = json_format.ParseDict(document, ExportMetricsServiceRequest())
        status, answer = metrics.ingest_otlp(message.SerializeToString(), PROTOBUF, {})
        assert status == 200
        return answer

    return send


@pytest.fixture
def stored(metrics):
    """A statistic of every second with data, counted from `AT`."""

    def read(name, statistic="Sum", namespace="api"):
        metric = Metric(namespace, name, (("route", "/feed"),))
        found = metrics.core.series(metric, statistic, AT, AT + 60, period_s=1)
        return {at - AT: value for at, value in found.items()}

    return read


def test_a_gauge_is_its_value(take, stored, metrics):
    gauge = {"name": "load", "unit": "ms", "gauge": {"dataPoints": [point(asDouble=2)]}}
    assert take(gauge) == {}
    assert stored("load") == {0: 2.0}
    assert metrics.core.series(
        Metric("api", "load", (("route", "/feed"),)),
        "Sum",
        AT,
        AT + 60,
        period_s=60,
        unit="Milliseconds",
    )


def test_a_cumulative_sum_becomes_what_was_added(take, stored):
    take(sums(point(asInt=5), point(AT + 1, asInt=8), point(AT + 2, asInt=8)))
    take(sums(point(AT + 3, asInt=18)))
    assert stored("requests") == {0: 5, 1: 3, 2: 0, 3: 10}


def test_a_sum_that_starts_anew_counts_from_zero(take, stored):
    take(sums(point(asInt=5), point(AT + 1, start=AT + 1, asInt=2)))
    take(sums(point(AT + 2, start=AT + 1, asInt=1)))
    assert stored("requests") == {0: 5, 1: 2, 2: 1}


def test_a_sum_from_before_our_time_has_its_first_value_with_its_second(take, stored):
    old = START - 3600
    take(sums(point(start=old, asInt=500), point(AT + 1, start=old, asInt=503)))
    assert stored("requests") == {1: 3}


def test_deltas_and_levels_are_values_as_they_are(take, stored):
    take(sums(point(asInt=5), point(AT + 1, asInt=2), temporality=DELTA))
    take(sums(point(AT + 2, asInt=7), point(AT + 3, asInt=4), monotonic=False))
    assert stored("requests") == {0: 5, 1: 2, 2: 7, 3: 4}


def test_a_histogram_has_percentiles_and_its_exact_sum(take, stored):
    told = {
        "count": 10,
        "sum": 70,
        "explicitBounds": [5, 10],
        "bucketCounts": [2, 8, 0],
    }
    histogram = {"dataPoints": [point(**told)], "aggregationTemporality": DELTA}
    take({"name": "duration", "unit": "s", "histogram": histogram})
    assert stored("duration") == {0: pytest.approx(70)}
    assert stored("duration", "SampleCount") == {0: 10}
    assert 5 < stored("duration", "p90")[0] < 10


def test_a_cumulative_exponential_histogram_becomes_what_was_added(take, stored):
    def at(when, total, counts):
        told = {"scale": 0, "count": sum(counts), "sum": total}
        buckets = {"offset": 0, "bucketCounts": counts}
        return point(when, **told, positive=buckets)

    points = [at(AT, 3, [2, 0]), at(AT + 1, 9, [2, 2])]
    told = {"dataPoints": points, "aggregationTemporality": CUMULATIVE}
    take({"name": "duration", "exponentialHistogram": told})
    assert stored("duration") == {0: pytest.approx(3), 1: pytest.approx(6)}


@pytest.mark.parametrize(
    ("resource", "namespace"),
    [
        ({"service.namespace": "shop"}, "shop/api"),
        ({"service.name": "", "service.namespace": "shop"}, "shop"),
        ({"service.name": ""}, "default"),
    ],
)
def test_the_namespace_is_made_of_the_services_names(take, stored, resource, namespace):
    take({"name": "load", "gauge": {"dataPoints": [point(asInt=1)]}}, **resource)
    assert stored("load", namespace=namespace) == {0: 1}


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (point(asDouble="NaN"), "no finite number"),
        (point(AT - 15 * 86_400, asInt=1), "last two weeks"),
        (point(asInt=1, attributes=[
            {"key": f"k{n}", "value": {"intValue": n}} for n in range(31)
        ]), "more than 30 attributes"),
    ],
)  # fmt: skip
def test_a_point_that_cannot_be_taken_is_told_and_the_others_stay(
    take, stored, bad, said
):
    answer = take({"name": "load", "gauge": {"dataPoints": [bad, point(asInt=1)]}})
    rejected = answer["partialSuccess"]
    assert rejected["rejectedDataPoints"] == "1"
    assert said in rejected["errorMessage"]
    assert stored("load") == {0: 1}


def test_summaries_are_rejected_by_name(take):
    answer = take({"name": "old", "summary": {"dataPoints": [point(count=1, sum=2)]}})
    assert "summaries" in answer["partialSuccess"]["errorMessage"]


def test_a_point_without_a_recorded_value_is_passed_over(take, stored):
    assert take({"name": "load", "gauge": {"dataPoints": [point(flags=1)]}}) == {}
    assert stored("load") == {}


def test_what_is_no_request_is_refused(metrics):
    with pytest.raises(OtlpError):
        metrics.ingest_otlp(b"\xff\xff", PROTOBUF, {})
    with pytest.raises(OtlpError):
        metrics.ingest_otlp(b"[", "application/json", {})
