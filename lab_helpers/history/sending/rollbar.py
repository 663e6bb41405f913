"""Exceptions to Rollbar: of each request that failed, the one that its service raised.

An occurrence's uuid is made of its span, so Rollbar discards one that comes twice, and
a list of occurrences tells what is there already.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from lab_helpers.clients.rollbar import RollbarClient
from lab_helpers.clients.rollbar.api import ROLLBAR
from lab_helpers.clients.transport.http import Http
from lab_helpers.clients.transport.waiting import Wait
from lab_helpers.history.sending.part import Part
from lab_helpers.history.sending.vendor import (
    PATIENCE_S,
    Advance,
    SendingError,
    Vendor,
)
from lab_helpers.settings import Mode, Settings

Payload = dict[str, Any]
Row = Mapping[Any, Any]

_FRAME = re.compile(
    r'^ +File "(?P<filename>.+)", line (?P<lineno>\d+), in (?P<method>.+)\n'
    r"(?:    (?P<code>\S.*)\n)?",
    re.MULTILINE,
)


class RollbarOccurrences(Vendor[Payload]):
    """Rollbar; the units are payloads, the `data` of an occurrence."""

    title = "Rollbar"
    unit = "exception"
    event = "occurrence"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        known = settings.rollbar
        self._client = RollbarClient(known.read_token, known.endpoint)
        self._http = Http(ROLLBAR, known.endpoint, known.access_token)

    @property
    def mode(self) -> Mode:
        return self.settings.rollbar.mode

    def close(self) -> None:
        self._client.close()
        self._http.close()

    def total(self, part: Part) -> int:
        return len(payloads_of(part))

    def check(self, part: Part, now: pd.Timestamp) -> None:
        super().check(part, now)
        if not self.settings.rollbar.read_token:
            raise SendingError(
                "Rollbar cannot be asked what it has: set ROLLBAR_READ_TOKEN."
            )

    def missing(self, part: Part) -> Sequence[Payload]:
        there = set(self._uuids(part))
        if there - {payload["uuid"] for payload in payloads_of(part.all)}:
            raise self.other_day(part)
        return [each for each in payloads_of(part) if each["uuid"] not in there]

    def put(self, part: Part, units: Sequence[Payload], advance: Advance) -> None:
        token = self.settings.rollbar.access_token
        for payload in units:
            body = {"access_token": token, "data": payload}
            with Wait(PATIENCE_S, "waiting for Rollbar") as wait:
                self._http.call("POST", "/item/", wait, body=body)
            advance(1)

    def _uuids(self, part: Part) -> Iterator[str]:
        """The occurrences of the environment whose requests began on that day."""
        begin = int(part.midnight.timestamp())
        for _, item in self._client.items(environment=part.name).iterrows():
            occurrences = self._client.occurrences(item)
            for row in occurrences.to_dict("records"):
                if begin <= _second_of(row) < begin + 86_400:
                    yield row["uuid"]


def _second_of(occurrence: Row) -> int:
    """The second in which a request began: by its trace's id, else its exception."""
    trace_id = occurrence["trace_id"]
    if isinstance(trace_id, str) and re.fullmatch("[0-9a-f]{32}", trace_id):
        return int(trace_id[:8], 16)
    return int(occurrence["time"].timestamp())


def payloads_of(part: Part) -> list[Payload]:
    """What pyrollbar would send of each request that failed, in order of time.

    An exception may be recorded in several spans: its service reports it where it
    leaves the app, at the server span.
    """
    failed = part.requests[part.requests["error"].notna()]
    requests = _by(failed, "trace_id")
    servers = part.spans[part.spans["kind"] == "server"]
    owners = _by(servers[servers["trace_id"].isin(requests)], "span_id")
    return [
        _payload(part, event, owners[event["parent_id"]], requests[event["trace_id"]])
        for event in part.events.to_dict("records")
        if event["parent_id"] in owners and event["name"] == "exception"
    ]


def _by(frame: pd.DataFrame, column: str) -> dict[str, Row]:
    """The rows as dictionaries, by the value of one column."""
    return {row[column]: row for row in frame.to_dict("records")}


def _payload(part: Part, event: Row, server: Row, request: Row) -> Payload:
    """One exception as pyrollbar reports it from inside Flask."""
    moment = event["start"]
    target = f"{server['http.host']}{server['http.target']}"
    seed = f"{part.day.fingerprint}:{server['span_id']}"
    payload: Payload = {
        "timestamp": int(moment.timestamp()),
        "environment": part.name,
        "level": "error",
        "language": "python",
        "framework": "flask",
        "notifier": {"name": "pyrollbar"},
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, seed)),
        "context": server["http.route"],
        "body": {"trace": _trace(event)},
        "request": {
            "url": f"{server['http.scheme']}://{target}",
            "method": server["http.method"],
            "user_ip": server["net.peer.ip"],
        },
        "server": {"host": server["service"]},
        "custom": {"trace_id": event["trace_id"], "span_id": server["span_id"]},
    }
    if request["user"]:
        payload["person"] = {"id": request["user"], "username": request["user"]}
    if isinstance(request["app_version"], str):
        payload["code_version"] = request["app_version"]
    return payload


def _trace(event: Row) -> Payload:
    """Frames of the traceback, the outermost first, and the exception itself."""
    text = event["exception.stacktrace"]
    found = (frame.groupdict() for frame in _FRAME.finditer(text))
    frames = [{**frame, "lineno": int(frame["lineno"] or 0)} for frame in found]
    exception = {
        "class": event["exception.type"],
        "message": event["exception.message"],
    }
    return {"frames": frames, "exception": exception}
