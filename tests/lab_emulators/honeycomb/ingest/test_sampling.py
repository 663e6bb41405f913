import pytest
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from lab_emulators.honeycomb.ingest.sampling import attribute_rate, tracestate_rate


@pytest.mark.parametrize(
    ("value", "rate"),
    [
        (10, 10),
        (0, 1),
        (-3, 1),
        (2**40, 2_147_483_647),
        (2.5, 3),
        (2.4, 2),
        (0.2, 1),
        (float("nan"), 1),
        (float("inf"), 2_147_483_647),
        ("25", 25),
        ("7.5", 8),
        ("many", 1),
        ("1_000", 1),
        ("", 1),
        (True, 1),
        ([4], 1),
    ],
)
def test_a_rate_is_a_positive_integer_whatever_was_sent(pairs, value, rate):
    assert attribute_rate(pairs({"sampleRate": value})) == rate


@pytest.mark.parametrize("rate", [10, 0, 2**40])
def test_a_rate_on_a_span_is_no_column(decoded, span, rate):
    [row] = decoded(span({"sampleRate": rate}))
    assert row["_rate"] == min(max(rate, 1), 2_147_483_647)
    assert "sampleRate" not in row


def test_the_preferred_spelling_wins_and_neither_is_a_column(decoded, span):
    [row] = decoded(span({"SampleRate": 3, "sampleRate": 4, "samplerate": 5}))
    assert (row["_rate"], row["samplerate"]) == (4, 5)
    assert not row.keys() & {"sampleRate", "SampleRate"}


def test_a_rate_is_looked_up_on_span_then_scope_then_resource(decoded, span, pairs):
    scope = InstrumentationScope(attributes=pairs({"sampleRate": 20}))
    resource = {"SampleRate": 30}
    rows = decoded(span({"SampleRate": 10}), span(), resource=resource, scope=scope)
    assert [row["_rate"] for row in rows] == [10, 20]
    [row] = decoded(span(), resource=resource)
    assert row["_rate"] == 30


def test_the_rows_of_events_and_links_have_the_rate_of_their_span(decoded, span):
    rows = decoded(span({"sampleRate": 6}, events=[Span.Event()], links=[Span.Link()]))
    assert [row["_rate"] for row in rows] == [6, 6, 6]


def test_an_attribute_counts_before_the_tracestate(decoded, span):
    rows = decoded(
        span({"sampleRate": 6}, trace_state="ot=th:8"), span(trace_state="ot=th:8")
    )
    assert [row["_rate"] for row in rows] == [6, 2]


@pytest.mark.parametrize(
    ("tracestate", "rate"),
    [
        ("ot=th:0", 1),
        ("ot=th:8", 2),
        ("ot=th:c", 4),
        ("vendor=x, ot=rv:1;th:c", 4),
        ("ot=th:c,ot=th:8", 4),
        ("th=8", 2),
        ("rv=1;th=c", 4),
        ("ot=th:ffffffffffffff", 2_147_483_647),
        ("ot=th:", 1),
        ("ot=rv:8", 1),
        ("ot=th:123456789abcdef", 1),
        ("ot=th:xyz", 1),
        ("tenant@ot=th:8", 1),
        ("", 1),
    ],
)
def test_the_threshold_in_a_tracestate_says_the_rate(tracestate, rate):
    assert tracestate_rate(tracestate, b"") == rate


def test_a_large_fractional_rate_is_rounded_down():
    rates = {tracestate_rate("ot=th:ff04298fdf6760", bytes([i])) for i in range(50)}
    assert len(rates) == 1
    assert rates <= {259, 260}


def test_a_small_fractional_rate_is_rounded_in_proportion():
    threshold = f"{int((1 - 1 / 10.8) * 2**56):014x}"
    rates = [tracestate_rate(f"ot=th:{threshold}", b"%d" % i) for i in range(2000)]
    assert set(rates) == {10, 11}
    assert 0.75 < rates.count(11) / len(rates) < 0.85
