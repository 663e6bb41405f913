"""Checks of Honeycomb: the real one's answer to a key, and one span there and back."""

import queue
import threading
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

import requests
from opentelemetry.instrumentation.utils import suppress_instrumentation

from lab_helpers.doctor.copies import copies_of
from lab_helpers.doctor.report import AGAIN, DATASET, Finding, attempt
from lab_helpers.settings import TEAM_HEADER, Mode, Settings, Upstream

KEY = "check the connection, HONEYCOMB_API_KEY and its region"
ONLY_EXISTING = "to datasets that exist, but create none"
CHECKED_HERE = (
    "checks and pictures read the lab, since reading back by API needs Honeycomb's "
    "Enterprise plan"
)

ALL = "__all__"
PLAN = (
    "reading query results by API needs Honeycomb's Enterprise plan, and a key with "
    "the permissions Run Queries and Manage Queries and Columns. With any other plan "
    "set LAB_HONEYCOMB=forwarded in .env: the lab answers queries, and what you send "
    "arrives at Honeycomb as well"
)
LATER = "this says nothing of the plan: run `lab doctor` again in a few minutes"
PATIENCE_S = 2.0
"""So long the start of the lab waits for an answer to the key."""
NO_NETWORK = "no network: {} does not answer"
CONNECTION = "check the connection and HONEYCOMB_API_ENDPOINT"

_accepted: dict[Upstream, str] = {}
"""Real service and key → what it said when it accepted the key."""


def key(settings: Settings) -> Finding:
    """The real service accepts the key, and says what it may do (`GET /1/auth`)."""
    return attempt("key", _ask_who, settings, KEY)


def key_answer(settings: Settings) -> str:
    """What the real service says of the key, or that there is no network; else nothing.

    A key that was accepted is not tried again by this process.
    """
    if settings.honeycomb.mode is Mode.EMULATED:
        return ""
    real = _real(settings)
    if real not in _accepted:
        answers: queue.Queue[str] = queue.Queue()
        # In a thread, because looking up a name has no time limit of its own.
        ask = threading.Thread(
            target=lambda: answers.put(_answer_to(real)), name="key", daemon=True
        )
        ask.start()
        try:
            answer = answers.get(timeout=PATIENCE_S)
        except queue.Empty:
            return NO_NETWORK.format(real.endpoint)
        if not answer.startswith("key accepted"):
            return answer
        _accepted[real] = answer
    return _accepted[real]


def real_event(settings: Settings) -> Finding:
    """The real service takes one event with the key that copies are sent with."""
    return attempt("real event", _one_event, settings, KEY)


def copies(settings: Settings) -> Finding:
    """What became of the copies that the running lab passes on."""
    return copies_of(settings, "honeycomb", "copies")


def plan(settings: Settings) -> Finding:
    """The real service runs a query for this key, which is a matter of the plan."""
    try:
        return Finding("plan", _query_of_nothing(settings))
    except requests.HTTPError as error:
        path = urlsplit(error.response.url).path
        status = error.response.status_code
        later = status == 429 or status >= 500
        result = f"{path} answered {status}"
        return Finding("plan", result, LATER if later else PLAN)
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


def _answer_to(real: Upstream) -> str:
    try:
        with suppress_instrumentation():
            response = requests.get(
                f"{real.endpoint}/1/auth",
                headers={TEAM_HEADER: real.key},
                timeout=PATIENCE_S,
            )
        if response.status_code in (401, 403):
            return f"key refused: {_refusal(response)} (check HONEYCOMB_API_KEY)"
        response.raise_for_status()
        who = response.json()
        environment = who["environment"]["name"]
    except requests.HTTPError:
        return f"key not tried: /1/auth answered {response.status_code}"
    except requests.JSONDecodeError:
        return f"key not tried: {real.endpoint} is no Honeycomb"
    except (requests.RequestException, KeyError, TypeError):
        return NO_NETWORK.format(real.endpoint)
    if environment:
        return f"key accepted, environment {environment}"
    return f"key accepted, team {who['team']['name']}"


def _refusal(response: requests.Response) -> str:
    """The service's own words on what is wrong with the key."""
    try:
        return str(response.json()["error"])
    except (requests.JSONDecodeError, KeyError, TypeError):
        return str(response.reason)


def _ask_who(settings: Settings) -> str:
    """What the key is for and may do; PermissionError when it may not send events."""
    real = _real(settings)
    answer = requests.get(
        f"{real.endpoint}/1/auth", headers={TEAM_HEADER: real.key}, timeout=10
    )
    answer.raise_for_status()
    who = answer.json()
    access = who.get("api_key_access") or {}
    if not access.get("events", who.get("type") == "ingest"):
        raise PermissionError("the key may not send events: allow it, or use another")
    name = who["environment"]["name"] or who["team"]["name"]
    may = "and create datasets" if access.get("createDatasets") else ONLY_EXISTING
    accepted = f"accepted for {name}; it may send events {may}"
    forwarded = settings.honeycomb.mode is Mode.FORWARDED
    return f"{accepted}; {CHECKED_HERE}" if forwarded else accepted


def _one_event(settings: Settings) -> str:
    real = _real(settings)
    sent = requests.post(
        f"{real.endpoint}/1/events/{DATASET}",
        json={"name": "doctor"},
        headers={TEAM_HEADER: real.key},
        timeout=10,
    )
    sent.raise_for_status()
    return f"one event taken by {real.endpoint}, dataset {DATASET}"


def _real(settings: Settings) -> Upstream:
    """The real service and the key for it, forwarded to or used at once."""
    there = settings.honeycomb
    return there.upstream or Upstream(there.endpoint, there.api_key)


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
    return (
        "queries by API are answered, as the Enterprise plan has it; they reach 7 days "
        "back, and both ends of a window are cut down to whole minutes"
    )


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
