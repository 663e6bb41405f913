"""The columnar path against the plain one: equal rows, or both refuse."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import example, given, settings
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import (
    ResourceSpans,
    ScopeSpans,
    Span,
    Status,
)

from lab_emulators.honeycomb.ingest import (
    OtlpError,
    attributes,
    bulk,
    columnar,
    lockstep,
    plain,
)
from lab_emulators.honeycomb.ingest.framing import frame, message
from lab_emulators.honeycomb.ingest.wire import Wire

thorough = settings(max_examples=2 * settings().max_examples)

texts = st.text(max_size=20) | st.sampled_from(
    ["", "x" * 12, "x" * 13, "é" * 6, "a" * 200]
)
keys = (
    st.sampled_from(
        (
            "a http.route name error duration_ms service.name type sampleRate"
            " SampleRate trace.parent_id meta.signal_type " + "k" * 70
        ).split(" ")
    )
    | texts
)
int64s = st.integers(-(2**63), 2**63 - 1) | st.integers(-1, 300)
times = (
    st.just(0)
    | st.integers(0, 2**64 - 1)
    | st.integers(10**18, 10**18 + 10**9)
    | st.sampled_from([2**63 - 1, 2**63, 2**64 - 1])
)
scalars = (
    texts.map(lambda v: AnyValue(string_value=v))
    | st.booleans().map(lambda v: AnyValue(bool_value=v))
    | int64s.map(lambda v: AnyValue(int_value=v))
    | st.floats().map(lambda v: AnyValue(double_value=v))
)
values = st.recursive(
    scalars
    | st.just(AnyValue())
    | st.binary(max_size=8).map(lambda v: AnyValue(bytes_value=v)),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda vs: AnyValue(array_value={"values": vs}))
        | st.lists(st.builds(KeyValue, key=keys, value=inner), max_size=3).map(
            lambda vs: AnyValue(kvlist_value={"values": vs})
        )
    ),
    max_leaves=8,
)
plain_pairs = st.lists(
    st.builds(KeyValue, key=keys, value=scalars), max_size=6, unique_by=lambda p: p.key
)
odd_pairs = st.lists(st.builds(KeyValue, key=keys, value=values), max_size=6)
ids = {
    "trace_id": st.sampled_from(
        [bytes(16), b"", bytes(range(16)), bytes(8) + b"\xab" * 8]
    ),
    "span_id": st.sampled_from([b"", bytes(8), b"\xffspanid\x00"]),
}
ordinary = st.builds(
    Span,
    name=texts,
    parent_span_id=st.sampled_from([b"", b"\x01" * 8]),
    kind=st.integers(0, 6),
    start_time_unix_nano=times,
    end_time_unix_nano=times,
    attributes=plain_pairs,
    dropped_attributes_count=st.integers(0, 200),
    flags=st.sampled_from([0, 1, 257]),
    status=st.none() | st.builds(Status, code=st.integers(0, 3), message=texts),
    **ids,
)
odd = st.builds(
    Span,
    name=texts,
    parent_span_id=st.binary(max_size=9),
    trace_id=st.binary(max_size=17),
    span_id=st.binary(max_size=9),
    kind=st.integers(-1, 2**31 - 1),
    trace_state=st.sampled_from(
        ["", "ot=th:8", "ot=th:0ad;rv:1,x=y", "th=c", "ot=th:zz"]
    ),
    start_time_unix_nano=times,
    end_time_unix_nano=times,
    attributes=odd_pairs,
    events=st.lists(
        st.builds(
            Span.Event,
            name=st.sampled_from(["", "exception", "cache_miss"]),
            time_unix_nano=times,
            attributes=odd_pairs,
        ),
        max_size=2,
    ),
    links=st.lists(st.builds(Span.Link, attributes=odd_pairs, **ids), max_size=2),
    status=st.none()
    | st.builds(Status, code=st.integers(-1, 2**31 - 1), message=texts),
)
requests = st.builds(
    ExportTraceServiceRequest,
    resource_spans=st.lists(
        st.builds(
            ResourceSpans,
            resource=st.none() | st.builds(dict, attributes=odd_pairs),
            schema_url=st.sampled_from(["", "https://opentelemetry.io/schemas/1.26.0"]),
            scope_spans=st.lists(
                st.builds(
                    ScopeSpans,
                    scope=st.none()
                    | st.builds(
                        dict,
                        name=st.sampled_from(["", "mine", "io.opentelemetry.flask"]),
                        version=texts,
                        attributes=odd_pairs,
                    ),
                    schema_url=st.sampled_from(["", "scope-url"]),
                    spans=st.lists(ordinary | ordinary | ordinary | odd, max_size=6),
                ),
                max_size=3,
            ),
        ),
        max_size=3,
    ),
)


def outcome(decode, comparable):
    try:
        return comparable(decode())
    except OtlpError:
        return "refused"


def both(body, comparable):
    """What the columnar and the plain path make of a body."""
    in_bulk = outcome(lambda: columnar.batches_of(body, few=1), comparable)
    one_by_one = outcome(
        lambda: plain.batches_of(columnar.request_of(body)), comparable
    )
    return in_bulk, one_by_one


@thorough
@given(requests)
def test_any_request_gives_the_same_rows_as_the_plain_path(comparable, request_):
    in_bulk, one_by_one = both(request_.SerializeToString(), comparable)
    assert in_bulk == one_by_one != "refused"


@thorough
@given(requests, st.integers(0, 2**32), st.sampled_from([0.01, 0.1, 0.4]))
def test_untidy_encodings_give_the_same_rows_too(
    comparable, untidily, request_, seed, oddness
):
    in_bulk, one_by_one = both(untidily(request_, seed, oddness), comparable)
    assert in_bulk == one_by_one != "refused"


@thorough
@given(requests, st.data())
def test_damaged_bytes_are_refused_by_both_or_read_alike(comparable, request_, data):
    body = bytearray(request_.SerializeToString())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, max(len(body) - 1, 0)))
        cut = data.draw(st.integers(0, 2))
        body[place : place + cut] = data.draw(st.binary(max_size=3))
    in_bulk, one_by_one = both(bytes(body), comparable)
    assert in_bulk == one_by_one


@thorough
@given(st.binary(max_size=200))
@example(b"")
@example(b"\x0a")
@example(b"\x0a\x00")
@example(b"\x0b\x0c")
def test_random_bytes_are_refused_by_both_or_read_alike(comparable, body):
    in_bulk, one_by_one = both(body, comparable)
    assert in_bulk == one_by_one


def nested_request(levels, span):
    """Nine spans, one with a list in a list in a list: bytes, as deep as is asked."""
    value = b"\x18\x01"
    for _ in range(levels):
        value = message(5, message(1, value))  # AnyValue.array_value, .values
    pair = message(1, b"deep") + message(2, value)
    usual = span().SerializeToString()
    spans = [usual] * 8 + [usual + message(9, pair)]
    return message(1, message(2, b"".join(message(2, each) for each in spans)))


@pytest.mark.parametrize("levels", [40, 45, 46, 47, 48, 49])
def test_depth_is_limited_where_protobuf_limits_it(comparable, span, levels):
    in_bulk, one_by_one = both(nested_request(levels, span), comparable)
    assert in_bulk == one_by_one


def test_a_list_is_read_forty_deep_and_refused_a_thousand_deep(comparable, span):
    assert both(nested_request(40, span), comparable)[0] != "refused"
    assert both(nested_request(1000, span), comparable)[0] == "refused"


@pytest.mark.parametrize("place", ["name", "key", "value", "message", "event", "scope"])
@pytest.mark.parametrize("bad", [b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\xe2\x82"])
def test_text_that_is_not_utf8_refuses_the_request(request_of, span, pairs, place, bad):
    marks = {part: f"mark-{part}-{'x' * len(bad)}" for part in ("name", "key", "value")}
    marks |= {part: f"mark-{part}-{'x' * len(bad)}" for part in ("message", "event")}
    marked = span(
        {marks["key"]: marks["value"]},
        name=marks["name"],
        status=Status(message=marks["message"]),
    )
    with_event = span(events=[{"name": marks["event"]}])
    request_ = request_of(*[span()] * 8, marked, with_event)
    request_.resource_spans[0].scope_spans[
        0
    ].scope.name = f"mark-scope-{'x' * len(bad)}"
    mark = f"mark-{place}-{'x' * len(bad)}".encode()
    body = request_.SerializeToString()
    assert body.count(mark) == 1
    with pytest.raises(OtlpError):
        columnar.batches_of(body.replace(mark, f"mark-{place}-".encode() + bad))


def test_a_span_of_very_many_attributes_is_read_one_by_one(
    comparable, request_of, span
):
    many = span({f"key {i}": i for i in range(lockstep.MAX_FIELDS + 1)})
    body = request_of(*[span({"a": 1})] * 8, many).SerializeToString()
    wire = Wire.of(body)
    [[scope]] = frame(body).resources
    starts, ends = np.array(scope.starts), np.array(scope.ends)
    assert lockstep.walk(wire, starts, ends).rare.tolist() == [False] * 8 + [True]
    in_bulk, one_by_one = both(body, comparable)
    assert in_bulk == one_by_one


def test_keys_of_equal_hash_are_told_apart(comparable, request_of, span, monkeypatch):
    monkeypatch.setattr(attributes, "_MIX", np.uint64(0))
    spans = [span({f"key {i}": i}) for i in range(9)]
    body = request_of(*spans).SerializeToString()
    in_bulk, one_by_one = both(body, comparable)
    assert in_bulk == one_by_one


@pytest.mark.parametrize("size", [127, 128, 16_383, 16_384, 2**21 - 1, 2**21])
def test_lengths_of_one_to_four_bytes_are_read(comparable, request_of, span, size):
    spans = [span({"text": "x" * size, "after": 1}) for _ in range(2)]
    in_bulk, one_by_one = both(request_of(*spans).SerializeToString(), comparable)
    assert in_bulk == one_by_one


@pytest.mark.parametrize(
    "number", [0, 1, 127, 128, 2**32, 2**56, 2**63 - 1, -1, -128, -(2**63)]
)
def test_integers_of_every_length_are_read_in_bulk(request_of, span, dicts, number):
    body = request_of(*[span({"n": number})] * 8).SerializeToString()
    [[scope]] = frame(body).resources
    read = bulk.read(Wire.of(body), np.array(scope.starts), np.array(scope.ends))
    [batch] = columnar.batches_of(body)
    assert not read.rare.any()
    assert [row["n"] for row in dicts(batch)] == [number] * 8


KEY = b"\x0a\x01a"
ODD_FIELDS = {
    "a kind of two bytes": b"\x30\x82\x00",
    "an unknown kind of two bytes": b"\x30\x82\x01",
    "a kind whose second byte looks like a name": b"\x30\x82\x2a\x0a\x09" + bytes(9),
    "a status code cut short": b"\x7a\x02\x18\x82",
    "a count of two bytes": b"\x50\x80\x01",
    "a status code of two bytes": b"\x7a\x03\x18\x82\x00",
    "a status code before its message": b"\x7a\x05\x18\x02\x12\x01m",
    "a status cut short": b"\x7a\x02\x12\x05",
    "a status twice": b"\x7a\x02\x18\x02\x7a\x02\x18\x01",
    "a name twice": b"\x2a\x01a\x2a\x01b",
    "flags of another field number": b"\x85\x02\x00\x00\x00\x00",
    "a value before its key": message(9, b"\x12\x02\x18\x01" + KEY),
    "a value cut short": message(9, KEY + b"\x12\x01\x10\x01"),
    "a value with bytes behind it": message(9, KEY + b"\x12\x02\x18\x01\x18\x02"),
    "two values": message(9, KEY + b"\x12\x02\x18\x01" + b"\x12\x02\x18\x02"),
    "a value of two kinds": message(9, KEY + b"\x12\x04\x18\x01\x10\x01"),
    "a key twice": message(9, KEY + KEY + b"\x12\x02\x18\x01"),
    "a boolean of two bytes": message(9, KEY + b"\x12\x03\x10\x80\x01"),
    "an integer of ten bytes and more bits": message(
        9, KEY + b"\x12\x0b\x18" + b"\xff" * 9 + b"\x7f"
    ),
    "an integer that does not end": message(9, KEY + b"\x12\x02\x18\x81"),
    "a double of seven bytes": message(9, KEY + b"\x12\x08\x21" + bytes(7)),
}


@pytest.mark.parametrize("name", ODD_FIELDS)
def test_an_odd_field_is_left_to_the_plain_path(comparable, name, span):
    usual = Span(trace_id=bytes(16)).SerializeToString()
    spans = [usual] * 8 + [usual + ODD_FIELDS[name]]
    body = message(1, message(2, b"".join(message(2, each) for each in spans)))
    in_bulk, one_by_one = both(body, comparable)
    assert in_bulk == one_by_one
