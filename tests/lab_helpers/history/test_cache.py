"""The home feed's cache in a day: the app's rule, checked on the finished spans."""

from bisect import bisect
from collections import defaultdict

import pandas as pd
import pytest

from lab_helpers.app.feed import CACHE_SECONDS

pytestmark = pytest.mark.xdist_group("history")  # one worker makes the days

TTL_US = CACHE_SECONDS * 1_000_000


def ends_of(day, *steps):
    """End of each of these steps in µs since midnight, user, recorded cache hit."""
    spans = day.spans[day.spans["annotation"] == "span"]
    servers = spans.set_index("span_id")[["app.user", "app.cache_hit"]]
    found = spans[spans["name"].isin(steps)]
    since = (found["start"] - day.start) // pd.Timedelta("1us")
    ends = since + (found["duration_ms"] * 1000).round().astype(int)
    about = servers.loc[found["parent_id"]].itertuples(index=False, name=None)
    return sorted((end, *rest) for end, rest in zip(ends, about, strict=True))


def clearings(day):
    """When the cache was emptied: at every post, and when its service was switched."""
    posts = [end for end, *_ in ends_of(day, "call.store", "reply.store")]
    switched = [i for i in day.incidents if i.name == "n_plus_one"]
    return sorted(posts + [us for i in switched for us in (i.start_us, i.end_us)])


@pytest.mark.parametrize("which", ["calm", "troubled"])
def test_a_feed_is_a_hit_for_four_seconds_or_until_somebody_posts(which, request):
    day = request.getfixturevalue(which)
    cleared, stored = clearings(day), defaultdict(list)
    for end, user, _ in ends_of(day, "home.rank"):
        stored[user].append(end)
    for end, user, hit in ends_of(day, "home.cache"):
        before = bisect(stored[user], end)
        latest = stored[user][before - 1] if before else -TTL_US
        kept = bisect(cleared, latest) == bisect(cleared, end)
        assert hit == (end < latest + TTL_US and kept)


def test_sessions_hit_the_cache_now_and_then(calm):
    homes = calm.requests[calm.requests["route"] == "/api/feed/home"]
    assert 0.15 < homes["cache_hit"].mean() < 0.6


def test_a_hit_runs_no_statement_and_waits_for_no_connection(calm):
    homes = calm.requests[calm.requests["route"] == "/api/feed/home"]
    hits = homes[homes["cache_hit"]]
    spans = calm.spans[calm.spans["trace_id"].isin(hits["trace_id"])]
    assert set(spans["name"]) == {
        "GET /api/feed/home",
        "GET",
        "GET /feed/home",
        "home.cache",
    }
    assert hits["queue_wait_ms"].isna().all()
    assert hits["duration_ms"].median() < homes["duration_ms"].median() / 2
