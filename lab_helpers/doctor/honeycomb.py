"""What the doctor asks of Honeycomb: who the key is, one span there and back."""

import time
import uuid
from typing import Any

import requests

from lab_helpers import settings
from lab_helpers.doctor.report import AGAIN, DATASET, Finding, attempt
from lab_helpers.settings import Settings


def key(wanted: Settings) -> Finding:
    """The real service accepts the key (`GET /1/auth`)."""
    return attempt("key", _ask_who, wanted, "check HONEYCOMB_API_KEY and its region")


def round_trip(wanted: Settings) -> Finding:
    """One span goes in over OTLP and is counted by a query, over HTTP both times."""
    return attempt(
        "round trip",
        _span_and_back,
        wanted,
        AGAIN,
    )


def _ask_who(wanted: Settings) -> str:
    who = _json(wanted, "GET", "/1/auth")
    return f"accepted for {who['environment']['name'] or who['team']['name']}"


def _span_and_back(wanted: Settings) -> str:
    began = time.monotonic()
    run = uuid.uuid4().hex
    sent = requests.post(
        f"{wanted.honeycomb.endpoint}/v1/traces",
        json=_one_span(run),
        headers={settings.TEAM_HEADER: wanted.honeycomb.api_key},
        timeout=10,
    )
    sent.raise_for_status()
    filters = [{"column": "run", "op": "=", "value": run}]
    spec = {
        "calculations": [{"op": "COUNT"}],
        "filters": filters,
        "time_range": 600,
    }
    query = _json(wanted, "POST", f"/1/queries/{DATASET}", spec)
    asked = {"query_id": query["id"], "disable_series": True}
    result = _json(wanted, "POST", f"/1/query_results/{DATASET}", asked)
    while not result["complete"]:
        if time.monotonic() - began > 20:
            raise TimeoutError("the query was not complete after 20 s")
        time.sleep(0.1)
        result = _json(wanted, "GET", f"/1/query_results/{DATASET}/{result['id']}")
    rows = result["data"]["results"]
    if [row["data"]["COUNT"] for row in rows] != [1]:
        raise LookupError(f"one span was sent, the query found {rows}")
    return f"one span in, one found, {(time.monotonic() - began) * 1000:.0f} ms"


def _json(wanted: Settings, method: str, path: str, body: object = None) -> Any:
    answer = requests.request(
        method,
        wanted.honeycomb.endpoint + path,
        json=body,
        headers={settings.TEAM_HEADER: wanted.honeycomb.api_key},
        timeout=10,
    )
    answer.raise_for_status()
    return answer.json()


def _one_span(run: str) -> dict[str, object]:
    """An OTLP/HTTP JSON body of one span (opentelemetry-proto, trace/v1)."""
    now = time.time_ns()
    span = {
        "traceId": run,
        "spanId": run[:16],
        "name": "doctor",
        "kind": 1,
        "startTimeUnixNano": str(now - 1_000_000),
        "endTimeUnixNano": str(now),
        "attributes": [{"key": "run", "value": {"stringValue": run}}],
    }
    service = {"key": "service.name", "value": {"stringValue": DATASET}}
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": [service]},
                "scopeSpans": [{"scope": {"name": DATASET}, "spans": [span]}],
            }
        ]
    }
