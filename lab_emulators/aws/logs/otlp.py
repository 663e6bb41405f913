"""`POST /v1/logs`: OpenTelemetry's log records, each stored as one event of JSON.

"Sending logs using the OTLP endpoint" (CloudWatch Logs user guide) and "OTLP
endpoints" (CloudWatch user guide). The members of an event are those of a record in
OTLP's JSON, beside its resource and scope; attributes are objects. Ours: an event that
grows beyond 1 MiB is refused, while AWS moves its largest fields out of it.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.logs.arns import group_name
from lab_emulators.aws.logs.batch_limits import MAX_EVENT_BYTES, AcceptedRange
from lab_emulators.aws.logs.core import LogsCore
from lab_emulators.aws.logs.errors import invalid
from lab_emulators.aws.logs.model import LogEvents, LogGroup, LogStream
from lab_emulators.aws.logs.operations.put_log_events import store_events
from lab_emulators.aws.otlp.values import attributes_of, filled, plain
from lab_emulators.otlp import OtlpError, request_of

MAX_BYTES = 1_048_576
"""Of a decompressed body; some regions take 20 MB."""
MAX_RECORDS = 10_000
GROUP, STREAM = "x-aws-log-group", "x-aws-log-stream"
"""Headers with the names of a log group and a log stream that exist."""

NS_PER_MS = 1_000_000

Take = Callable[[bytes, str, Mapping[str, str]], tuple[int, dict[str, Any]]]


def take(core: LogsCore) -> Take:
    """Reads a decompressed body, its content type, the headers (in lower case).

    Gives the status and the answer as OTLP's JSON has it: `{}`, or `partialSuccess`
    where records are too old or too new. Raises OtlpError for what cannot be read and
    AwsError; then nothing of the request was stored.
    """

    def ingest(
        body: bytes, content_type: str, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        group, stream = _destination(core, headers)
        request = request_of(body, content_type, ExportLogsServiceRequest, MAX_BYTES)
        now = core.now_ms()
        pairs = sorted(_events(request, now), key=lambda pair: pair[0])
        if len(pairs) > MAX_RECORDS:
            raise OtlpError(f"the request has more than {MAX_RECORDS} log records")
        return 200, _store(core, group, stream, pairs) if pairs else {}

    return ingest


def _store(
    core: LogsCore, group: LogGroup, stream: LogStream, pairs: list[tuple[int, str]]
) -> dict[str, Any]:
    events, now = LogEvents.of(pairs), core.now_ms()
    window = AcceptedRange.of(events.times_ms, now, group.expiry_ms(now))
    if window.first < window.end:
        accepted = events[window.first : window.end]
        store_events(core, group.name, stream.name, accepted, now)
    counts = {
        "tooOldLogEventCount": window.too_old,
        "tooNewLogEventCount": len(events) - window.end,
        "expiredLogEventCount": window.first - window.too_old,
    }
    rejected = sum(counts.values())
    if not rejected:
        return {}
    partial = {"rejectedLogRecords": rejected, "errorMessage": json.dumps(counts)}
    return {"partialSuccess": partial}


def _destination(
    core: LogsCore, headers: Mapping[str, str]
) -> tuple[LogGroup, LogStream]:
    group, stream = headers.get(GROUP), headers.get(STREAM)
    if not group or not stream:
        raise invalid(f"The headers {GROUP} and {STREAM} must name a group and stream")
    try:
        log_group = core.log_groups.group(group_name(group))
        return log_group, log_group.stream(stream)
    except AwsError as error:
        text = f"{error.message} ({GROUP}: {group}, {STREAM}: {stream})"
        raise AwsError(error.code, text, error.status) from error


def _events(
    request: ExportLogsServiceRequest, now_ms: int
) -> Iterator[tuple[int, str]]:
    """Time in ms and message of every record."""
    for block in request.resource_logs:
        resource = _resource(block)
        for logs in block.scope_logs:
            origin = {"resource": resource, "scope": _scope(logs.scope)}
            for record in logs.log_records:
                yield _time_ms(record, now_ms), _message(origin | _record(record))


def _message(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) > MAX_EVENT_BYTES:
        raise OtlpError(f"a log record has more than {MAX_EVENT_BYTES} bytes")
    return text


def _resource(block: ResourceLogs) -> dict[str, Any]:
    return {"attributes": attributes_of(block.resource.attributes)}


def _scope(scope: InstrumentationScope) -> dict[str, Any]:
    return filled(
        {
            "name": scope.name,
            "version": scope.version,
            "attributes": attributes_of(scope.attributes),
        }
    )


def _record(record: LogRecord) -> dict[str, Any]:
    body = {"body": plain(record.body)} if record.HasField("body") else {}
    return {
        **_set(record, "time_unix_nano", "observed_time_unix_nano"),
        "severityNumber": int(record.severity_number),
        "severityText": record.severity_text,
        **body,
        "attributes": attributes_of(record.attributes),
        **_set(record, "dropped_attributes_count", "flags", "event_name"),
        **filled({"traceId": record.trace_id.hex(), "spanId": record.span_id.hex()}),
    }


def _set(record: Message, *names: str) -> dict[str, Any]:
    """The members of a record that are not empty, by OTLP's JSON names."""
    fields = record.DESCRIPTOR.fields_by_name
    members = {fields[name].json_name: getattr(record, name) for name in names}
    return {name: value for name, value in members.items() if value}


def _time_ms(record: LogRecord, now_ms: int) -> int:
    """Time of the event, else of its observation, else of its arrival."""
    stamp = record.time_unix_nano or record.observed_time_unix_nano
    return stamp // NS_PER_MS if stamp else now_ms
