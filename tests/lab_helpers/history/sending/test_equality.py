"""What every vendor answers about a day that was sent equals the day in pandas."""

import json
import re
from collections import Counter

import boto3
import pandas as pd
import pytest

from lab_helpers.analysis.columns import TRACE_COLUMNS
from lab_helpers.clients import (
    CloudWatchClient,
    HoneycombClient,
    RollbarClient,
    XRayClient,
    xray_id,
)
from lab_helpers.clients.honeycomb import traces

EXCEPTION = ["exception.type", "exception.message", "exception.stacktrace"]


@pytest.fixture
def day(running, small_day):
    """The day that all tests here send; the first one to a vendor really does."""
    return small_day


def stored(day, extra):
    """All rows of a day that Honeycomb has, as a trace frame with attributes."""
    sources = traces.SOURCES.values()
    spec = {
        "breakdowns": [*sources, traces.TIME, *extra],
        "calculated_fields": [{"name": traces.TIME, "expression": "EVENT_TIMESTAMP()"}],
        "calculations": [{"op": "MAX", "column": "duration_ms"}],
        "filters": [
            {"column": "service.name", "op": "starts-with", "value": f"{day.name}-"}
        ],
    }
    spec |= dict(zip(("start_time", "end_time"), day.window, strict=True))
    with HoneycombClient() as client:
        return traces.tidy(client.query("__all__", spec, limit=10_000), extra)


def same(ours, theirs, key):
    """Asserts that two frames have the same rows, whatever their order."""
    ours = ours.sort_values(key, ignore_index=True)
    theirs = theirs[ours.columns].sort_values(key, ignore_index=True)
    pd.testing.assert_frame_equal(ours, theirs.astype(ours.dtypes), check_exact=True)


def test_honeycomb_has_every_span_with_all_its_attributes(day) -> None:
    day.send("honeycomb", progress=False)
    attributes = list(day.spans.columns.difference([*TRACE_COLUMNS, *EXCEPTION]))
    attributes.remove("exception.escaped")
    spans = day.spans[day.spans["annotation"] == "span"]
    theirs = stored(day, attributes)
    theirs = theirs[theirs["annotation"] == "span"]
    same(spans[[*TRACE_COLUMNS, *attributes]], theirs, "span_id")


def test_honeycomb_has_every_exception_where_it_happened(day) -> None:
    day.send("honeycomb", progress=False)
    events = day.spans[day.spans["annotation"] == "span_event"]
    assert len(events) > 5
    theirs = stored(day, EXCEPTION)
    theirs = theirs[theirs["annotation"] == "span_event"]
    shared = ["trace_id", "parent_id", "name", "service", "start"]
    same(events[[*shared, *EXCEPTION]], theirs, "parent_id")


def test_cloudwatch_logs_has_the_line_of_every_request(day) -> None:
    day.send("cloudwatch_logs", progress=False)
    start, end = day.window
    events = CloudWatchClient().filter_events(
        "", f"{day.name}-requests", time_range=(start, end + 60)
    )
    lines = pd.DataFrame([json.loads(text) for text in events["message"]])
    assert events["time"].is_monotonic_increasing
    ours = day.requests[["trace_id", "method", "status", "duration_ms"]]
    same(ours, lines, "trace_id")
    roots = day.spans[day.spans["parent_id"].isna() & day.spans["span_id"].notna()]
    facts = roots[["trace_id", "span_id", "http.route", "app.user"]]
    facts = facts.rename(columns={"http.route": "route", "app.user": "user"})
    same(facts, lines, "trace_id")
    wrong = {"ERROR": day.requests["status"] >= 500, "INFO": day.requests.status < 400}
    counts = Counter(lines["level"])
    assert counts["ERROR"] == wrong["ERROR"].sum() > 0
    assert counts["INFO"] == wrong["INFO"].sum()
    assert counts.total() - counts["ERROR"] - counts["INFO"] == counts["WARNING"] > 0


def test_a_line_is_written_when_its_request_ends(day) -> None:
    day.send("cloudwatch_logs", progress=False)
    start, end = day.window
    events = CloudWatchClient().filter_events(
        "", f"{day.name}-requests", time_range=(start, end + 60)
    )
    lines = [json.loads(text)["trace_id"] for text in events["message"]]
    requests = day.requests.set_index("trace_id").loc[lines]
    took = pd.to_timedelta(requests["duration_ms"] * 1000, unit="us")
    ends = (requests["start"] + took).dt.floor("ms")
    assert events["time"].tolist() == ends.tolist()


def test_the_log_group_forgets(day) -> None:
    day.send("cloudwatch_logs", progress=False)
    logs = boto3.client("logs")
    (group,) = logs.describe_log_groups(logGroupNamePrefix=day.name)["logGroups"]
    assert group["retentionInDays"] == 14


def test_xray_has_every_trace_with_its_outcome(day) -> None:
    day.send("xray", progress=False)
    summaries = XRayClient().summaries(
        f'service("{day.name}-api")', time_range=day.window, annotations=["plan"]
    )
    requests = day.requests.assign(trace_id=day.requests["trace_id"].map(xray_id))
    theirs = summaries.set_index("trace_id").loc[requests["trace_id"]]
    assert len(summaries) == len(requests)
    assert theirs["status"].tolist() == requests["status"].tolist()
    assert theirs["fault"].tolist() == (requests["status"] >= 500).tolist()
    error = requests["status"].between(400, 499)
    assert theirs["error"].tolist() == error.tolist()
    took = theirs["response_ms"].tolist()
    assert took == pytest.approx(requests["duration_ms"].tolist(), abs=2e-3)


def test_xray_has_the_tree_of_every_span(day) -> None:
    day.send("xray", progress=False, start="09:00", end="12:00")
    client = XRayClient()
    part = day.requests[day.requests["start"].dt.hour.between(9, 11)]
    for trace_id in part["trace_id"].head(12):
        ours = day.spans[day.spans["trace_id"] == trace_id]
        ours = ours[ours["annotation"] == "span"].set_index("span_id")
        theirs = client.trace(trace_id).set_index("span_id").loc[ours.index]
        for name in ("service", "kind"):
            assert theirs[name].tolist() == ours[name].tolist()
        parents = theirs["parent_id"].fillna("").tolist()
        assert parents == ours["parent_id"].fillna("").tolist()
        late = (theirs["start"] - ours["start"]).abs()
        assert late.max() <= pd.Timedelta(microseconds=1)
        took = theirs["duration_ms"].tolist()
        assert took == pytest.approx(ours["duration_ms"].tolist(), abs=2e-3)


def test_a_failed_trace_in_xray_names_the_exception_and_its_lines(day) -> None:
    day.send("xray", progress=False)
    failed = day.requests[day.requests["error"].notna()].iloc[0]
    (trace,) = boto3.client("xray").batch_get_traces(
        TraceIds=[xray_id(failed["trace_id"])]
    )["Traces"]
    documents = [json.loads(each["Document"]) for each in trace["Segments"]]
    (raising,) = (each for each in documents if each["name"].endswith("-messages"))
    (exception,) = raising["cause"]["exceptions"]
    event = day.spans[day.spans["trace_id"] == failed["trace_id"]].iloc[-1]
    assert exception["type"] == failed["error"] == event["exception.type"]
    assert exception["stack"][0]["label"] in event["exception.stacktrace"]
    assert raising["annotations"] == {
        "plan": failed["plan"],
        "tenant": failed["tenant"],
    }


def test_rollbar_has_the_exception_of_every_failed_request(day) -> None:
    day.send("rollbar", progress=False)
    failed = day.requests[day.requests["error"].notna()].set_index("trace_id")
    with RollbarClient() as client:
        items = client.items(environment=day.name)
        occurrences = client.occurrences(items.iloc[0])
        payload = client.payload(items.iloc[0])
    assert len(items) == 1
    assert len(occurrences) == len(failed) > 5
    theirs = occurrences.set_index("trace_id").loc[failed.index]
    assert theirs["exception"].tolist() == failed["error"].tolist()
    assert theirs["person"].tolist() == failed["user"].tolist()
    assert theirs["version"].tolist() == failed["app_version"].tolist()
    late = (theirs["time"] - failed["start"]).dt.total_seconds()
    assert late.between(-1, 60).all()
    trace = day.spans["exception.stacktrace"].dropna().iloc[0]
    frames = payload["body"]["trace"]["frames"]
    assert [frame["code"] for frame in frames] == re.findall("\n {4}(.+)", trace)


def test_metrics_have_the_counts_and_sums_of_every_route(day) -> None:
    day.send("metrics", progress=False)
    client = CloudWatchClient()
    own = day.requests.assign(failed=day.requests["status"] >= 500)
    for route, requests in own.groupby("route"):
        period = requests["start"].dt.floor("5min")
        ours = requests.groupby(period).agg(
            Requests=("status", "size"),
            Failures=("failed", "sum"),
            Took=("duration_ms", "sum"),
            Longest=("duration_ms", "max"),
        )
        for name, stat in (
            ("Requests", "Sum"),
            ("Failures", "Sum"),
            ("Took", "Sum"),
            ("Took", "Maximum"),
        ):
            series = client.metric(
                day.name,
                name,
                stats=[stat],
                dimensions={"Route": route},
                period_s=300,
                time_range=day.window,
            )
            expected = ours["Longest" if stat == "Maximum" else name]
            assert series["time"].tolist() == expected.index.tolist()
            assert series[stat].tolist() == pytest.approx(expected.tolist(), rel=1e-12)


def test_percentiles_of_a_metric_are_those_of_the_requests(day) -> None:
    day.send("metrics", progress=False)
    series = CloudWatchClient().metric(
        day.name,
        "Took",
        stats=["SampleCount", "Minimum"],
        dimensions={"Route": "/health"},
        period_s=86_400,
        time_range=day.window,
    )
    health = day.requests[day.requests["route"] == "/health"]["duration_ms"]
    assert series["SampleCount"].tolist() == [len(health)]
    assert series["Minimum"].tolist() == [health.min()]
