"""OTLP request bodies in, batches for the store out: pure functions, no HTTP.

What becomes a row and a column follows husky, Honeycomb's published translator. Where
it is silent, a docstring here says what was chosen.
"""

import time
from collections.abc import Callable
from typing import Literal

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from lab_emulators.honeycomb.ingest import columnar, logs, plain
from lab_emulators.otlp import PROTOBUF, OtlpError, media_type, request_of
from lab_emulators.store import Batch

__all__ = ["Decoder", "OtlpError", "decode_logs", "decode_traces"]

Decoder = Literal["columnar", "plain"]


def decode_traces(
    body: bytes, content_type: str, *, decoder: Decoder = "columnar"
) -> list[Batch]:
    """Returns the rows of a decompressed `ExportTraceServiceRequest`, by dataset.

    `content_type` is protobuf or JSON, with or without parameters. Both decoders give
    the same rows. Raises OtlpError, and then no row is to be stored.
    """
    if decoder == "columnar" and media_type(content_type) in PROTOBUF:
        return columnar.batches_of(body)
    return plain.batches_of(request_of(body, content_type, ExportTraceServiceRequest))


def decode_logs(
    body: bytes,
    content_type: str,
    dataset_header: str | None,
    *,
    clock: Callable[[], int] = time.time_ns,
) -> list[Batch]:
    """Returns the rows of a decompressed `ExportLogsServiceRequest`, by dataset.

    `dataset_header` names the dataset of what has no usable `service.name`; `clock`
    (ns since the epoch) dates records that have no time. Raises OtlpError.
    """
    request = request_of(body, content_type, ExportLogsServiceRequest)
    return logs.batches_of(request, dataset_header, clock())
