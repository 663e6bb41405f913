import json
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.logs.engine import Logs
from lab_emulators.aws.logs.otlp import MAX_BYTES, MAX_RECORDS, take
from lab_emulators.otlp import OtlpError

HERE = {"x-aws-log-group": "g", "x-aws-log-stream": "s"}
JSON = "application/json"
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def send(logs: Logs, put: Any) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Sends log records of service `api` as OTLP's JSON to stream `s` of group `g`."""
    taken = take(logs.core)

    def sent(
        *records: dict[str, Any], headers: dict[str, str] = HERE, **resource: Any
    ) -> tuple[int, dict[str, Any]]:
        return taken(body(*records, **resource), JSON, headers)

    return sent


def body(*records: dict[str, Any], **resource: Any) -> bytes:
    service = {"key": "service.name", "value": {"stringValue": "api"}}
    scope = {"scope": {"name": "app", "version": "1"}, "logRecords": list(records)}
    origin = {"attributes": [service], **resource}
    return json.dumps(
        {"resourceLogs": [{"resource": origin, "scopeLogs": [scope]}]}
    ).encode()


@pytest.fixture
def record(clock: Any) -> Callable[..., dict[str, Any]]:
    """A log record that happens now, members as keywords."""

    def made(at: float = 0.0, **members: Any) -> dict[str, Any]:
        stamp = str(int((clock.now + at) * 1000) * 1_000_000)
        return {"timeUnixNano": stamp, "severityNumber": 9} | members

    return made


@pytest.fixture
def stored(call: Any) -> Callable[[], list[dict[str, Any]]]:
    """The events of group `g`."""
    return lambda: call("FilterLogEvents", logGroupName="g")["events"]


def test_a_record_is_stored_as_json_with_its_resource_and_scope(
    send: Any, record: Any, stored: Any, clock: Any
) -> None:
    user = {"key": "user.id", "value": {"intValue": "7"}}
    told = {"severityText": "INFO", "body": {"stringValue": "hello"}}
    ids = {"traceId": TRACE, "spanId": SPAN, "flags": 1}
    assert send(record(attributes=[user], **told, **ids)) == (200, {})
    (event,) = stored()
    now_ms = int(clock.now * 1000)
    assert event["timestamp"] == now_ms
    assert json.loads(event["message"]) == {
        "resource": {"attributes": {"service.name": "api"}},
        "scope": {"name": "app", "version": "1"},
        "timeUnixNano": now_ms * 1_000_000,
        "severityNumber": 9,
        "severityText": "INFO",
        "body": "hello",
        "attributes": {"user.id": 7},
        "flags": 1,
        "traceId": TRACE,
        "spanId": SPAN,
    }


def test_protobuf_and_json_are_stored_alike(
    logs: Logs, send: Any, record: Any, stored: Any
) -> None:
    given = record(body={"kvlistValue": {"values": []}}, traceId=TRACE)
    send(given)
    in_base64 = {**given, "traceId": "CvdlGRbNQ92ESOshHIAxnA=="}
    message = json_format.Parse(body(in_base64), ExportLogsServiceRequest())
    kind = "application/x-protobuf"
    take(logs.core)(message.SerializeToString(), kind, HERE)
    first, second = stored()
    assert first["message"] == second["message"]


def test_records_are_taken_in_order_of_time(
    send: Any, record: Any, stored: Any
) -> None:
    send(record(2, body={"intValue": 2}), record(1, body={"intValue": 1}))
    assert [json.loads(each["message"])["body"] for each in stored()] == [1, 2]


def test_a_record_without_a_time_has_the_one_it_was_observed_at(
    send: Any, record: Any, stored: Any, clock: Any
) -> None:
    observed = {"observedTimeUnixNano": record(-5)["timeUnixNano"]}
    send({"body": {"intValue": 1}}, observed)
    times = [each["timestamp"] / 1000 - clock.now for each in stored()]
    assert times == [-5.0, 0.0]


def test_records_too_old_or_too_new_are_counted_and_the_rest_stored(
    send: Any, record: Any, stored: Any, call: Any
) -> None:
    call("PutRetentionPolicy", logGroupName="g", retentionInDays=1)
    hours = (-15 * 24, -15 * 24, -48, 0, 3)
    status, document = send(*[record(hour * 3600) for hour in hours])
    partial = document["partialSuccess"]
    assert (status, partial["rejectedLogRecords"], len(stored())) == (200, 4, 1)
    assert json.loads(partial["errorMessage"]) == {
        "tooOldLogEventCount": 2,
        "tooNewLogEventCount": 1,
        "expiredLogEventCount": 1,
    }


@pytest.mark.parametrize(
    ("headers", "code", "text"),
    [
        ({}, "InvalidParameterException", "x-aws-log-group"),
        ({"x-aws-log-group": "g"}, "InvalidParameterException", "x-aws-log-stream"),
        (HERE | {"x-aws-log-group": "no"}, "ResourceNotFoundException", "group: no"),
        (HERE | {"x-aws-log-stream": "no"}, "ResourceNotFoundException", "stream: no"),
    ],
)
def test_the_headers_must_name_a_stream_that_exists(
    send: Any, record: Any, headers: dict[str, str], code: str, text: str
) -> None:
    with pytest.raises(AwsError) as error:
        send(record(), headers=headers)
    assert (error.value.code, text in error.value.message) == (code, True)


def test_what_is_larger_than_the_endpoint_takes_is_refused_whole(
    send: Any, record: Any, stored: Any
) -> None:
    with pytest.raises(OtlpError, match=str(MAX_BYTES)):
        send(record(body={"stringValue": "x" * MAX_BYTES}))
    with pytest.raises(OtlpError, match=str(MAX_RECORDS)):
        send(*[{}] * (MAX_RECORDS + 1))
    assert stored() == []


def test_no_records_are_no_events(send: Any, stored: Any) -> None:
    assert (send(), stored()) == ((200, {}), [])


def test_stored_records_feed_metric_filters(
    send: Any, record: Any, call: Any, published: Any
) -> None:
    made = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
    call(
        "PutMetricFilter",
        logGroupName="g",
        filterName="f",
        filterPattern='{ $.resource.attributes.["service.name"] = "api" }',
        metricTransformations=[made],
    )
    send(record())
    assert len(published) == 1
