"""Warm-up: one trace and one query in a throw-away store, so the first is fast."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path

from flask.testing import FlaskClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span
from werkzeug.test import TestResponse

from lab_emulators.contract import TEAM_HEADER
from lab_emulators.honeycomb.app import create_app
from lab_emulators.honeycomb.config import LAB_KEY, ApiKey, HoneycombConfig
from lab_emulators.store import Store

_QUERY = {
    "calculations": [{"op": "COUNT"}, {"op": "HEATMAP", "column": "duration_ms"}],
    "breakdowns": ["name"],
}


def warm(config: HoneycombConfig) -> None:
    """Loads and runs everything a first request needs; leaves no data behind.

    Raises RuntimeError when an answer is not what it must be: such a process would
    not serve anybody.
    """
    config = replace(
        config, keys={LAB_KEY: ApiKey("warm")}, enforce_rate_limits=False, durable=True
    )
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        Store.open(Path(folder) / "warm.duckdb") as store,
    ):
        _exercise(create_app(store, config).test_client(), config.clock())


def _exercise(client: FlaskClient, now_ns: int) -> None:
    _post(client, "/v1/traces", _trace(now_ns), "application/x-protobuf")
    query = json.loads(_post(client, "/1/queries/warm", json.dumps(_QUERY)))
    document = json.dumps({"query_id": query["id"]})
    result = json.loads(_post(client, "/1/query_results/warm", document))
    path = f"/1/query_results/warm/{result['id']}"
    _check(client.get(path, headers={TEAM_HEADER: LAB_KEY}), path)


def _trace(now_ns: int) -> bytes:
    """One span of service `warm`, a millisecond long."""
    service = KeyValue(key="service.name", value=AnyValue(string_value="warm"))
    span = Span(
        trace_id=b"w" * 16,
        span_id=b"w" * 8,
        name="warm up",
        start_time_unix_nano=now_ns - 10**6,
        end_time_unix_nano=now_ns,
    )
    spans = ResourceSpans(
        resource=Resource(attributes=[service]), scope_spans=[ScopeSpans(spans=[span])]
    )
    return ExportTraceServiceRequest(resource_spans=[spans]).SerializeToString()


def _post(
    client: FlaskClient, path: str, body: bytes | str, kind: str = "application/json"
) -> bytes:
    headers = {TEAM_HEADER: LAB_KEY}
    answer = client.post(path, data=body, content_type=kind, headers=headers)
    return _check(answer, path)


def _check(answer: TestResponse, path: str) -> bytes:
    body = answer.get_data()
    if answer.status_code not in (200, 201):
        raise RuntimeError(f"warming up, {path} answered {answer.status}: {body!r}")
    return body
