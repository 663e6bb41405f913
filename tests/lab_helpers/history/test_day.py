"""A day: the same bytes everywhere, whole traces, incidents where they belong."""

import hashlib
import os
import subprocess
import sys
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from lab_helpers import history
from lab_helpers.analysis import TraceTree
from lab_helpers.analysis.columns import TRACE_COLUMNS
from lab_helpers.app.incidents import SLOW_DEPENDENCY_MS, SLOW_DEPENDENCY_SHARE

pytestmark = pytest.mark.xdist_group("history")  # one worker makes the days

GOLDEN = (
    "8c2144dd488a1cec85e95679e9a5c55d746ff00a3535a0446ac64e182caf1bc0",
    "b401e90552cc1355aaedeea7365e7717472b65ca64ba29cfb2bf83921d97f1dd",
)


def golden():
    names = ("n_plus_one", "naive_times", "slow_dependency")
    return history.day(
        seed=7,
        requests=500,
        incidents=[history.Incident(name, 10, 18) for name in names],
        deploys=[history.Deploy("3.5.0", "12:00")],
        date=date(2026, 3, 2),
    )


def digests(day):
    """SHA-256 of requests and spans; the traceback's lines move with the app's code."""
    frames = day.requests, day.spans.drop(columns="exception.stacktrace")
    texts = [frame.to_csv(index=False, lineterminator="\n") for frame in frames]
    return tuple(hashlib.sha256(text.encode()).hexdigest() for text in texts)


def test_while_it_is_simulated_it_says_so_once(monkeypatch):
    said = []

    def status_line(words):
        said.append(words)
        return nullcontext()

    module = sys.modules["lab_helpers.history.day"]
    monkeypatch.setattr(module, "StatusLine", status_line)
    day = history.day(7, requests=10, date=date(2026, 3, 1))
    assert len(day.requests) and len(day.spans)
    assert said == ["simulating yesterday, 2026-03-01"]


def test_the_same_seed_gives_the_same_bytes():
    """On every platform. A change on purpose counts the simulation's VERSION up."""
    assert digests(golden()) == GOLDEN


def test_another_process_with_another_hash_seed_gives_the_same_bytes():
    code = "import test_day; print(*test_day.digests(test_day.golden()))"
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    env = os.environ | {"PYTHONHASHSEED": "1234", "PYTHONPATH": path}
    printed = subprocess.check_output([sys.executable, "-c", code], env=env, text=True)
    assert tuple(printed.split()) == GOLDEN


def test_requests_have_their_columns_and_types(troubled):
    types = {name: str(dtype) for name, dtype in troubled.requests.dtypes.items()}
    assert types == {
        "start": "datetime64[ns, UTC]",
        **dict.fromkeys(("trace_id", "habit", "user", "method", "route"), "str"),
        "status": "int64",
        "duration_ms": "float64",
        "attempt": "int64",
        **dict.fromkeys(("plan", "tenant", "region", "app_version", "flag"), "str"),
        "cache_hit": "boolean",
        "item_count": "Int64",
        "queue_wait_ms": "float64",
        "error": "str",
    }


def test_spans_have_the_columns_of_a_trace_and_one_for_each_attribute(troubled):
    spans = troubled.spans
    assert tuple(spans.columns[:11]) == TRACE_COLUMNS
    assert spans["start"].is_monotonic_increasing
    assert spans["start"].dtype == "datetime64[ns, UTC]"
    empty = [name for name in spans if spans[name].isna().all()]
    assert empty == []
    api = spans[(spans["service"] == "yesterday-api") & (spans["kind"] == "server")]
    wide = api[api["app.cache_hit"].notna()].iloc[0].drop(list(TRACE_COLUMNS))
    assert wide.notna().sum() == 21


def test_ids_are_hexadecimal_and_each_is_there_once(troubled):
    spans = troubled.spans[troubled.spans["annotation"] == "span"]
    assert spans["span_id"].is_unique and troubled.requests["trace_id"].is_unique
    assert spans["span_id"].str.fullmatch("[0-9a-f]{16}").all()
    assert troubled.requests["trace_id"].str.fullmatch("[0-9a-f]{32}").all()
    assert set(spans["trace_id"]) == set(troubled.requests["trace_id"])


def test_every_span_lies_within_its_parent(troubled):
    spans = troubled.spans
    took = pd.to_timedelta(spans["duration_ms"], unit="ms").astype("timedelta64[ns]")
    spans = spans.assign(end=spans["start"] + took)
    inside = spans[spans["parent_id"].notna()]
    around = spans[spans["annotation"] == "span"].set_index("span_id")
    around = around.loc[inside["parent_id"]].set_index(inside.index)
    assert (inside["trace_id"] == around["trace_id"]).all()
    assert (inside["start"] >= around["start"]).all()
    assert (inside["end"] <= around["end"]).all()


def test_a_trace_is_whole(troubled):
    for trace_id in troubled.requests["trace_id"].iloc[::200]:
        rows = troubled.spans[troubled.spans["trace_id"] == trace_id]
        tree = TraceTree.from_frame(rows)
        assert tree.findings == () and len(tree.roots) == 1


def test_a_request_is_its_server_span_at_the_api(troubled):
    spans, requests = troubled.spans, troubled.requests
    roots = spans[spans["parent_id"].isna()].set_index("trace_id")
    roots = roots.loc[requests["trace_id"]].reset_index()
    assert (roots["service"] == "yesterday-api").all()
    for column in ("start", "duration_ms"):
        pd.testing.assert_series_equal(roots[column], requests[column])
    for column in ("plan", "region", "app_version", "cache_hit", "item_count"):
        expected = requests[column].rename(f"app.{column}")
        pd.testing.assert_series_equal(roots[f"app.{column}"], expected)


def hours(frame, start, end):
    """The rows that start in these hours."""
    of_day = frame["start"] - frame["start"].dt.normalize()
    return frame[(of_day >= timedelta(hours=start)) & (of_day < timedelta(hours=end))]


def test_an_incident_changes_the_requests_in_its_window_and_no_others(calm, troubled):
    before = calm.requests.drop(columns=["trace_id", "app_version"])
    after = troubled.requests[troubled.requests["attempt"] == 1]
    after = after[before.columns].reset_index(drop=True)
    who = ["start", "habit", "user", "method", "route"]
    pd.testing.assert_frame_equal(after[who], before[who])
    for start, end in ((0, 10), (14.002, 24)):
        first, second = hours(after, start, end), hours(before, start, end)
        pd.testing.assert_frame_equal(first, second)
    assert not hours(after, 10, 14).equals(hours(before, 10, 14))


def test_naive_times_fail_for_one_tenant_and_are_tried_twice(troubled):
    failed = troubled.requests[troubled.requests["status"] == 500]
    assert len(failed) > 4
    assert len(hours(failed, 10, 14.001)) == len(failed)
    assert set(failed["route"]) == {"/api/messages/@<handle>"}
    assert set(failed["error"]) == {"TypeError"}
    first = failed[failed["attempt"] == 1]
    again = troubled.requests[troubled.requests["attempt"] == 2]
    assert len(again) == len(first)
    again, first = (each["start"].reset_index(drop=True) for each in (again, first))
    assert (again - first).between(pd.Timedelta("1s"), pd.Timedelta("2s")).all()


def test_an_exception_is_an_event_of_the_span_it_ended(troubled):
    spans = troubled.spans
    events = spans[spans["annotation"] == "span_event"]
    assert len(events) == (troubled.requests["status"] == 500).sum()
    carriers = spans[spans["span_id"].isin(events["parent_id"])]
    assert set(carriers["name"]) == {"GET /messages/with/<handle>"}
    assert carriers["error"].all()
    assert carriers["status_message"].str.startswith("TypeError: can't subtract").all()
    assert events["exception.stacktrace"].str.contains("in _seconds_since").all()


def test_a_slow_dependency_adds_400_ms_to_three_in_ten_message_requests(calm, troubled):
    def statements(day):
        rows = hours(day.spans, 10, 14)
        return rows[rows["name"].isin(["SELECT messages", "INSERT messages"])]

    retried = troubled.requests[troubled.requests["attempt"] == 2]["trace_id"]
    after = statements(troubled)
    after = after[~after["trace_id"].isin(retried)]["duration_ms"].reset_index(
        drop=True
    )
    added = after - statements(calm)["duration_ms"].reset_index(drop=True)
    hit = added.between(SLOW_DEPENDENCY_MS - 0.01, SLOW_DEPENDENCY_MS + 0.01)
    assert hit.mean() == pytest.approx(SLOW_DEPENDENCY_SHARE, abs=0.12)
    assert (added[~hit] == 0).all()


def test_n_plus_one_runs_a_statement_for_each_call_of_the_feed(troubled):
    inside = hours(troubled.requests, 10, 14)
    fetched = inside[~inside["cache_hit"].fillna(value=True)].set_index("trace_id")
    spans = troubled.spans[troubled.spans["name"] == "SELECT feed"]
    counts = spans.groupby("trace_id").size().loc[fetched.index]
    assert (counts == fetched["item_count"] + 1).all()


def test_a_share_of_an_incident_hits_that_part_of_the_requests():
    def failures(share):
        incident = history.Incident("naive_times", 0, 24, share)
        day = history.day(requests=4000, incidents=[incident])
        failed = day.requests["status"] == 500
        return int((failed & (day.requests["attempt"] == 1)).sum())

    whole = failures(1.0)
    assert failures(0.5) == pytest.approx(whole / 2, abs=2 * whole**0.5)


def test_a_deploy_is_a_new_version_for_everybody_from_then_on(troubled):
    known = troubled.requests[troubled.requests["app_version"].notna()]
    assert set(hours(known, 12, 24)["app_version"]) == {"3.5.0"}
    assert set(hours(known, 0, 12)["app_version"]) == {"3.3.9", "3.4.0", "3.4.1"}


def test_a_day_with_another_name_date_or_incident_has_other_ids_and_the_same_visits():
    one = history.day(requests=200, name="one", date=date(2026, 3, 2))
    others = [
        history.day(requests=200, name="two", date=date(2026, 3, 2)),
        history.day(requests=200, name="one", date=date(2026, 3, 3)),
    ]
    for other in others:
        assert other.fingerprint != one.fingerprint
        assert set(other.spans["trace_id"]).isdisjoint(one.spans["trace_id"])
        took = [day.requests["duration_ms"] for day in (one, other)]
        pd.testing.assert_series_equal(*took)
    assert set(others[0].spans["service"]) == {"two-api", "two-feed", "two-messages"}


def test_a_day_is_yesterday_unless_a_date_is_named():
    yesterday = history.day(requests=10)
    before = datetime.now(UTC).date() - timedelta(days=1)
    assert yesterday.date in (before, before - timedelta(days=1))
    day = history.day(requests=10, date=date(2026, 3, 2))
    assert day.start == datetime(2026, 3, 2, tzinfo=UTC)
    assert day.end == datetime(2026, 3, 3, tzinfo=UTC)
    assert day.window == (1772409600, 1772496000)
    assert day.requests["start"].between(day.start, day.end, inclusive="left").all()


def test_days_are_consecutive_different_and_end_with_the_day_itself():
    first, second, last = history.days(3, seed=7, requests=50, date=date(2026, 3, 1))
    assert [day.date.day for day in (first, second, last)] == [27, 28, 1]
    assert last == history.day(seed=7, requests=50, date=date(2026, 3, 1))
    durations = {tuple(day.requests["duration_ms"]) for day in (first, second, last)}
    assert len(durations) == 3


def test_a_day_says_what_is_in_it():
    calm = history.day(requests=20, date=date(2026, 3, 2))
    assert repr(calm).endswith("from 00:00 to 24:00 UTC, 2026-03-02; no incidents")
    assert repr(golden()).startswith("yesterday: 50")
    assert repr(golden()).endswith(
        "slow_dependency from 10:00 to 18:00, 3.5.0 from 12:00"
    )


@pytest.mark.parametrize("name", ["", "Yesterday", "my day", "-day", "day-", "tag_1"])
def test_a_name_that_no_dataset_could_have_is_refused(name):
    with pytest.raises(ValueError, match="'name' is made of lowercase letters"):
        history.day(name=name)


@pytest.mark.parametrize("count", [0, -1])
def test_a_day_without_requests_and_no_days_are_refused(count):
    with pytest.raises(ValueError, match="'requests' must be 1 or more"):
        history.day(requests=count)
    with pytest.raises(ValueError, match="'count' must be 1 or more"):
        history.days(count)


def test_what_is_no_incident_or_deploy_is_refused():
    with pytest.raises(ValueError, match=r"'incidents' is a list of history\.Incident"):
        history.day(incidents=["n_plus_one"])
    with pytest.raises(ValueError, match=r"'deploys' is a list of history\.Deploy"):
        history.day(deploys=["3.5.0"])
    with pytest.raises(ValueError, match=r"history\.Deploy, not 3\.5\.0 from 12:00"):
        history.day(deploys=history.Deploy("3.5.0", 12))


@pytest.mark.parametrize("when", ["2026-03-02", datetime(2026, 3, 2, tzinfo=UTC), 0])
def test_a_text_or_a_moment_is_no_date(when):
    with pytest.raises(ValueError, match=r"'date' is a datetime\.date, not "):
        history.day(date=when)


def test_each_of_several_days_can_have_incidents_of_its_own():
    bad, slow = (history.Incident("n_plus_one", 0, hour) for hour in (24, 12))
    options = {"requests": 50, "date": date(2026, 3, 2)}
    days = history.days(3, incidents={1: [bad], -1: [slow]}, **options)
    assert [day.incidents for day in days] == [(), (bad,), (slow,)]
    calm = history.days(3, **options)
    assert days[0] == calm[0]
    assert len(days[1].spans) > len(calm[1].spans)
    assert days[1].fingerprint != calm[1].fingerprint


def test_a_version_stays_until_the_next_deploy_whatever_the_day():
    deploys = {
        1: [history.Deploy("3.6.0", 18), history.Deploy("3.5.0", 12)],
        3: [history.Deploy("3.7.0", 6)],
    }
    days = history.days(5, requests=50, date=date(2026, 3, 2), deploys=deploys)
    versions = [set(day.requests["app_version"].dropna()) for day in days]
    assert versions[2] == {"3.6.0"}
    assert versions[3] == {"3.6.0", "3.7.0"}
    assert versions[4] == {"3.7.0"}
    assert not versions[0] & {"3.5.0", "3.6.0", "3.7.0"}


@pytest.mark.parametrize("index", [2, -3])
def test_what_happens_beyond_the_days_is_refused(index):
    with pytest.raises(ValueError, match=f"'incidents' has the day {index}, and there"):
        history.days(2, incidents={index: [history.Incident("n_plus_one", 0, 24)]})
    with pytest.raises(ValueError, match=r"'deploys' is a list of history\.Deploy"):
        history.days(2, deploys={0: ["3.5.0"]})


def test_a_day_of_one_request_is_a_day():
    day = history.day(requests=1)
    assert len(day.requests) == 1
    assert set(day.spans["trace_id"]) == set(day.requests["trace_id"])


def test_the_names_of_the_room():
    assert history.__all__ == ["Day", "Deploy", "Incident", "day", "days", "mystery"]
