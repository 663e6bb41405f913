"""Checks of Honeycomb: the key's environment, and one span there and back."""

import time
import uuid
from typing import Any
from urllib.parse import urlsplit

import requests

from lab_helpers.doctor.report import AGAIN, DATASET, Finding, attempt
from lab_helpers.settings import TEAM_HEADER, Settings

ALL = "__all__"
PLAN = (
    "reading query results by API needs Honeycomb's Enterprise plan, and a key with "
    "the permissions Run Queries and Manage Queries and Columns. With any other plan "
    "set LAB_HONEYCOMB=forwarded in .env: the lab answers queries, and what you send "
    "arrives at Honeycomb as well"
)
CONNECTION = "check the connection and HONEYCOMB_API_ENDPOINT"


def key(settings: Settings) -> Finding:
    """The real service accepts the key (`GET /1/auth`)."""
    return attempt("key", _ask_who, settings, "check HONEYCOMB_API_KEY and its region")


def plan(settings: Settings) -> Finding:
    """The real service runs a query for this key, which is a matter of the plan."""
    try:
        return Finding("plan", _query_of_nothing(settings))
    except requests.HTTPError as error:
        path = urlsplit(error.response.url).path
        result = f"{path} answered {error.response.status_code}"
        return Finding("plan", result, PLAN)
    except (requests.RequestException, KeyError) as error:
        return Finding("plan", f"{type(error).__name__}: {error}", CONNECTION)


def round_trip(settings: Settings) -> Finding:
    """One span goes in over OTLP and is counted by a query, over HTTP both times."""
    return attempt(
        "round trip",
        _span_and_back,
        settings,
        AGAIN,
    )


def _ask_who(settings: Settings) -> str:
    who = _json(settings, "GET", "/1/auth")
    return f"accepted for {who['environment']['name'] or who['team']['name']}"


def _query_of_nothing(settings: Settings) -> str:
    """Creates a query of all datasets and runs it; requests.HTTPError if it may not.

    Without any dataset there is nothing to run it on, and so nothing is known.
    """
    if not _json(settings, "GET", "/1/datasets"):
        return "not known before the first span: there is no dataset to query yet"
    spec = {"calculations": [{"op": "COUNT"}], "time_range": 600}
    query = _json(settings, "POST", f"/1/queries/{ALL}", spec)
    body = {"query_id": query["id"], "disable_series": True}
    _json(settings, "POST", f"/1/query_results/{ALL}", body)
    return "queries by API are answered, as the Enterprise plan has it"


def _span_and_back(settings: Settings) -> str:
    began = time.monotonic()
    run = uuid.uuid4().hex
    sent = requests.post(
        f"{settings.honeycomb.endpoint}/v1/traces",
        json=_one_span(run),
        headers={TEAM_HEADER: settings.honeycomb.api_key},
        timeout=10,
    )
    sent.raise_for_status()
    filters = [{"column": "run", "op": "=", "value": run}]
    spec = {
        "calculations": [{"op": "COUNT"}],
        "filters": filters,
        "time_range": 600,
    }
    query = _json(settings, "POST", f"/1/queries/{DATASET}", spec)
    result_spec = {"query_id": query["id"], "disable_series": True}
    result = _json(settings, "POST", f"/1/query_results/{DATASET}", result_spec)
    while not result["complete"]:
        if time.monotonic() - began > 20:
            raise TimeoutError("the query was not complete after 20 s")
        time.sleep(0.1)
        result = _json(settings, "GET", f"/1/query_results/{DATASET}/{result['id']}")
    rows = result["data"]["results"]
    if [row["data"]["COUNT"] for row in rows] != [1]:
        raise LookupError(f"one span was sent, the query found {rows}")
    return f"one span in, one found, {(time.monotonic() - began) * 1000:.0f} ms"


def _json(settings: Settings, method: str, path: str, body: object = None) -> Any:
    answer = requests.request(
        method,
        settings.honeycomb.endpoint + path,
        json=body,
        headers={TEAM_HEADER: settings.honeycomb.api_key},
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
