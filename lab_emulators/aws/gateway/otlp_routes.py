"""The OTLP paths of the local AWS: `POST /v1/traces`, `/v1/logs`, `/v1/metrics`.

AWS wants these signed too; the exporters of OpenTelemetry do not sign for an endpoint
that is not AWS's, so here they may be unsigned.
"""

from collections.abc import Mapping
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

from lab_emulators.aws.engine import Engine
from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.gateway.http_request import HttpRequest
from lab_emulators.aws.otlp.errors import OtlpError
from lab_emulators.aws.otlp.messages import JSON
from lab_emulators.aws.services import service_of

TYPES = ("application/x-protobuf", "application/json")
_RESPONSES: Mapping[str, type[Message]] = {
    "/v1/traces": ExportTraceServiceResponse,
    "/v1/logs": ExportLogsServiceResponse,
    "/v1/metrics": ExportMetricsServiceResponse,
}


@dataclass(frozen=True, slots=True)
class OtlpRoute:
    """The engine that stores the signal of one path.

    Its requests may be signed for `signing_name`; `response` is OTLP's message.
    """

    engine: Engine[Any]
    signing_name: str
    response: type[Message]

    def answer(self, request: HttpRequest) -> Response:
        """The answer in the request's own encoding; raises AwsError."""
        request = request.decompressed()
        kind = request.mimetype
        if kind not in TYPES:
            text = f"unsupported content type, valid are: {', '.join(TYPES)}"
            raise AwsError("UnsupportedMediaTypeException", text, 415)
        headers = {name.lower(): value for name, value in request.parsed.headers}
        try:
            status, document = self.engine.ingest_otlp(request.body, kind, headers)
        except (OtlpError, RecursionError) as error:
            text = f"the OTLP request cannot be read: {error}"
            raise AwsError("SerializationException", text) from error
        message = json_format.ParseDict(document, self.response())
        if kind == JSON:
            written = json_format.MessageToJson(message, indent=None)
            return Response(written, status, content_type=kind)
        return Response(message.SerializeToString(), status, content_type=kind)


def otlp_routes(engines: Mapping[str, Engine[Any]]) -> dict[str, OtlpRoute]:
    """Path → route, for the services that take a signal."""
    routes: dict[str, OtlpRoute] = {}
    for name, engine in engines.items():
        service = service_of(name)
        if path := service.otlp_path:
            signing_name = service.signing_name or name
            routes[path] = OtlpRoute(engine, signing_name, _RESPONSES[path])
    return routes
