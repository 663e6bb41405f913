"""Logs: protobuf messages to rows, one record at a time."""

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from lab_emulators.honeycomb.ingest.datasets import Gathered, check_length, timestamp
from lab_emulators.honeycomb.ingest.origin import (
    Origin,
    attribute_columns,
    origin,
    service_name,
)
from lab_emulators.honeycomb.ingest.plain import trace_hex
from lab_emulators.honeycomb.ingest.sampling import attribute_rate
from lab_emulators.honeycomb.ingest.values import columns_of, json_text
from lab_emulators.store import Batch, Row, Value

UNKNOWN_SOURCE = "unknown_log_source"
SEVERITIES = ("trace", "debug", "info", "warn", "error", "fatal")


def batches_of(
    request: ExportLogsServiceRequest, dataset_header: str | None, now_ns: int
) -> list[Batch]:
    """Returns the records of a request as rows, one batch per dataset.

    A record without a time of its own has the time it was observed, else `now_ns`
    (our choice; the vendor's translator would date it 1970).
    """
    scopes = [
        (resource_logs, scope_logs)
        for resource_logs in request.resource_logs
        for scope_logs in resource_logs.scope_logs
    ]
    check_length(sum(len(scope_logs.log_records) for _, scope_logs in scopes))
    elsewhere = (dataset_header or "").strip() or UNKNOWN_SOURCE
    gathered = Gathered()
    for resource_logs, scope_logs in scopes:
        dataset = service_name(resource_logs.resource) or elsewhere
        schema_urls = (resource_logs.schema_url, scope_logs.schema_url)
        shared = origin(resource_logs.resource, scope_logs.scope, schema_urls)
        rows = (_row(record, shared, now_ns) for record in scope_logs.log_records)
        gathered.add(dataset, rows)
    return gathered.batches()


def _row(record: LogRecord, shared: Origin, now_ns: int) -> Row:
    rate = attribute_rate(record.attributes)
    if rate is None:
        rate = shared.sample_rate
    attributes = attribute_columns(record.attributes)
    time = record.time_unix_nano or record.observed_time_unix_nano or now_ns
    values = {**shared.columns, **_built_in(record), **attributes}
    return Row(timestamp(time), 1 if rate is None else rate, values)


def _built_in(record: LogRecord) -> dict[str, Value]:
    columns: dict[str, Value] = {
        "severity": severity_name(record.severity_number),
        "severity_code": record.severity_number,
        "flags": record.flags,
        "meta.signal_type": "log",
    }
    if record.severity_text:
        columns["severity_text"] = record.severity_text
    if record.trace_id:
        columns["trace.trace_id"] = trace_hex(record.trace_id)
        columns["meta.annotation_type"] = "span_event"
    if record.span_id:
        columns["trace.parent_id"] = record.span_id.hex()
    if record.event_name:
        columns["event.name"] = record.event_name
    return columns | _body(record)


def _body(record: LogRecord) -> dict[str, Value]:
    columns: dict[str, Value] = {}
    if record.body.WhichOneof("value") == "kvlist_value":
        columns["body"] = json_text(record.body)
    for key, value in columns_of("body", record.body):
        columns.setdefault(key, value)
    return columns


def severity_name(number: int) -> str:
    """Returns the name of a severity number's range of four, else `unspecified`."""
    return SEVERITIES[(number - 1) // 4] if 1 <= number <= 24 else "unspecified"
