"""Requests stay within the limits of the real services."""

import itertools
import json

import pandas as pd
import pytest

from lab_helpers.history.sending import cloudwatch_logs, metrics, xray
from lab_helpers.history.sending.cloudwatch_logs import LogLine
from lab_helpers.history.sending.metrics import DataPoint
from lab_helpers.history.sending.part import Part
from lab_helpers.history.sending.segments import Trace, traces_of

DAY_MS = 86_400_000
NOON = pd.Timestamp("2026-03-02T12:00", tz="UTC")


def test_lines_are_cut_at_ten_thousand() -> None:
    lines = [LogLine(0, "x")] * 20_001
    sizes = [len(batch) for batch in cloudwatch_logs.batches(lines)]
    assert sizes == [10_000, 10_000, 1]


def test_lines_are_cut_at_a_mebibyte_of_utf8_and_what_aws_adds() -> None:
    lines = [LogLine(0, "é" * 500)] * 2_500
    batches = list(cloudwatch_logs.batches(lines))
    sizes = [sum(len(line.message.encode()) + 26 for line in b) for b in batches]
    assert len(batches) == 3
    assert all(size <= 1_048_576 for size in sizes)
    assert sizes[0] > 1_048_576 - 1_026


def test_lines_are_cut_where_they_span_more_than_a_day() -> None:
    lines = [LogLine(0, "a"), LogLine(DAY_MS, "b"), LogLine(DAY_MS + 1, "c")]
    batches = list(cloudwatch_logs.batches(lines))
    assert [len(batch) for batch in batches] == [2, 1]
    assert list(itertools.chain(*batches)) == lines


@pytest.mark.parametrize(
    ("status", "level"),
    [(200, "INFO"), (302, "INFO"), (404, "WARNING"), (499, "WARNING"), (500, "ERROR")],
)
def test_the_level_is_that_of_the_status(status, level) -> None:
    assert cloudwatch_logs.level_of(status) == level


def test_a_robot_has_no_user_in_its_line(small_day) -> None:
    lines = cloudwatch_logs.lines_of(Part.of(small_day, None, None))
    health = [json.loads(line.message) for line in lines if "/health" in line.message]
    assert health
    assert {line["user"] for line in health} == {None}


def test_a_data_point_of_many_values_is_several_datums() -> None:
    point = DataPoint("Took", "/a", NOON, {float(n): 2 for n in range(310)})
    datums = list(metrics.datums(point))
    assert [len(datum["Values"]) for datum in datums] == [150, 150, 10]
    assert sum(sum(datum["Counts"]) for datum in datums) == 620


def test_no_request_has_more_than_a_thousand_datums_and_no_point_is_cut() -> None:
    large = DataPoint("Took", "/a", NOON, {float(n): 1 for n in range(300)})
    small = DataPoint("Requests", "/a", NOON, {1.0: 300})
    points = [small] * 999 + [large] + [small] * 5
    batches = list(metrics.batches(points))
    assert [len(batch) for batch in batches] == [999, 6]


def test_no_request_of_metrics_is_larger_than_a_megabyte() -> None:
    point = DataPoint("Took", "/a" * 100, NOON, {n + 0.123456: 1 for n in range(150)})
    for batch in metrics.batches([point] * 400):
        datums = [datum for each in batch for datum in metrics.datums(each)]
        assert len(json.dumps(datums, default=str)) < 1_000_000


def test_traces_go_whole_in_calls_of_fifty_segments() -> None:
    traces = [Trace(str(n), ["{}"] * 3) for n in range(40)]
    sizes = [len(batch) for batch in xray.batches(traces)]
    assert sizes == [48, 48, 24]


def test_a_trace_id_begins_with_the_second_of_its_start(small_day) -> None:
    requests = small_day.requests
    for trace_id, start in zip(requests["trace_id"], requests["start"], strict=True):
        assert int(trace_id[:8], 16) == int(start.timestamp())


def test_no_document_is_larger_than_the_real_service_takes(small_day) -> None:
    part = Part.of(small_day, None, None)
    sizes = [len(text) for trace in traces_of(part) for text in trace.documents]
    assert max(sizes) < 64 * 1024
