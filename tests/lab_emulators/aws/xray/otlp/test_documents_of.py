"""Bodies: two encodings, limits, and nothing but the documented error."""

import base64
import json

import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from lab_emulators.aws.xray.otlp import OtlpError, documents_of
from lab_emulators.aws.xray.otlp.messages import MAX_BYTES, MAX_SPANS

PROTOBUF, JSON = "application/x-protobuf", "application/json; charset=utf-8"
IDS = {"traceId": "5759e988bd862e3fe1be46a994272793", "spanId": "53995c3f42cd8ad8"}

leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
anything = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
)
keys = st.sampled_from(
    [
        "http.method",
        "http.status_code",
        "http.url",
        "url.full",
        "http.client_ip",
        "net.host.port",
        "server.address",
        "db.system",
        "db.name",
        "db.connection_string",
        "rpc.system",
        "rpc.method",
        "aws.span.kind",
        "aws.local.service",
        "aws.remote.service",
        "aws.xray.annotations",
        "aws.xray.metadata.x",
        "aws.dynamodb.table_names",
        "aws.log.group.arns",
        "cloud.platform",
        "cloud.provider",
        "service.name",
        "telemetry.sdk.language",
        "exception.type",
        "exception.stacktrace",
        "enduser.id",
    ]
)
scalars = st.one_of(
    st.builds(lambda v: {"stringValue": v}, st.text(max_size=30)),
    st.sampled_from(
        [
            {"stringValue": word}
            for word in ("sqlite", "aws-api", "LOCAL_ROOT", "http://[", "aws_ecs")
        ]
    ),
    st.builds(lambda v: {"intValue": v}, st.integers(-(2**63), 2**63 - 1)),
    st.builds(lambda v: {"boolValue": v}, st.booleans()),
    st.just({}),
    st.sampled_from([{"doubleValue": "NaN"}, {"doubleValue": "-Infinity"}]),
    st.builds(
        lambda v: {"bytesValue": base64.b64encode(v).decode()}, st.binary(max_size=4)
    ),
)
values = st.recursive(
    scalars,
    lambda inner: st.builds(
        lambda items: {"arrayValue": {"values": items}}, st.lists(inner, max_size=3)
    ),
    max_leaves=4,
)
attributes = st.lists(st.fixed_dictionaries({"key": keys, "value": values}), max_size=9)
spans = st.fixed_dictionaries(
    {
        **{name: st.just(value) for name, value in IDS.items()},
        "kind": st.integers(0, 7),
        "name": st.text(max_size=9),
        "attributes": attributes,
        "status": st.fixed_dictionaries(
            {"code": st.integers(0, 3), "message": st.text(max_size=5)}
        ),
        "events": st.lists(
            st.fixed_dictionaries(
                {"name": st.just("exception"), "attributes": attributes}
            ),
            max_size=2,
        ),
    }
)


def body_of(span, resource=()):
    scope = {"spans": [span]}
    block = {"resource": {"attributes": list(resource)}, "scopeSpans": [scope]}
    return json.dumps({"resourceSpans": [block]}).encode()


def tried(body, content_type):
    try:
        return documents_of(body, content_type)
    except OtlpError as error:
        assert str(error)
        return None


@given(st.binary(max_size=200))
def test_any_bytes_are_documents_or_the_documented_error(body):
    tried(body, PROTOBUF)
    tried(body, JSON)


@given(anything)
def test_any_json_is_documents_or_the_documented_error(value):
    tried(json.dumps(value).encode(), JSON)
    tried(json.dumps({"resourceSpans": value}).encode(), JSON)
    tried(json.dumps({"resourceSpans": [{"scopeSpans": value}]}).encode(), JSON)


@given(st.data())
def test_a_damaged_message_is_documents_or_the_documented_error(data):
    body = bytearray(as_protobuf(body_of(dict(IDS, name="x"))))
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] = data.draw(st.integers(0, 255))
    tried(bytes(body), PROTOBUF)


@given(spans, attributes)
def test_every_well_formed_span_becomes_documents(span, resource):
    documents = documents_of(body_of(span, resource), JSON)
    for document in map(json.loads, documents):
        assert document["trace_id"] == "1-5759e988-bd862e3fe1be46a994272793"
        assert 1 <= len(document["name"]) <= 200
        assert len(document["id"]) == 16


def as_protobuf(body):
    document = json.loads(body)
    for span in document["resourceSpans"][0]["scopeSpans"][0]["spans"]:
        for key in IDS:
            span[key] = base64.b64encode(bytes.fromhex(span[key])).decode()
    request = json_format.ParseDict(document, ExportTraceServiceRequest())
    return request.SerializeToString()


@given(spans, attributes)
def test_both_encodings_give_the_same_documents(span, resource):
    body = body_of(span, resource)
    assert documents_of(as_protobuf(body), PROTOBUF) == documents_of(body, JSON)


def test_unknown_members_of_json_are_left_alone():
    body = body_of(IDS | {"fromTheFuture": {"a": 1}, "name": "x"})
    assert len(documents_of(body, JSON)) == 1


@pytest.mark.parametrize(
    ("body", "content_type", "word"),
    [
        (b"{}", "text/plain", "neither protobuf nor JSON"),
        (b"{", JSON, "not JSON"),
        (b"[" * 100_000, JSON, "not JSON"),
        (b"\xff", PROTOBUF, "not an ExportTraceServiceRequest"),
        (b" " * (MAX_BYTES + 1), JSON, "bytes"),
    ],
)
def test_a_body_that_cannot_be_taken_says_why(body, content_type, word):
    with pytest.raises(OtlpError, match=word):
        documents_of(body, content_type)


def test_too_many_spans_are_refused_together():
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for _ in range(MAX_SPANS + 1):
        scope.spans.add()
    with pytest.raises(OtlpError, match="spans"):
        documents_of(request.SerializeToString(), PROTOBUF)


@pytest.mark.parametrize("place", ["span", "resource"])
def test_a_span_or_a_resource_too_large_is_refused(place):
    long = [{"key": "k", "value": {"stringValue": "x" * 17_000}}] * 13
    span = IDS | {"attributes": long if place == "span" else []}
    with pytest.raises(OtlpError, match=f"a {place} has more"):
        documents_of(body_of(span, long if place == "resource" else ()), JSON)


def test_an_empty_request_has_no_documents():
    assert documents_of(b"", PROTOBUF) == []
    assert documents_of(b"{}", JSON) == []
