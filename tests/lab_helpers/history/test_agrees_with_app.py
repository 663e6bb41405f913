"""The past and the app agree: requests of a day, asked of three live processes."""

import math
import re
import secrets
from collections import Counter
from statistics import median, stdev

import pandas as pd
import pytest

from lab_helpers import history, traffic
from lab_helpers.app import run_processes
from lab_helpers.app.lag import SHAPES, Pacer
from lab_helpers.files import tracing
from lab_helpers.history.arrivals import plan
from lab_helpers.traffic.wire import Address, ask

pytestmark = pytest.mark.xdist_group("lab")

SEED, REQUESTS = 7, 600
LASTING = ("n_plus_one", "naive_times")
# Of what depends on the machine and the moment, only the type is compared.
FLEETING = {
    "net.host.name",
    "net.host.port",
    "http.host",
    "net.peer.ip",
    "net.peer.port",
    "app.queue_wait_ms",
}
SPOKEN = ("name", "kind", "status", "status_message", "error", "annotation")


def a_day(*incidents):
    happened = [history.Incident(name, 0, 24) for name in incidents]
    return history.day(SEED, requests=REQUESTS, incidents=happened)


def different_requests(day, most=4):
    """Of each route and outcome at most that many: rows, and what was asked for.

    What changes the answers to others comes last: feeds from the cache, then posts.
    """
    kinds = day.requests["cache_hit"].map({True: "hit", False: "miss"}).fillna("")
    rows = day.requests.assign(cache=kinds)
    first = rows[rows["attempt"] == 1].itertuples()
    seen, chosen = Counter(), {}
    for row, request in zip(first, plan(SEED, REQUESTS), strict=True):
        outcome = (row.method == "POST", row.cache == "hit", row.route, row.status)
        key = (*outcome, request.user, request.errand.path)
        if key not in chosen and seen[outcome] < most:
            seen[outcome] += 1
            chosen[key] = row, request
    return [chosen[key] for key in sorted(chosen)]


def replay(url, pairs):
    """Sends each request in a trace of the day's own id."""
    for row, request in pairs:
        if row.cache == "hit":
            send(url, request, secrets.token_hex(16))
        assert send(url, request, row.trace_id) == row.status


def send(url, request, trace_id):
    parent = {"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01"}
    errand, who = request.errand, {"user": request.user, "body": request.errand.body}
    return ask(Address.of(url), errand.method, errand.path, headers=parent, **who)[0]


def trees(frame, trace_ids):
    """Trace id → tree of what its spans and events say."""
    ordered = frame[frame["trace_id"].isin(trace_ids)].sort_values("start")
    return {
        trace_id: tree(rows.to_dict("records"))
        for trace_id, rows in ordered.groupby("trace_id")
    }


def tree(rows):
    spans = {row["span_id"] for row in rows if row["annotation"] == "span"}

    def below(parent):
        inside = [row for row in rows if row["parent_id"] == parent]
        return [(said(row), below(row["span_id"])) for row in inside]

    (root,) = (row for row in rows if row["parent_id"] not in spans)
    return said(root), below(root["span_id"])


def said(row):
    """All that a span or event says, without its times and ids."""
    names = [name for name in row if name in SPOKEN or "." in name]
    known = {name: plain(row[name]) for name in names if not pd.isna(row[name])}
    known |= {name: type(known[name]) for name in FLEETING & known.keys()}
    known.pop("exception.stacktrace", None)
    return known | {"service": row["service"].rpartition("-")[2]}


def plain(value):
    """A value as one of Python's own; of a URL, the path."""
    value = value.item() if hasattr(value, "item") else value
    return re.sub(r"://[\w.:]+", "://", value) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def days():
    """Two days and the requests of them that are asked live: troubled ones first."""
    calm, troubled = a_day(), a_day("n_plus_one", "naive_times")
    hit = [
        (row, request)
        for row, request in different_requests(troubled)
        if row.status == 500 or row.cache == "miss"
    ]
    return {"troubled": (troubled, hit), "calm": (calm, different_requests(calm))}


@pytest.fixture(scope="module")
def live(days, receiver):
    """The spans that three instrumented processes send of all those requests."""
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url}
    setup = tracing.__file__
    with run_processes(setup=setup, env=env, pace=0, name="agreeing") as services:
        n_plus_one = traffic.incident(services.url, "n_plus_one")
        with n_plus_one, traffic.incident(services.url, "naive_times"):
            replay(services.url, days["troubled"][1])
        replay(services.url, days["calm"][1])
    return receiver.spans()


@pytest.mark.parametrize("which", ["calm", "troubled"])
def test_a_request_has_the_same_trace_in_the_past_and_live(days, live, which):
    """Every span, name, kind, status, attribute, statement, count and exception."""
    day, pairs = days[which]
    trace_ids = {row.trace_id for row, _ in pairs}
    past, present = trees(day.spans, trace_ids), trees(live, trace_ids)
    assert present.keys() == past.keys() == trace_ids
    for trace_id, expected in past.items():
        assert present[trace_id] == expected


def test_every_route_and_outcome_was_compared(days):
    rows = [row for _, pairs in days.values() for row, _ in pairs]
    assert {row.status for row in rows} == {200, 201, 404, 422, 500}
    assert len({(row.method, row.route) for row in rows}) == 11
    assert {row.cache for row in rows} == {"hit", "miss", ""}


def test_a_traceback_names_the_lines_of_the_app_where_it_failed(days, live):
    past = days["troubled"][0].spans["exception.stacktrace"].dropna().iloc[0]
    present = live["exception.stacktrace"].dropna().iloc[0]
    frames = re.findall(r'(lab_helpers/app/\w+\.py", line \d+, in \w+)', past)
    assert len(frames) == 3
    assert [frame for frame in frames if frame not in present] == []


def latencies_of(day):
    """What each piece of designed work took: lag → milliseconds."""
    spans = day.spans[day.spans["annotation"] == "span"]
    inside = spans.set_index("span_id")
    took = {name: [] for name in SHAPES}
    statements = spans[spans["db.statement"].notna()]
    turns = statements.groupby("parent_id").cumcount()
    for row, turn in zip(statements.itertuples(), turns, strict=True):
        step = inside.at[row.parent_id, "name"]
        took[SECOND[step] if turn else step].append(row.duration_ms)
    for row in spans[spans["name"].isin([*PER_ITEM, "home.cache"])].itertuples():
        items = inside.at[row.parent_id, "app.item_count"]
        times = items if row.name in PER_ITEM else 1
        took[row.name] += [row.duration_ms / times] if times else []
    return took


SECOND = {"home.fetch": "home.replies", "call.fetch": "call.replies"}
PER_ITEM = ("home.rank", "search.rank")


@pytest.fixture(scope="module")
def latencies(calm):
    return latencies_of(calm)


@pytest.mark.parametrize("lag", SHAPES)
def test_the_designed_latencies_are_those_of_the_app(latencies, lag):
    """Median, spread and second mode, as the app's own Pacer draws them."""
    pacer, shape, past = Pacer(SEED), SHAPES[lag], latencies[lag]
    drawn = [pacer.draw_ms(lag) for _ in range(4000)]
    sampling = 5 * math.sqrt(1 / len(past) + 1 / len(drawn))  # five standard errors
    between = math.sqrt(shape.median_ms * (shape.second_ms or 100 * shape.median_ms))
    ones, others = ([x for x in of if x < between] for of in (past, drawn))
    shares = len(ones) / len(past), len(others) / len(drawn)
    assert len(past) > 40
    assert abs(shares[0] - shares[1]) <= sampling * math.sqrt(1 - shares[1])
    for measure in (median, lambda each: math.exp(stdev(map(math.log, each)))):
        ratio = measure(ones) / measure(others)
        assert abs(math.log(ratio)) <= sampling * 1.25 * shape.spread


def test_habits_ask_for_the_same_things_as_often_as_in_live_traffic(calm):
    asked = calm.requests[["habit", "method", "route"]]
    past = Counter(asked.itertuples(index=False, name=None))
    planned = traffic.plan(seconds=1000, rate=20, seed=SEED)
    live = Counter((a.habit, a.errand.method, a.errand.route) for a in planned)
    assert past.keys() == live.keys()
    for kind, count in live.items():
        share = count / len(planned)
        sampling = 5 * math.sqrt(share / len(planned) + share / len(asked))
        assert abs(past[kind] / len(asked) - share) <= sampling, kind
