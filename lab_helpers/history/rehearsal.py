"""Rehearsal: what the app itself answers to a request, and the SQL it runs.

The simulation knows no content. It asks the real app, in this process and without any
waiting, once for each different question; a day repeats a few hundred of them.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from opentelemetry.instrumentation.utils import suppress_instrumentation
from sqlalchemy import event

import lab_helpers
from lab_helpers.app import create_app, engine_of
from lab_helpers.app.facts import FACTS_HEADER
from lab_helpers.app.people import person_of
from lab_helpers.app.service import USER_HEADER
from lab_helpers.traffic.habits import Errand

_PERSONAL = (
    "/api/feed/home",
    "/api/notifications",
    "/api/message_groups",
    "/api/messages/@<handle>",
)
"""Routes whose answer depends on who asks."""

_ROOT = Path(str(lab_helpers.__file__)).parents[1]


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception of the app: type, message, and the traceback inside the app."""

    type: str
    message: str
    stacktrace: str

    @classmethod
    def of(cls, error: Exception) -> Failure:
        """The failure that this exception is, with paths as in the repository."""
        lines = ["Traceback (most recent call last):"]
        for frame in traceback.extract_tb(error.__traceback__):
            if Path(frame.filename).is_relative_to(_ROOT / "lab_helpers" / "app"):
                path = Path(frame.filename).relative_to(_ROOT).as_posix()
                lines.append(f'  File "{path}", line {frame.lineno}, in {frame.name}')
                lines.append(f"    {frame.line}")
        failure = cls(type(error).__name__, str(error), "")
        stacktrace = "\n".join([*lines, str(failure), ""])
        return replace(failure, stacktrace=stacktrace)

    def __str__(self) -> str:
        return f"{self.type}: {self.message}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """An outcome: status, rows in it, SQL statements in order, failure."""

    status: int
    item_count: int | None
    statements: tuple[str, ...]
    failure: Failure | None = None


class Rehearsal:
    """Kittiwake as one app, with an incident that may be on; remembers its outcomes."""

    def __init__(self, incident: str) -> None:
        self._incident = incident
        self._outcomes: dict[Hashable, Outcome] = {}
        self._clients: dict[str, FlaskClient] = {}
        self._statements: list[str] = []
        self._failure: Failure | None = None

    def outcome(self, user: str, errand: Errand) -> Outcome:
        """What the app answers; a home feed as if it were not in the cache."""
        question = _question(user, errand)
        if question not in self._outcomes:
            self._outcomes[question] = self._ask(user, errand)
        return self._outcomes[question]

    def _ask(self, user: str, errand: Errand) -> Outcome:
        self._statements, self._failure = [], None
        headers = {USER_HEADER: user} if user else {}
        # Whatever a notebook has instrumented, this is nobody's traffic.
        with suppress_instrumentation():
            # A post changes what others see, so it has an app of its own.
            answer = self._client(errand.method).open(
                errand.path, method=errand.method, json=errand.body, headers=headers
            )
        facts = json.loads(answer.headers.get(FACTS_HEADER, "{}"))
        counted = facts.get("item_count")
        done = tuple(self._statements)
        return Outcome(answer.status_code, counted, done, self._failure)

    def _client(self, method: str) -> FlaskClient:
        if method not in self._clients:
            app = create_app(pace=0)
            app.register_error_handler(Exception, self._fail)
            event.listen(engine_of(app), "before_cursor_execute", self._record)
            self._clients[method] = app.test_client()
            if self._incident:
                self._clients[method].put(f"/lab/incidents/{self._incident}")
        return self._clients[method]

    def _fail(self, error: Exception) -> tuple[str, int]:
        """Answers as Flask does, but tells neither its log nor its signal."""
        self._failure = Failure.of(error)
        return "", 500

    def _record(self, _connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        self._statements.append(sql)


@cache
def rehearsal(incident: str = "") -> Rehearsal:
    """The rehearsal of this process while this incident is on ("": none)."""
    return Rehearsal(incident)


def _question(user: str, errand: Errand) -> Hashable:
    """What the outcome of a request depends on."""
    if errand.route in _PERSONAL:
        return user, errand.path
    if errand.body is not None:
        return errand.route, errand.body.get("message"), errand.body.get("ttl")
    handle = errand.path.rpartition("@")[2]
    if errand.route == "/api/feed/@<handle>" and person_of(handle) is None:
        return errand.route
    return errand.path
