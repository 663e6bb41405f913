import json

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from lab_emulators.honeycomb.ingest import OtlpError, decode_logs, decode_traces


def spans_json(span, **resource):
    return {
        "resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]
    }


def attribute(**value):
    return {"attributes": [{"key": "a", "value": value}]}


@pytest.fixture
def row(dicts):
    """The one row a span in JSON becomes."""

    def decode(span):
        body = json.dumps(spans_json(span)).encode()
        [batch] = decode_traces(body, "application/json")
        [only] = dicts(batch)
        return only

    return decode


def refusal(document):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(OtlpError) as caught:
        decode_traces(body, "application/json")
    return str(caught.value)


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ({"stringValue": "x"}, "x"),
        ({"stringValue": ""}, ""),
        ({"boolValue": False}, False),
        ({"intValue": "-5"}, -5),
        ({"intValue": 5}, 5),
        ({"intValue": 5.0}, 5),
        ({"intValue": str(2**63 - 1)}, 2**63 - 1),
        ({"doubleValue": 1}, 1.0),
        ({"doubleValue": "1.5e3"}, 1500.0),
        ({"doubleValue": "-Infinity"}, float("-inf")),
        ({"bytesValue": "AQIDBA=="}, '"AQIDBA=="\n'),
        ({"bytesValue": "-_8"}, '"+/8="\n'),
        ({"arrayValue": {"values": [{"intValue": 1}, {}]}}, "[1,null]\n"),
        ({"stringValue": "x", "unknownValue": [{}], "intValue": None}, "x"),
        ({"stringValue": "half \ud83d pair"}, "half \ufffd pair"),
    ],
)
def test_values_are_read_in_every_spelling(row, value, stored):
    found = row(attribute(**value))["a"]
    assert (found, type(found)) == (stored, type(stored))


@pytest.mark.parametrize("value", [{}, {"kvlistValue": {}}, {"intValue": None}])
def test_a_value_that_is_none_leaves_no_column(row, value):
    assert "a" not in row(attribute(**value))


@pytest.mark.parametrize(
    ("trace_id", "stored"),
    [
        ("0AF7651916CD43DD8448EB211C80319C", "0af7651916cd43dd8448eb211c80319c"),
        ("0" * 16 + "ab" * 8, "ab" * 8),
        ("ab" * 8, "ab" * 8),
        ("", ""),
    ],
)
def test_a_trace_id_is_hex(row, trace_id, stored):
    assert row({"traceId": trace_id})["trace.trace_id"] == stored


def test_a_span_id_is_hex(row):
    found = row({"spanId": "00F067AA0BA902B7", "parentSpanId": "00f067aa0ba902b7"})
    assert found["trace.span_id"] == found["trace.parent_id"] == "00f067aa0ba902b7"


def test_enums_are_numbers(row):
    found = row({"kind": 3, "status": {"code": 2}})
    assert (found["span.kind"], found["error"]) == ("client", True)


@pytest.mark.parametrize("time", ["1500000000000000001", 1500000000000000001])
def test_times_are_strings_or_numbers(row, time):
    assert row({"startTimeUnixNano": time})["_time_ns"] == 1500000000000000001


@pytest.mark.parametrize(
    ("span", "path"),
    [
        (attribute(intValue="12x"), "spans[0].attributes[0].value.intValue"),
        (attribute(intValue=""), "spans[0].attributes[0].value.intValue"),
        (attribute(intValue=True), "spans[0].attributes[0].value.intValue"),
        (attribute(intValue=1.5), "spans[0].attributes[0].value.intValue"),
        (attribute(intValue=2**63), "spans[0].attributes[0].value.intValue"),
        (attribute(intValue="٣"), "spans[0].attributes[0].value.intValue"),
        (attribute(boolValue=1), "spans[0].attributes[0].value.boolValue"),
        (attribute(stringValue=1), "spans[0].attributes[0].value.stringValue"),
        (attribute(doubleValue="1.5x"), "spans[0].attributes[0].value.doubleValue"),
        (attribute(doubleValue=10**400), "spans[0].attributes[0].value.doubleValue"),
        (attribute(bytesValue="a"), "spans[0].attributes[0].value.bytesValue"),
        (attribute(arrayValue=[]), "spans[0].attributes[0].value.arrayValue"),
        (attribute(stringValue="", intValue=1), "spans[0].attributes[0].value"),
        ({"attributes": {"a": 1}}, "spans[0].attributes"),
        ({"attributes": [None]}, "spans[0].attributes[0]"),
        ({"traceId": "zz!"}, "spans[0].traceId"),
        ({"traceId": "abc"}, "spans[0].traceId"),
        ({"traceId": "CvdlGRbNQ92ESOshHIAxnA=="}, "spans[0].traceId"),
        ({"trace_id": "ab" * 16}, "spans[0]: 'trace_id' must be spelled 'traceId'"),
        ({"kind": "SPAN_KIND_CLIENT"}, "spans[0].kind must be the number"),
        ({"traceId": 12}, "spans[0].traceId"),
        ({"kind": "SPAN_KIND_ODD"}, "spans[0].kind"),
        ({"startTimeUnixNano": -1}, "spans[0].startTimeUnixNano"),
        ({"startTimeUnixNano": 2**64}, "spans[0].startTimeUnixNano"),
        ({"droppedLinksCount": 2**32}, "spans[0].droppedLinksCount"),
        (7, "spans[0]"),
    ],
)
def test_a_wrong_value_refuses_the_request_and_says_where(span, path):
    text = refusal(spans_json(span))
    assert text.startswith(f"resourceSpans[0].scopeSpans[0].{path}")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"{",
        b"\xff{}",
        b'{"a":NaN}',
        b"[" * 100_000,
        b'{"resourceSpans":' * 50_000,
        b'{"n":' + b"9" * 10_000 + b"}",
    ],
)
def test_what_is_not_a_json_object_is_refused(body):
    assert refusal(body)


def test_values_nested_too_deeply_are_refused():
    value = {"stringValue": "deep"}
    for _ in range(200):
        value = {"arrayValue": {"values": [value]}}
    assert "nested too deeply" in refusal(spans_json(attribute(**value)))


@pytest.mark.parametrize("body", [b"{}", b'{"resourceSpans":null,"other":[1]}'])
def test_an_empty_request_is_no_batches(body):
    assert decode_traces(body, "application/json") == []


MEMBERS = (
    "resourceSpans resourceLogs scopeSpans scopeLogs spans logRecords resource scope"
    " attributes key value intValue stringValue arrayValue values kvlistValue body"
    " bytesValue doubleValue boolValue traceId spanId kind status code events links"
    " startTimeUnixNano timeUnixNano severityNumber"
)
member_names = st.sampled_from(MEMBERS.split())
shapes = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["", "ab" * 16, "SPAN_KIND_SERVER", "1", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(member_names, inner, max_size=4)
    ),
    max_leaves=25,
)


@given(shapes)
@example({"resourceSpans": [{"scopeSpans": [{"spans": [{"status": []}]}]}]})
@example({"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": "text"}]}]}]})
def test_any_json_is_read_or_refused_and_nothing_else(document):
    body = json.dumps(document).encode()
    for decode in (
        lambda: decode_traces(body, "application/json"),
        lambda: decode_logs(body, "application/json", None),
    ):
        try:
            assert isinstance(decode(), list)
        except OtlpError as error:
            assert str(error)
