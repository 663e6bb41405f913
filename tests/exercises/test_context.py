import pandas as pd
import pytest

from lab_helpers.exercises import Context, Miss


class Arrivals:
    """A client whose trace arrives at the second look, and only under its own id."""

    def __init__(self, stored=()):
        self.looks = 0
        self.stored = set(stored)

    def trace(self, trace_id, extra=()):
        self.looks += 1
        found = trace_id in self.stored and self.looks > 1
        return pd.DataFrame({"span_id": ["a"] if found else []})


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
    assert len(Context(client=client).trace("t1")) == 1
    assert client.looks == 2


def test_a_trace_that_never_arrives_is_a_miss_with_the_diagnosis():
    context = Context(client=Arrivals(stored={"old"}), patience_s=0)
    with pytest.raises(Miss, match="nothing listens there"):
        context.trace("t2", diagnose=lambda: "nothing listens there")
