"""OTLP over HTTP: negotiation, statuses in the request's own encoding, rows."""

import gzip
import json

import pytest
import zstandard
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from lab_emulators.honeycomb.config import (
    LAB_KEY,
    NO_CREATE_INGEST_KEY,
    ApiKey,
    HoneycombConfig,
    RequestLimits,
)

PROTOBUF = "application/x-protobuf"
KINDS = [PROTOBUF, "application/protobuf", "application/json"]
DOORS = ["/v1/traces", "/v1/logs"]
UNSUPPORTED = (
    "unsupported content-type, valid types are: "
    "application/protobuf, application/x-protobuf, application/json"
)
UNPARSED = "failed to parse OTLP request body"


def traces(service="web", **span):
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    attribute = resource.resource.attributes.add(key="service.name")
    attribute.value.string_value = service
    resource.scope_spans.add().spans.add(
        name="GET /", trace_id=b"t" * 16, span_id=b"s" * 8, **span
    )
    return request.SerializeToString()


def logs(service="web"):
    request = ExportLogsServiceRequest()
    resource = request.resource_logs.add()
    attribute = resource.resource.attributes.add(key="service.name")
    attribute.value.string_value = service
    record = resource.scope_logs.add().log_records.add(severity_number=9)
    record.body.string_value = "hello"
    return request.SerializeToString()


def message(answer):
    """The text of a google.rpc.Status, however it is encoded."""
    if answer.mimetype == "application/json":
        return answer.get_json()["message"]
    return Status.FromString(answer.data).message


@pytest.mark.parametrize("kind", [PROTOBUF, "application/protobuf"])
def test_spans_are_stored_in_the_dataset_of_their_service(api, rows, kind):
    answer = api.post("/v1/traces", data=traces(), content_type=kind)
    assert (answer.status_code, answer.data, answer.mimetype) == (200, b"", kind)
    assert [row["name"] for row in rows("web")] == ["GET /"]


def test_log_records_are_stored_too(api, rows):
    answer = api.post("/v1/logs", data=logs(), content_type=PROTOBUF)
    assert (answer.status_code, answer.data) == (200, b"")
    (row,) = rows("web")
    assert (row["body"], row["severity"]) == ("hello", "info")
    assert row["_time"] == 1_767_225_600_123_456_789


@pytest.mark.parametrize("suffix", ["", "; charset=utf-8"])
def test_json_is_answered_with_an_empty_object(api, rows, suffix):
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "a"}]}]}]}
    kind = "application/json" + suffix
    answer = api.post("/v1/traces", data=json.dumps(body), content_type=kind)
    assert (answer.status_code, answer.data) == (200, b"{}")
    assert answer.mimetype == "application/json"
    assert len(rows("unknown_service")) == 1


@pytest.mark.parametrize(
    ("encoding", "compress"), [("gzip", gzip.compress), ("zstd", zstandard.compress)]
)
def test_otlp_bodies_may_be_compressed(api, rows, encoding, compress):
    headers = {"Content-Encoding": encoding, "Content-Type": PROTOBUF}
    answer = api.post("/v1/traces", data=compress(traces()), headers=headers)
    assert answer.status_code == 200
    assert len(rows("web")) == 1


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", ""]
)
def test_other_content_types_are_refused_before_the_key_is_looked_at(
    stranger, door, kind
):
    answer = stranger.post(door, data=b"", content_type=kind)
    assert (answer.status_code, answer.text) == (415, UNSUPPORTED)
    assert answer.mimetype == "text/plain"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_key_and_an_unknown_one_have_their_own_texts(stranger, door, kind):
    missing = stranger.post(door, data=b"{", content_type=kind)
    assert (missing.status_code, missing.mimetype) == (401, kind)
    assert message(missing) == "missing 'x-honeycomb-team' header"
    wrong = {"X-Honeycomb-Team": "wrong"}
    unknown = stranger.post(door, data=b"{", content_type=kind, headers=wrong)
    assert unknown.status_code == 401
    assert message(unknown) == "unknown API key - check your credentials"


def test_a_classic_key_needs_a_dataset_header_for_traces_but_not_for_logs(stranger):
    headers = {"X-Honeycomb-Team": "a" * 32}
    spans = stranger.post(
        "/v1/traces", data=b"", content_type=PROTOBUF, headers=headers
    )
    assert (spans.status_code, message(spans)) == (
        401,
        "missing 'x-honeycomb-dataset' header",
    )
    records = stranger.post(
        "/v1/logs", data=b"", content_type=PROTOBUF, headers=headers
    )
    assert message(records) == "unknown API key - check your credentials"


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("kind", "body", "encoding"),
    [
        (PROTOBUF, b"\xff\xff", ""),
        (PROTOBUF, traces()[:-3], ""),
        (PROTOBUF, b"", "gzip"),
        (PROTOBUF, b"x", "zstd"),
        (PROTOBUF, traces(), "deflate"),
        ("application/json", b"", ""),
        ("application/json", b"[]", ""),
        ("application/json", b"nonsense", ""),
        ("application/json", b'{"resourceSpans": 5, "resourceLogs": 5}', ""),
        ("application/json", b'{"resourceSpans":' * 50_000, ""),
    ],
)
def test_a_body_that_does_not_parse_stores_nothing(
    api, store, door, kind, body, encoding
):
    headers = {"Content-Type": kind, "Content-Encoding": encoding}
    answer = api.post(door, data=body, headers=headers)
    assert (answer.status_code, answer.mimetype) == (400, kind)
    assert message(answer) == UNPARSED
    assert store.tables() == []


@pytest.mark.parametrize("encoding", ["", "gzip", "zstd"])
def test_a_body_beyond_the_limit_does_not_parse(make_app, api, store, encoding):
    client = make_app(limits=RequestLimits(otlp_bytes=10_000)).test_client()
    compress = {"gzip": gzip.compress, "zstd": zstandard.compress}.get(encoding, bytes)
    headers = {
        "Content-Type": PROTOBUF,
        "Content-Encoding": encoding,
        "X-Honeycomb-Team": LAB_KEY,
    }
    body = compress(traces(trace_state="x" * 20_000))
    answer = client.post("/v1/traces", data=body, headers=headers)
    assert (answer.status_code, message(answer)) == (400, UNPARSED)
    assert store.tables() == []


def test_a_request_is_stored_whole_or_not_at_all(api, store):
    good, bad = [
        {"scopeSpans": [{"spans": [{"attributes": [{"key": "n", "value": value}]}]}]}
        for value in ({"intValue": "5"}, {"intValue": "five"})
    ]
    body = json.dumps({"resourceSpans": [good, bad]})
    answer = api.post("/v1/traces", data=body, content_type="application/json")
    assert (answer.status_code, message(answer)) == (400, UNPARSED)
    assert store.tables() == []


def test_a_key_that_creates_no_datasets_is_refused_as_a_whole(stranger, api, store):
    api.post("/v1/traces", data=traces("known"), content_type=PROTOBUF)
    poor = {"X-Honeycomb-Team": NO_CREATE_INGEST_KEY, "Content-Type": PROTOBUF}
    # protobuf messages concatenate
    both = stranger.post(
        "/v1/traces", data=traces("known") + traces("new"), headers=poor
    )
    assert (both.status_code, message(both)) == (404, "Dataset not found")
    assert [info.name for info in store.tables()] == ["known"]
    known = stranger.post("/v1/traces", data=traces("known"), headers=poor)
    assert known.status_code == 200


def test_a_key_without_events_sends_none(make_app):
    client = make_app(keys={"k": ApiKey("k", permissions=frozenset())}).test_client()
    headers = {"X-Honeycomb-Team": "k", "Content-Type": "application/json"}
    answer = client.post("/v1/traces", data=b"{}", headers=headers)
    assert answer.status_code == 403
    assert message(answer) == "API key does not have the required permission"


@pytest.mark.parametrize("decoder", ["plain", "columnar"])
def test_both_decoders_store_the_same_rows(make_app, rows, decoder):
    client = make_app(decoder=decoder).test_client()
    headers = {"X-Honeycomb-Team": LAB_KEY, "Content-Type": PROTOBUF}
    body = traces(start_time_unix_nano=10**18, end_time_unix_nano=10**18 + 5 * 10**6)
    assert client.post("/v1/traces", data=body, headers=headers).status_code == 200
    (row,) = rows("web")
    assert (row["_time"], row["duration_ms"]) == (10**18, 5.0)
    assert HoneycombConfig().decoder == "columnar"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_not_allowed(api, method):
    answer = api.open("/v1/traces", method=method, content_type="application/json")
    assert (answer.status_code, message(answer)) == (405, "Method Not Allowed")
    assert "POST" in answer.headers["Allow"]
