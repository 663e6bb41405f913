"""The rules for span, event and link rows, each by both decoders."""

import pytest
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

SECOND = 10**9


def test_a_bare_span_has_the_columns_every_span_has(decoded, span):
    [row] = decoded(span(name="GET /"))
    assert row == {
        "_time_ns": 10**18,
        "_rate": 1,
        "trace.trace_id": bytes(range(16)).hex(),
        "trace.span_id": bytes(range(8)).hex(),
        "name": "GET /",
        "span.kind": "unspecified",
        "type": "unspecified",
        "duration_ms": 1.0,
        "status_code": 0,
        "span.num_events": 0,
        "span.num_links": 0,
        "meta.signal_type": "trace",
    }


def test_a_trace_id_that_starts_with_eight_zero_bytes_is_short(decoded, span):
    [row] = decoded(span(trace_id=bytes(8) + b"\xab" * 8))
    assert row["trace.trace_id"] == "ab" * 8


def test_absent_ids_are_empty_but_an_absent_parent_is_absent(decoded, span):
    [row] = decoded(span(trace_id=b"", span_id=b""))
    assert (row["trace.trace_id"], row["trace.span_id"]) == ("", "")
    assert "trace.parent_id" not in row


def test_ids_of_odd_lengths_are_kept_in_full(decoded, span):
    [row] = decoded(
        span(trace_id=bytes(9), span_id=b"\x01\x02", parent_span_id=b"\x0f")
    )
    ids = [row[f"trace.{name}_id"] for name in ("trace", "span", "parent")]
    assert ids == ["00" * 9, "0102", "0f"]


@pytest.mark.parametrize(
    ("kind", "name"),
    list(
        enumerate(
            ["unspecified", "internal", "server", "client", "producer", "consumer"]
        )
    ),
)
def test_kind_and_type_are_the_name_of_the_span_kind(decoded, span, kind, name):
    [row] = decoded(span(kind=kind))
    assert row["span.kind"] == row["type"] == name


def test_an_unknown_kind_is_unspecified(decoded, span):
    assert [r["type"] for r in decoded(span(kind=6), span(kind=-1))] == [
        "unspecified",
        "unspecified",
    ]


@pytest.mark.parametrize(("start", "end"), [(0, SECOND), (SECOND, 0), (0, 0)])
def test_a_span_without_a_start_or_end_lasts_no_time(decoded, span, start, end):
    [row] = decoded(span(start_time_unix_nano=start, end_time_unix_nano=end))
    assert row["duration_ms"] == 0.0
    assert "meta.invalid_duration" not in row


def test_a_span_that_ends_before_it_starts_is_marked_invalid(decoded, span):
    [row] = decoded(span(start_time_unix_nano=2, end_time_unix_nano=1))
    assert (row["duration_ms"], row["meta.invalid_duration"]) == (0.0, True)


def test_a_start_beyond_signed_nanoseconds_is_the_last_moment_there_is(decoded, span):
    [row] = decoded(span(start_time_unix_nano=2**64 - 2, end_time_unix_nano=2**64 - 1))
    assert (row["_time_ns"], row["duration_ms"]) == (2**63 - 1, 1e-6)


def test_only_an_error_status_gives_the_error_column(decoded, span):
    statuses = [Status(code=1), Status(code=2, message="boom"), None]
    rows = decoded(*(span(status=status) for status in statuses))
    assert [row["status_code"] for row in rows] == [1, 2, 0]
    assert [row.get("error") for row in rows] == [None, True, None]
    assert [row.get("status_message") for row in rows] == [None, "boom", None]


def test_a_tracestate_is_a_column_when_there_is_one(decoded, span):
    rows = decoded(span(trace_state="a=b"), span())
    assert [row.get("trace.trace_state") for row in rows] == ["a=b", None]


def test_a_span_attribute_replaces_the_built_in_column(decoded, span):
    odd = {"name": "mine", "duration_ms": "long", "error": False}
    [row] = decoded(span(odd, name="theirs", status=Status(code=2)))
    assert {key: row[key] for key in odd} == odd


def test_the_nearest_of_equal_keys_wins(decoded, span, pairs):
    scope = InstrumentationScope(attributes=pairs({"a": "scope", "b": "scope"}))
    resource = {"a": "resource", "b": "resource", "c": "resource", "name": "resource"}
    [row] = decoded(span({"a": "span"}, name="GET"), resource=resource, scope=scope)
    assert [row[k] for k in "abc"] == ["span", "scope", "resource"]
    assert row["name"] == "GET"


def test_the_first_of_a_repeated_key_wins(decoded, span):
    [row] = decoded(span([("a", 1), ("a", "second"), ("b", True), ("b", False)]))
    assert (row["a"], row["b"]) == (1, True)


def test_one_key_may_hold_every_type(decoded, span):
    values = ["text", True, -(2**63), 2**63 - 1, 0.5, 3.0, ""]
    rows = decoded(*(span({"a": value}) for value in values))
    assert [repr(row["a"]) for row in rows] == [repr(value) for value in values]


def test_attributes_without_a_key_or_a_value_are_skipped(decoded, span):
    [row] = decoded(span([("", "no key"), ("none", None), ("a", 1)]))
    assert (row["a"], row.keys() & {"", "none"}) == (1, set())


def test_the_scope_and_schemas_become_columns(decoded, span):
    scope = InstrumentationScope(name="kittiwake.feed", version="2")
    [row] = decoded(span(), scope=scope)
    assert (row["library.name"], row["library.version"]) == ("kittiwake.feed", "2")
    assert "telemetry.instrumentation_library" not in row


@pytest.mark.parametrize(
    "name",
    ["opentelemetry.instrumentation.flask", "@honeycombio/web", "io.opentelemetry"],
)
def test_a_known_instrumentation_is_marked(decoded, span, name):
    [row] = decoded(span(), scope=InstrumentationScope(name=name))
    assert row["telemetry.instrumentation_library"] is True


def test_an_event_before_its_span_is_marked_invalid(decoded, span):
    event = Span.Event(name="early", time_unix_nano=10**18 - 1)
    row, _ = decoded(span(events=[event]))
    assert row["meta.time_since_span_start_ms"] == 0.0
    assert row["meta.invalid_time_since_span_start"] is True


def test_events_and_links_of_a_span_in_error_are_in_error(decoded, span):
    rows = decoded(
        span(status=Status(code=2), events=[Span.Event()], links=[Span.Link()])
    )
    assert [row["error"] for row in rows] == [True, True, True]


def test_only_the_first_exception_is_copied_and_only_where_absent(decoded, span, pairs):
    first = {"exception.type": "A", "exception.message": "a", "exception.escaped": True}
    later = {"exception.type": "B", "exception.stacktrace": "b"}
    events = [
        Span.Event(name="exception", attributes=pairs(attributes))
        for attributes in (first, later)
    ]
    *_, row = decoded(span({"exception.message": "own"}, events=events))
    copied = {key: row[key] for key in row if key.startswith("exception.")}
    assert copied == first | {"exception.message": "own"}


def test_an_exception_attribute_of_another_type_is_not_copied(decoded, span, pairs):
    odd = {"exception.escaped": "False", "exception.type": 7}
    event = Span.Event(name="exception", attributes=pairs(odd))
    row, own = decoded(span(events=[event]))
    assert (row["exception.escaped"], row["exception.type"]) == ("False", 7)
    assert not [key for key in own if key.startswith("exception.")]


def test_rows_keep_their_order_when_rare_spans_stand_between(decoded, span):
    rare = span(name="rare", events=[Span.Event(name="event")], links=[Span.Link()])
    rows = decoded(span(name="first"), rare, span(name="last"))
    names = [row.get("name") for row in rows]
    assert names == ["first", "event", None, "rare", "last"]
