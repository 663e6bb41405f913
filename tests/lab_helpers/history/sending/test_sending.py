"""What sending promises: nothing twice, nothing mixed, nothing too old, no surprise."""

import datetime
from contextlib import closing
from dataclasses import replace

import boto3
import pandas as pd
import pytest

from lab_helpers import history, settings
from lab_helpers.clients import (
    CloudWatchClient,
    CloudWatchError,
    HoneycombClient,
    HoneycombError,
    RollbarClient,
    XRayError,
)
from lab_helpers.history import sending
from lab_helpers.history.sending import (
    cloudwatch_logs,
    honeycomb,
    metrics,
    xray,
)
from lab_helpers.history.sending.part import Part
from lab_helpers.history.sending.segments import Trace

EVERY = tuple(sending.VENDORS)
UNITS = {
    "honeycomb": "spans",
    "cloudwatch_logs": "lines",
    "xray": "segments",
    "rollbar": "exceptions",
    "metrics": "data points",
}


def ago(days):
    return datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=days)


def counted(day, to):
    """How much of a day a vendor has, counted by the vendor."""
    if to == "honeycomb":
        spec = {"filters": [{"column": "trace.span_id", "op": "exists"}]}
        spec |= dict(zip(("start_time", "end_time"), day.window, strict=True))
        services = set(day.spans["service"])
        with HoneycombClient() as client:
            return sum(client.query(n, spec)["COUNT"].sum() for n in services)
    if to == "cloudwatch_logs":
        start, end = day.window
        group = f"{day.name}-requests"
        return len(CloudWatchClient().filter_events("", group, time_range=(start, end)))
    if to == "metrics":
        client = CloudWatchClient()
        return sum(
            client.metric(
                day.name,
                "Requests",
                stats=["Sum"],
                dimensions={"Route": route},
                time_range=day.window,
            )["Sum"].sum()
            for route in set(day.requests["route"])
        )
    with RollbarClient() as client:
        return client.items(environment=day.name)["occurrences"].sum()


def interrupt(day, to, after):
    """Sends until `after` requests have left, as if somebody stopped the cell then."""
    calls = []

    def advance(count):
        calls.append(count)
        if len(calls) == after:
            raise KeyboardInterrupt

    part = Part.of(day, None, None)
    with closing(sending.VENDORS[to](settings.load())) as vendor:
        units = vendor.missing(part)
        with pytest.raises(KeyboardInterrupt):
            vendor.put(part, units, advance)
        return vendor.total(part)


@pytest.fixture
def in_small_pieces(monkeypatch):
    """Requests so small that a day is many of them, none of them a whole hour."""
    monkeypatch.setattr(honeycomb, "SPANS_PER_REQUEST", 70)
    monkeypatch.setattr(cloudwatch_logs, "MOST_EVENTS", 20)
    monkeypatch.setattr(metrics, "MOST_DATA", 30)
    monkeypatch.setattr(xray, "MOST_DOCUMENTS", 20)


@pytest.mark.parametrize("to", EVERY)
def test_a_day_is_sent_once_and_both_sentences_are_one(day, to) -> None:
    first, second = day.send(to, progress=False), day.send(to, progress=False)
    assert first.sent == first.total > 0
    assert second.sent == 0
    assert repr(first) == repr(second)
    title = sending.VENDORS[to].title
    sentence = f"{first.total:,} {UNITS[to]} of {day.name} are in {title}"
    assert repr(first).startswith(sentence)


@pytest.mark.parametrize("to", EVERY)
def test_a_day_that_was_interrupted_is_completed(day, to, in_small_pieces) -> None:
    total = interrupt(day, to, after=2)
    rest = day.send(to, progress=False)
    assert 0 < rest.sent < rest.total == total
    assert day.send(to, progress=False).sent == 0


@pytest.mark.parametrize("to", ["honeycomb", "cloudwatch_logs", "rollbar", "metrics"])
def test_what_was_interrupted_is_there_once(day, to, in_small_pieces) -> None:
    interrupt(day, to, after=2)
    day.send(to, progress=False)
    expected = {
        "honeycomb": (day.spans["annotation"] == "span").sum(),
        "rollbar": day.requests["error"].notna().sum(),
    }
    assert counted(day, to) == expected.get(to, len(day.requests))


def test_what_is_still_on_its_way_is_not_sent_again(day, monkeypatch) -> None:
    part = Part.of(day, None, None)
    cells = honeycomb._cells(part)
    late = {cell: len(positions) for cell, positions in cells.items()}
    early = dict(list(late.items())[:10])
    counts = iter([early, late, late])
    monkeypatch.setattr(honeycomb.HoneycombSpans, "_stored", lambda *_: next(counts))
    with closing(honeycomb.HoneycombSpans(settings.load())) as vendor:
        assert list(vendor.missing(part)) == []


def test_a_line_that_is_still_on_its_way_is_not_sent_again(day, monkeypatch) -> None:
    day.send("cloudwatch_logs", progress=False)
    part = Part.of(day, None, None)
    lines = {line.message for line in cloudwatch_logs.lines_of(part)}
    found = iter([set(list(lines)[:9]), lines, lines])
    kind = cloudwatch_logs.CloudWatchLogLines
    monkeypatch.setattr(kind, "_messages", lambda *_: next(found))
    assert day.send("cloudwatch_logs", progress=False).sent == 0


@pytest.mark.parametrize("to", EVERY)
def test_a_part_may_be_sent_before_the_whole(day, to) -> None:
    part = day.send(to, start="10:05", end=14.5, progress=False)
    assert repr(part).startswith(
        f"{part.total:,} {UNITS[to]} of {day.name} from 10:05 to 14:30 are in"
    )
    rest = day.send(to, progress=False)
    assert part.sent + rest.sent == rest.total
    assert 0 < part.sent < rest.total
    assert day.send(to, start="10:05", end=14.5, progress=False).sent == 0


@pytest.mark.parametrize("to", EVERY)
def test_another_day_of_that_name_and_date_is_refused(day, to) -> None:
    day.send(to, progress=False)
    other = replace(day, seed=day.seed + 1)
    with pytest.raises(sending.OtherDayError, match=r"another 'name'.*lab\.reset\(\)"):
        other.send(to, progress=False)
    assert day.send(to, progress=False).sent == 0


@pytest.mark.parametrize("to", EVERY)
def test_the_same_name_has_room_for_other_dates(day, to) -> None:
    day.send(to, progress=False)
    before = replace(day, date=day.date - datetime.timedelta(days=1))
    sent = before.send(to, progress=False)
    assert sent.sent == sent.total


class UntilMidnight:
    """A day moved so that its last request, which fails, is over after midnight."""

    def __init__(self, day):
        failed = day.requests[day.requests["error"].notna()].iloc[-1]
        midnight = pd.Timestamp(day.date, tz="UTC") + pd.Timedelta(days=1)
        self._later = midnight - pd.Timedelta(milliseconds=1) - failed["start"]
        self.name, self.date, self.window = day.name, day.date, day.window
        self.fingerprint = day.fingerprint
        requests = day.requests[day.requests["start"] <= failed["start"]]
        ids = requests["trace_id"]
        seconds = (requests["start"] + self._later).dt.floor("s").astype("int64")
        begins = [f"{second // 10**9:08x}" for second in seconds]
        self._ids = dict(zip(ids, begins + ids.str[8:], strict=True))
        self.requests = self._moved(requests)
        self.spans = self._moved(day.spans[day.spans["trace_id"].isin(ids)])

    def _moved(self, frame):
        trace_id = frame["trace_id"].map(self._ids)
        moved = frame.assign(start=frame["start"] + self._later, trace_id=trace_id)
        return moved.reset_index(drop=True)


@pytest.mark.parametrize("to", EVERY)
def test_what_happens_after_midnight_belongs_to_the_day_before(day, to) -> None:
    late = UntilMidnight(replace(day, date=ago(2)))
    assert late.spans["start"].max().date() == day.date
    first, second = (sending.send(late, to, progress=False) for _ in range(2))
    assert (first.sent, second.sent) == (first.total, 0)
    following = day.send(to, progress=False)
    assert following.sent == following.total
    assert sending.send(late, to, progress=False).sent == 0


@pytest.mark.parametrize("to", EVERY)
def test_names_that_begin_alike_do_not_meet(day, to) -> None:
    longer = replace(day, name=f"{day.name}-2")
    longer.send(to, progress=False)
    sent = day.send(to, progress=False)
    assert sent.sent == sent.total


@pytest.mark.parametrize(
    ("to", "days", "limit"),
    [
        ("honeycomb", 8, "reaches 7 days back"),
        ("cloudwatch_logs", 15, "events of the last 14 days"),
        ("metrics", 15, "the last two weeks"),
        ("xray", 31, "for 30 days"),
    ],
)
def test_a_day_too_old_is_refused_by_the_limit(running, to, days, limit) -> None:
    old = history.day(requests=10, name="old", date=ago(days))
    with pytest.raises(sending.ReachError, match=f"{limit}.*'date'"):
        old.send(to, progress=False)


def test_a_day_within_the_limits_is_taken_by_the_emulators(running) -> None:
    for to, days in {"honeycomb": 6, "cloudwatch_logs": 13, "metrics": 13}.items():
        old = history.day(requests=20, name="old", date=ago(days))
        assert old.send(to, progress=False).sent > 0


def test_a_day_that_is_not_over_is_refused(running) -> None:
    today = history.day(requests=10, name="today", date=ago(0))
    with pytest.raises(sending.ReachError, match="not over"):
        today.send(progress=False)


def test_a_log_group_that_forgets_earlier_is_refused(day) -> None:
    logs = boto3.client("logs")
    group = f"{day.name}-requests"
    logs.create_log_group(logGroupName=group)
    logs.put_retention_policy(logGroupName=group, retentionInDays=1)
    with pytest.raises(sending.ReachError, match="retention in days is 1"):
        day.send("cloudwatch_logs", progress=False)
    assert logs.describe_log_streams(logGroupName=group)["logStreams"] == []


@pytest.mark.parametrize("to", EVERY)
def test_a_real_service_is_sent_nothing_without_confirmation(day, real, to) -> None:
    real()
    window = {"start": "06:00", "end": "12:00"} if to == "xray" else {}
    with pytest.raises(sending.ConfirmationError, match="confirm=True") as refused:
        day.send(to, progress=False, **window)
    assert "Nothing was sent" in str(refused.value)
    sent = day.send(to, progress=False, confirm=True, **window)
    assert f"{sent.sent:,} {sending.VENDORS[to].event}" in str(refused.value)
    assert sent.sent == sent.total > 0
    assert day.send(to, progress=False, **window).sent == 0


def test_the_real_xray_takes_no_whole_day(day, real) -> None:
    real()
    with pytest.raises(sending.SendingError, match="'start' and 'end'"):
        day.send("xray", confirm=True, progress=False)


def test_more_segments_than_xray_lists_in_reasonable_time_are_refused(
    day, monkeypatch
) -> None:
    monkeypatch.setattr(xray, "MOST_SEGMENTS", 100)
    with pytest.raises(
        sending.SendingError, match=r"\d{3} segments, more than the 100"
    ):
        day.send("xray", progress=False)
    assert day.send("xray", start=10, end=12, progress=False).sent > 0


def test_another_day_at_a_real_service_is_no_case_for_a_reset(day, real) -> None:
    day.send("cloudwatch_logs", progress=False)
    real()
    with pytest.raises(sending.OtherDayError) as refused:
        replace(day, seed=9).send("cloudwatch_logs", progress=False, confirm=True)
    assert "reset" not in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"to": "splunk"}, "'to' is 'splunk'; it may be 'honeycomb'"),
        ({"start": "25:00"}, "'start' is a time of day"),
        ({"end": "noon"}, "'end' is a time of day"),
        ({"start": 12, "end": "11:00"}, "'end' must be later than 'start'"),
    ],
)
def test_arguments_that_mean_nothing_are_named(day, arguments, words) -> None:
    with pytest.raises(ValueError, match=words):
        day.send(progress=False, **arguments)


def test_metrics_are_cut_at_their_own_periods_only(day) -> None:
    with pytest.raises(sending.SendingError, match="'start' is 10:02:00"):
        day.send("metrics", start="10:02", progress=False)


def test_without_a_lab_the_error_says_to_start_one(day, monkeypatch) -> None:
    known = settings.load()
    nowhere = replace(known.honeycomb, endpoint="http://127.0.0.1:9")
    monkeypatch.setattr(settings, "load", lambda: replace(known, honeycomb=nowhere))
    with pytest.raises(HoneycombError) as refused:
        day.send(progress=False)
    assert "lab.start()" in refused.value.advice


def test_a_rollbar_that_cannot_be_read_is_sent_nothing(day, monkeypatch) -> None:
    known = settings.load()
    blind = replace(known.rollbar, read_token="")
    monkeypatch.setattr(settings, "load", lambda: replace(known, rollbar=blind))
    with pytest.raises(sending.SendingError, match="ROLLBAR_READ_TOKEN"):
        day.send("rollbar", progress=False, confirm=True)


def test_lines_that_aws_rejects_are_an_error(day, monkeypatch) -> None:
    part = Part.of(day, None, None)
    with closing(cloudwatch_logs.CloudWatchLogLines(settings.load())) as vendor:
        lines = list(vendor.missing(part))
        old = [lines[0]._replace(at_ms=lines[0].at_ms - 20 * 86_400_000)]
        with pytest.raises(CloudWatchError, match="events were rejected"):
            vendor.put(part, old, print)


def test_segments_that_xray_cannot_read_are_an_error(day) -> None:
    with closing(xray.XRaySegments(settings.load())) as vendor:
        broken = [Trace("1-00000000-000000000000000000000000", ['{"name": "x"}'])]
        with pytest.raises(XRayError, match="MissingTraceId"):
            vendor.put(Part.of(day, None, None), broken, print)
