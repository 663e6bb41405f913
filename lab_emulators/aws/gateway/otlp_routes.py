"""The OTLP paths of the local AWS: `POST /v1/traces`, `/v1/logs`, `/v1/metrics`.

AWS wants these signed too; the exporters of OpenTelemetry do not sign for an endpoint
that is not AWS's, so here they may be unsigned.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceResponse,
)
from werkzeug.wrappers import Response

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.gateway.capability import Engine
from lab_emulators.aws.xray.otlp import documents_of
from lab_emulators.otlp import JSON, PROTOBUF, OtlpError
from lab_emulators.web.bodies import BodyError, decompress

Take = Callable[[bytes, str, Mapping[str, str]], tuple[int, dict[str, Any]]]
"""Body, content type, headers (names in lower case) → status, answer as OTLP's JSON.

Raises AwsError, or OtlpError for what cannot be read."""

TYPES = (*PROTOBUF, JSON)
LARGEST_BODY = 64 * 2**20
"""Bytes of a decompressed body; each signal has a limit of its own below it."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OtlpDoor:
    """What takes a path's requests, and the signing name of the service it is of."""

    signing: str
    take: Take
    message: type[Message]

    def answer(self, body: bytes, kind: str, headers: Mapping[str, str]) -> Response:
        """The answer in the request's own encoding; raises AwsError."""
        if kind not in TYPES:
            text = f"unsupported content type, valid are: {', '.join(TYPES)}"
            raise AwsError("UnsupportedMediaTypeException", text, 415)
        try:
            body = decompress(body, headers.get("content-encoding", ""), LARGEST_BODY)
            status, document = self.take(body, kind, headers)
        except (OtlpError, BodyError, RecursionError) as error:
            text = f"the OTLP request cannot be read: {error}"
            raise AwsError("SerializationException", text) from error
        message = json_format.ParseDict(document, self.message())
        if kind == JSON:
            told = json_format.MessageToJson(message, indent=None)
            return Response(told, status, content_type=kind)
        return Response(message.SerializeToString(), status, content_type=kind)


def doors(engines: Mapping[str, Engine], takes: Mapping[str, Take]) -> dict[str, Any]:
    """Path → door, for the traces of `engines["xray"]` and the signals in `takes`."""
    made = {"/v1/traces": OtlpDoor("xray", _traces(engines), _TRACES)}
    for path, (signing, message) in _OTHERS.items():
        if path in takes:
            made[path] = OtlpDoor(signing, takes[path], message)
    return made


_TRACES = ExportTraceServiceResponse
_OTHERS: Mapping[str, tuple[str, type[Message]]] = {
    "/v1/logs": ("logs", ExportLogsServiceResponse),
    "/v1/metrics": ("monitoring", ExportMetricsServiceResponse),
}


def _traces(engines: Mapping[str, Engine]) -> Take:
    def take(
        body: bytes, kind: str, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        """Spans become segments, stored like any others."""
        documents = documents_of(body, kind)
        if documents:
            given = {"TraceSegmentDocuments": documents}
            stored = engines["xray"].call("PutTraceSegments", given)
            for item in stored.get("UnprocessedTraceSegments", ()):
                _log.warning("a segment made of OTLP spans was refused: %s", item)
        return 200, {}

    return take
