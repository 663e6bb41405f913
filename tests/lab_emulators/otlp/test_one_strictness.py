"""The same body of OTLP has the same verdict at Honeycomb's and at AWS's endpoint."""

import gzip
import json

import pytest
import zstandard
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from werkzeug.test import EnvironBuilder

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.gateway.http_request import HttpRequest
from lab_emulators.aws.gateway.otlp_routes import OtlpRoute
from lab_emulators.aws.xray.engine import XRay
from lab_emulators.honeycomb.app import create_app
from lab_emulators.honeycomb.config import LAB_KEY
from lab_emulators.store import Store

JSON, PROTOBUF = "application/json", "application/x-protobuf"
IDS = {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "00f067aa0ba902b7"}
TIMES = {"startTimeUnixNano": "1784549700000000000", "endTimeUnixNano": 2**60}


def request(**members):
    """A request in JSON with one span."""
    span = {**IDS, **TIMES, "name": "tide", **members}
    document = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    return json.dumps(document).encode()


def attribute(**value):
    return request(attributes=[{"key": "a", "value": value}])


def deep(levels):
    value = {"stringValue": "deep"}
    for _ in range(levels):
        value = {"arrayValue": {"values": [value]}}
    return attribute(**value)


ACCEPTED = {
    "a span": request(),
    "no span": b"{}",
    "null": b'{"resourceSpans": null}',
    "unknown members": request(colour=[{"deep": 1}], NaNs={"a": []}),
    "ids in upper case": request(traceId=IDS["traceId"].upper()),
    "a root's empty parent": request(parentSpanId=""),
    "an unknown number of a kind": request(kind=77),
    "a kind as a number": request(kind=3, status={"code": 2}),
    "times as numbers": request(startTimeUnixNano=1784549700000000000),
    "a long as text": attribute(intValue="-5"),
    "a long as a number": attribute(intValue=5.0),
    "not a number": attribute(doubleValue="NaN"),
    "bytes": attribute(bytesValue="AQIDBA=="),
    "half of a surrogate pair": attribute(stringValue="\ud83d"),
}
REFUSED = {
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "half a document": b"{",
    "no UTF-8": b"\xff{}",
    "NaN": b'{"a": NaN}',
    "lists without end": b"[" * 100_000,
    "too many digits": b'{"n":' + b"9" * 10_000 + b"}",
    "an object for a list": b'{"resourceSpans": {}}',
    "ids in base64": request(traceId="CvdlGRbNQ92ESOshHIAxnA=="),
    "half a byte": request(spanId="abc"),
    "an id that is a number": request(spanId=12),
    "the name of a kind": request(kind="SPAN_KIND_SERVER"),
    "the name of a status": request(status={"code": "STATUS_CODE_ERROR"}),
    "underscores": request(start_time_unix_nano="1"),
    "underscores outside": b'{"resource_spans": []}',
    "no long": attribute(intValue="12x"),
    "a fraction for a long": attribute(intValue=1.5),
    "a long out of range": attribute(intValue=2**63),
    "a flag for a long": attribute(intValue=True),
    "a number for a flag": attribute(boolValue=1),
    "a number for text": attribute(stringValue=1),
    "no base64": attribute(bytesValue="a"),
    "two values": attribute(stringValue="", intValue=1),
    "a list for an object": attribute(arrayValue=[]),
    "a negative time": request(startTimeUnixNano=-1),
    "nested too deeply": deep(200),
}


def packed(body):
    return ExportTraceServiceRequest.FromString(body).SerializeToString()


SPAN = ExportTraceServiceRequest()
SPAN.resource_spans.add().scope_spans.add().spans.add(
    trace_id=bytes.fromhex(IDS["traceId"]),
    span_id=bytes.fromhex(IDS["spanId"]),
    name="tide",
    start_time_unix_nano=1784549700000000000,
    end_time_unix_nano=1784549700000000001,
)
BINARY = SPAN.SerializeToString()
ENCODED = {
    "protobuf": (True, BINARY, PROTOBUF, ""),
    "protobuf's other name": (True, BINARY, "application/protobuf", "identity"),
    "gzip": (True, gzip.compress(BINARY), PROTOBUF, "gzip"),
    "gzip in parts": (
        True,
        gzip.compress(BINARY) + gzip.compress(b""),
        PROTOBUF,
        "gzip",
    ),
    "zstd": (True, zstandard.compress(BINARY), PROTOBUF, "zstd"),
    "JSON in gzip": (True, gzip.compress(request()), JSON, "GZIP "),
    "half of it": (False, BINARY[:-3], PROTOBUF, ""),
    "half of gzip": (False, gzip.compress(BINARY)[:-9], PROTOBUF, "gzip"),
    "no gzip": (False, BINARY, PROTOBUF, "gzip"),
    "no zstd": (False, BINARY, PROTOBUF, "zstd"),
    "gzip that is not said": (False, gzip.compress(BINARY), PROTOBUF, ""),
    "an encoding nobody knows": (False, BINARY, PROTOBUF, "br"),
    "JSON called protobuf": (False, request(), PROTOBUF, ""),
    "protobuf called JSON": (False, BINARY, JSON, ""),
}


class Segments(XRay):
    """Stands for the engine of X-Ray: takes whatever the spans became."""

    def __init__(self):
        pass

    def call(self, operation, parameters):
        return {}


@pytest.fixture(scope="module")
def honeycomb(tmp_path_factory):
    """Whether Honeycomb's endpoint takes a body."""
    path = tmp_path_factory.mktemp("honeycomb") / "events.duckdb"
    with Store.open(path) as store:
        client = create_app(store).test_client()

        def takes(body, media, encoding=""):
            headers = {"x-honeycomb-team": LAB_KEY, "Content-Encoding": encoding}
            answer = client.post(
                "/v1/traces", data=body, content_type=media, headers=headers
            )
            assert answer.status_code in (200, 400), answer.get_data()
            return answer.status_code == 200

        yield takes


def xray(body, media, encoding=""):
    """Whether X-Ray's endpoint takes a body."""
    request = EnvironBuilder(
        "/v1/traces",
        method="POST",
        data=body,
        content_type=media,
        headers={"Content-Encoding": encoding},
    )
    route = OtlpRoute(Segments(), "xray", ExportTraceServiceResponse)
    try:
        answer = route.answer(HttpRequest(request.get_environ()))
    except AwsError as refusal:
        assert refusal.status == 400
        return False
    return answer.status_code == 200


CASES = {
    **{f"taken: {name}": (True, body, JSON, "") for name, body in ACCEPTED.items()},
    **{f"refused: {name}": (False, body, JSON, "") for name, body in REFUSED.items()},
    **ENCODED,
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_both_endpoints_have_one_verdict(honeycomb, case):
    expected, *body = case
    assert (honeycomb(*body), xray(*body)) == (expected, expected)
