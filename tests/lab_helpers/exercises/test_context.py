import json

import pandas as pd
import pytest

from lab_helpers.clients.transport.errors import (
    HoneycombError,
    HoneycombPlanError,
    XRayError,
)
from lab_helpers.clients.xray.ids import xray_id
from lab_helpers.exercises import Context, Miss
from lab_helpers.exercises.patience import DataSource


class Arrivals:
    """A client whose trace arrives at the second look, and only under its own id."""

    def __init__(self, stored=()):
        self.looks = 0
        self.stored = set(stored)

    def trace(self, trace_id, *, extra=()):
        self.looks += 1
        if trace_id not in self.stored or self.looks == 1:
            raise HoneycombError("trace", None, "no such trace")
        return pd.DataFrame({"span_id": ["a"], **{name: ["b"] for name in extra}})


def test_every_fresh_id_is_new():
    context = Context()
    ids = {context.fresh_id() for _ in range(100)}
    traces = {context.fresh_trace().trace_id for _ in range(100)}
    assert (len(ids), len(traces)) == (100, 100)


def test_a_fresh_trace_speaks_w3c():
    fresh = Context(new_hex=lambda n: "ab" * n).fresh_trace()
    assert fresh.headers == {"traceparent": f"00-{'ab' * 16}-{'ab' * 8}-03"}


def test_a_trace_that_arrives_late_is_waited_for():
    client = Arrivals(stored={"t1"})
    frame = Context(client=client, patience_s=5).trace("t1", extra=["app.plan"])
    assert list(frame) == ["span_id", "app.plan"]
    assert client.looks == 2


def test_a_trace_that_never_arrives_is_a_miss_with_the_diagnosis():
    context = Context(client=Arrivals(stored={"old"}), patience_s=0)
    with pytest.raises(Miss, match="nothing listens there"):
        context.trace("t2", diagnose=lambda: "nothing listens there")


def test_a_plan_that_allows_no_query_is_said_at_once():
    class Refusing:
        def trace(self, trace_id, *, extra=()):
            raise HoneycombPlanError("POST /1/query_results", 403, "no", "Enterprise")

    context = Context(client=Refusing(), patience_s=60)
    with pytest.raises(Miss, match="Enterprise"):
        context.trace("t")


def test_a_lab_that_came_back_elsewhere_is_asked_there(monkeypatch):
    monkeypatch.setenv("LAB_ENV_FILE", "")
    context = Context()
    asked = []
    for port in (7318, 7318, 7319):
        exported = {"HONEYCOMB_API_ENDPOINT": f"http://127.0.0.1:{port}"}
        monkeypatch.setenv("LAB_EXPORTED", json.dumps(exported))
        asked.append(context.honeycomb)
    assert asked[0] is asked[1]
    assert [client.endpoint[-4:] for client in asked] == ["7318", "7318", "7319"]


def test_cloudwatch_is_asked_where_the_lab_is_now(monkeypatch):
    monkeypatch.setenv("LAB_ENV_FILE", "")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "lab")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "lab-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    context = Context()
    asked = []
    for port in (7319, 7319, 7320):
        endpoint = f"http://127.0.0.1:{port}"
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        exported = {"AWS_ENDPOINT_URL": endpoint}
        monkeypatch.setenv("LAB_EXPORTED", json.dumps(exported))
        asked.append(context.cloudwatch)
    assert asked[0] is asked[1]
    assert [client.endpoint[-4:] for client in asked] == ["7319", "7319", "7320"]


class Segments:
    """An X-Ray that has a trace from the second look on, one row more at each."""

    def __init__(self, stored):
        self.looks = 0
        self.stored = stored

    def trace(self, trace_id, *, extra=()):
        self.looks += 1
        if trace_id != self.stored or self.looks == 1:
            raise XRayError("BatchGetTraces", None, "no segment of it has arrived")
        return pd.DataFrame({"name": ["row"] * (self.looks - 1)})


def test_a_fresh_xray_trace_is_one_and_new():
    context = Context()
    made = {context.fresh_xray_trace() for _ in range(100)}
    assert len(made) == 100
    assert all(xray_id(each) == each for each in made)


def test_segments_are_waited_for_until_there_are_enough():
    xray = Segments("1-5759e988-bd862e3fe1be46a994272793")
    frame = Context(xray=xray, patience_s=5).xray_trace(xray.stored, spans=2)
    assert (len(frame), xray.looks) == (2, 3)


def test_no_segment_at_all_is_a_miss_with_its_diagnosis():
    context = Context(xray=Segments("another"), patience_s=0)
    with pytest.raises(Miss, match=r"no segment of the trace .* lost in the post"):
        context.xray_trace("this", diagnose=lambda: "lost in the post")


class Looks:
    """A look that counts itself and finds nothing."""

    def __init__(self):
        self.count = 0

    def __call__(self):
        self.count += 1
        return pd.DataFrame()


def test_patience_is_that_of_the_settings(monkeypatch):
    monkeypatch.setenv("LAB_PATIENCE_S", "0")
    look = Looks()
    Context().wait_for(look, source=DataSource.XRAY, rows=1)
    assert look.count == 1


def test_what_takes_its_time_is_waited_for_by_the_impatient_too(monkeypatch):
    monkeypatch.setenv("LAB_PATIENCE_S", "0")
    look = Looks()
    Context().wait_for(look, source=DataSource.XRAY, rows=1, at_least_s=0.15)
    assert look.count > 1
