"""Visits under the student's X-Ray recorder, and the documents sent to the daemon."""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from flask import Flask
from werkzeug.test import TestResponse

from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

HEADER = "X-Amzn-Trace-Id"
DAEMON_S = 10.0
"""The daemon sends once a second what has come; on a busy machine it is late."""

_IN_ITS_PLACE = (
    "; and that is not the middleware's: begin_segment replaces the segment that is "
    "open"
)


@dataclass(slots=True)
class Emitted:
    """The documents a recorder sent, and what was left open when the visit was over."""

    documents: list[Mapping[str, Any]] = field(default_factory=list)
    unfinished: tuple[str, ...] = ()
    around: str = ""
    around_id: str = ""

    def rows(self, trace_id: str) -> int:
        """The number of segments and subsegments of this trace sent to the daemon."""
        return sum(map(_entities, self.documents_of(trace_id)))

    def documents_of(self, trace_id: str) -> list[Mapping[str, Any]]:
        """The documents sent in this trace."""
        return [each for each in self.documents if each.get("trace_id") == trace_id]

    def why_lost(self, trace_id: str) -> str:
        """The link that broke between the app and the daemon, for this trace."""
        if self.unfinished:
            names = " and ".join(map(repr, self.unfinished))
            verb = "was" if len(self.unfinished) == 1 else "were"
            hint = "" if self.around_id == trace_id else _IN_ITS_PLACE
            return (
                f"app ✓ → recorder ✗ → daemon ?\nrecorder: {names} {verb} begun and "
                f"never ended, so {self.around!r}, the segment around it, is never sent"
                f"{hint}"
            )
        strays = [d for d in self.documents if d.get("trace_id") != trace_id]
        if strays:
            name = strays[0].get("name")
            return (
                f"app ✓ → recorder ✗ → daemon ?\nrecorder: {name!r} left in a trace of "
                "its own, and the middleware's segment is gone; begin_segment replaces "
                "the segment that is open"
            )
        if self.documents:
            return (
                "app ✓ → recorder ✓ → daemon ✗\ndaemon: the segment left, and did not "
                "arrive; does AWS_XRAY_DAEMON_ADDRESS name the lab's daemon?"
            )
        return (
            "app ✓ → recorder ✗\nrecorder: no segment was begun; is the app under "
            "XRayMiddleware, and is it sampled?"
        )


class _Listening:
    """An emitter that notes each document on its way to the real one."""

    def __init__(self, real: Any, emitted: Emitted) -> None:
        self._real = real
        self._emitted = emitted

    def send_entity(self, entity: Any) -> None:
        self._emitted.documents.append(json.loads(entity.serialize()))
        self._real.send_entity(entity)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@contextmanager
def listening(recorder: Any) -> Iterator[Emitted]:
    """Records what this recorder sends inside; afterwards it is as it was before.

    The SDK's own complaints are kept off the page, since the check says what is wrong.
    """
    emitted, before = Emitted(), dict(vars(recorder))
    context_missing = recorder.context.context_missing
    log = logging.getLogger("aws_xray_sdk")
    level = log.level
    log.setLevel(logging.CRITICAL)
    recorder.clear_trace_entities()
    recorder.emitter = _Listening(recorder.emitter, emitted)
    try:
        yield emitted
        _note_open(recorder, emitted)
    finally:
        recorder.clear_trace_entities()
        vars(recorder).update(before)  # also what the answer has configured
        recorder.context.context_missing = context_missing
        recorder.clear_trace_entities()
        log.setLevel(level)


def arrived(
    context: Context, trace_id: str, emitted: Emitted, *, extra: Sequence[str] = ()
) -> pd.DataFrame:
    """The rows of the trace in X-Ray, once all that left for the daemon are there.

    Nothing left, or nothing arrived: `Miss` with the link that broke.
    """
    return context.xray_trace(
        trace_id,
        spans=emitted.rows(trace_id),
        extra=extra,
        diagnose=lambda: f"\n{emitted.why_lost(trace_id)}",
        at_least_s=DAEMON_S,
    )


def visit(
    app: Flask, path: str, trace_id: str, *, user: str | None = "marisol"
) -> TestResponse:
    """The answer to a visit inside this trace; `Miss` unless it is 200."""
    return answered(app, path, {HEADER: f"Root={trace_id};Sampled=1"}, user=user)


def answered(
    app: Flask, path: str, headers: Mapping[str, str], *, user: str | None = "marisol"
) -> TestResponse:
    """The answer to a visit with these headers, by Flask's test client.

    `user` is None for a visitor who does not say who they are. An answer other than
    200 is a `Miss`, with the exception behind it.
    """
    app.logger.setLevel(logging.CRITICAL)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    caller = {"X-Kittiwake-User": user} if user else {}
    try:
        answer = app.test_client().get(path, headers={**caller, **headers})
    except Miss:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise Miss(f"the visit is answered with 500, because of {reason}") from error
    if answer.status_code != 200:
        raise Miss(f"the visit is answered with {answer.status_code}")
    return answer


def with_view(app: Flask, path: str, view: Callable[..., Any]) -> Flask:
    """The app with one more page; a view that returns None is a `Miss`."""
    reason = "a view returns what the visitor gets, here a dictionary"
    app.add_url_rule(path, "added", _returning(view, reason))
    return app


def with_hook(app: Flask, hook: Callable[..., Any]) -> Flask:
    """The app with one more `after_request` hook; one that returns None is a `Miss`."""
    reason = "Flask sends what an after_request hook returns: end it with"
    app.after_request(_returning(hook, f"{reason} `return response`"))
    return app


def metadata(entity: pd.Series[Any]) -> dict[str, Any]:
    """The metadata of a segment or subsegment by key, of all its namespaces."""
    namespaces = entity["metadata"]
    if not isinstance(namespaces, dict):
        return {}
    return {key: value for one in namespaces.values() for key, value in one.items()}


def _returning(function: Callable[..., Any], reason: str) -> Callable[..., Any]:
    name = getattr(function, "__name__", "it")

    @functools.wraps(function)
    def checked(*arguments: object, **keywords: object) -> object:
        answer = function(*arguments, **keywords)
        if answer is None:
            raise Miss(f"{name} returns None; {reason}")
        return answer

    return checked


def _entities(document: Mapping[str, Any]) -> int:
    return 1 + sum(map(_entities, document.get("subsegments", ())))


def _note_open(recorder: Any, emitted: Emitted) -> None:
    """Notes the subsegments this thread has left open, and the segment around them."""
    entities = getattr(recorder.context._local, "entities", None) or []
    if entities:
        emitted.unfinished = tuple(e.name for e in entities[1:] if e.in_progress)
        emitted.around, emitted.around_id = entities[0].name, entities[0].trace_id
