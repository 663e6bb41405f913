import json

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from lab_emulators.honeycomb.ingest import OtlpError, decode_logs

PROTOBUF = "application/x-protobuf"


@pytest.fixture
def logs(pairs):
    """Build a request of records; decode it; return its batches."""

    def decode(*records, resource=(), scope=None, header=None, now_ns=99):
        request = ExportLogsServiceRequest()
        resource_logs = request.resource_logs.add()
        resource_logs.resource.attributes.extend(pairs(resource))
        resource_logs.scope_logs.add(log_records=records, scope=scope)
        body = request.SerializeToString()
        return decode_logs(body, PROTOBUF, header, clock=lambda: now_ns)

    return decode


@pytest.fixture
def rows(logs, dicts):
    def decode(*records, **request):
        [batch] = logs(*records, **request)
        return dicts(batch)

    return decode


def test_a_record_becomes_a_row(rows, pairs):
    record = LogRecord(
        time_unix_nano=7,
        severity_number=9,
        severity_text="INFO",
        flags=1,
        event_name="call.posted",
        trace_id=bytes(8) + b"\xab" * 8,
        span_id=b"\x01" * 8,
        attributes=pairs({"logger": "feed"}),
        body={"string_value": "posted"},
    )
    assert rows(record) == [
        {
            "_time_ns": 7,
            "_rate": 1,
            "severity": "info",
            "severity_code": 9,
            "severity_text": "INFO",
            "flags": 1,
            "event.name": "call.posted",
            "meta.signal_type": "log",
            "meta.annotation_type": "span_event",
            "trace.trace_id": "ab" * 8,
            "trace.parent_id": "01" * 8,
            "body": "posted",
            "logger": "feed",
        }
    ]


def test_a_record_outside_a_trace_has_no_trace_columns(rows):
    [row] = rows(LogRecord(time_unix_nano=1))
    assert row.keys() == {
        *("_time_ns", "_rate", "severity", "severity_code", "flags", "meta.signal_type")
    }


@pytest.mark.parametrize(
    ("numbers", "name"),
    [
        ((1, 4), "trace"),
        ((5, 8), "debug"),
        ((9, 12), "info"),
        ((13, 16), "warn"),
        ((17, 20), "error"),
        ((21, 24), "fatal"),
        ((0, 25, -1), "unspecified"),
    ],
)
def test_severity_is_named_by_its_range(rows, numbers, name):
    found = rows(*(LogRecord(severity_number=number) for number in numbers))
    assert [row["severity"] for row in found] == [name] * len(numbers)
    assert [row["severity_code"] for row in found] == list(numbers)


def test_a_record_without_a_time_has_the_observed_time_or_now(rows):
    records = LogRecord(observed_time_unix_nano=5), LogRecord()
    assert [row["_time_ns"] for row in rows(*records, now_ns=99)] == [5, 99]


@pytest.mark.parametrize("value", ["text", True, 7, 0.5])
def test_a_scalar_body_is_stored_as_it_is(rows, any_value, value):
    [row] = rows(LogRecord(body=any_value(value)))
    assert (row["body"], type(row["body"])) == (value, type(value))


def test_a_list_body_is_json(rows, any_value):
    [row] = rows(LogRecord(body=any_value([1, "a"])))
    assert row["body"] == '[1,"a"]\n'


def test_a_map_body_is_json_and_columns_too(rows, any_value):
    [row] = rows(LogRecord(body=any_value({"user": {"id": 7}, "ok": True})))
    assert row["body"] == '{"user":{"id":7},"ok":true}\n'
    assert (row["body.user.id"], row["body.ok"]) == (7, True)


def test_the_nearest_of_equal_keys_wins(rows, pairs):
    scope = InstrumentationScope(attributes=pairs({"a": "scope", "b": "scope"}))
    record = LogRecord(attributes=pairs({"a": "record", "severity": "mine"}))
    [row] = rows(record, scope=scope, resource={"b": "r", "c": "r", "flags": 9})
    assert [row[k] for k in "abc"] == ["record", "scope", "r"]
    assert (row["severity"], row["flags"]) == ("mine", 0)


def test_the_sample_rate_of_a_record_is_no_column(rows, pairs):
    [own, shared] = rows(
        LogRecord(attributes=pairs({"sampleRate": 5})),
        LogRecord(),
        resource={"sampleRate": "3"},
    )
    assert (own["_rate"], shared["_rate"]) == (5, 3)
    assert "sampleRate" not in own.keys() | shared.keys()


@pytest.mark.parametrize(
    ("service", "header", "label"),
    [
        ("Feed API", "other", "Feed API"),
        ("unknown_service:python", "My Logs", "My Logs"),
        (None, "My Logs", "My Logs"),
        (None, None, "unknown_log_source"),
        (" ", " ", "unknown_log_source"),
    ],
)
def test_the_dataset_is_the_service_else_the_header(logs, service, header, label):
    resource = {} if service is None else {"service.name": service}
    [batch] = logs(LogRecord(), resource=resource, header=header)
    assert batch.label == label


def test_logs_are_read_from_json_too(dicts):
    record = {"timeUnixNano": "3", "severityNumber": 13}
    record |= {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "ab" * 8}
    document = {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}
    [batch] = decode_logs(json.dumps(document).encode(), "application/json", "d")
    [row] = dicts(batch)
    assert (row["severity"], row["_time_ns"]) == ("warn", 3)
    assert row["trace.trace_id"] == "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize("body", [b"\x0a", b"\xff" * 20])
def test_bytes_that_are_no_request_are_refused(body):
    with pytest.raises(OtlpError, match="ExportLogsServiceRequest"):
        decode_logs(body, PROTOBUF, None)
