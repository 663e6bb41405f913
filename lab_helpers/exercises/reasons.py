"""Reasons why a check ended with an error, in words for the student."""

from __future__ import annotations

import linecache
import logging
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from types import FrameType, TracebackType

import watchtower

from lab_helpers.errors import SentenceError
from lab_helpers.exercises.catalog import Exercise
from lab_helpers.exercises.stubs import returns_nothing, value_returned
from lab_helpers.settings import load

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def reason(
    error: BaseException, exercise: Exercise, namespace: Mapping[str, object]
) -> str:
    """Says what the error was about: a server, an answer's return, code or value."""
    return (
        _unanswered(error, namespace)
        or (str(error) if isinstance(error, SentenceError) else "")
        or missing_return(exercise, namespace)
        or _flask_return(error)
        or _blame(error, exercise, namespace)
    )


def interruption(error: BaseException, namespace: Mapping[str, object]) -> str:
    """Says what was interrupted: the student's code, in which line, or the check."""
    own = [
        (frame, line)
        for frame, line in _frames(error.__traceback__)
        if frame.f_globals is namespace
    ]
    if not own:
        return "you stopped the check before it had its result; run this cell again"
    frame, line = own[-1]
    code = linecache.getline(frame.f_code.co_filename, line).strip()
    at = f", in `{code}`" if code else ""
    return f"your code was still running when you stopped it{at}; does it ever end?"


def missing_return(exercise: Exercise, namespace: Mapping[str, object]) -> str:
    """Says which function of the answer returns no value though one is asked for."""
    for name in exercise.answer:
        value = value_returned(exercise.solution, name)
        if value is not None and returns_nothing(namespace.get(name)):
            if value:
                return f"`{name}` returns nothing; end it with `return {value}`"
            return f"`{name}` returns nothing; its value goes after `return`"
    return ""


def closed_handler(names: Mapping[str, object]) -> str:
    """Says which of these names is a closed watchtower handler, or a logger with one.

    Such a handler drops every line, with a warning only.
    """
    for name, value in names.items():
        # No `getattr`: Flask's `g` and `request` raise where there is no request.
        for handler in value.handlers if isinstance(value, logging.Logger) else [value]:
            if _is_closed(handler):
                return (
                    f"the handler of `{name}` is closed and sends no line any more; "
                    "run the cell that makes it again, then this one"
                )
    return ""


def _is_closed(value: object) -> bool:
    return isinstance(value, watchtower.CloudWatchLogHandler) and bool(
        value.shutting_down
    )


def _unanswered(error: BaseException, namespace: Mapping[str, object]) -> str:
    """Says which server of this machine refused the connection, and what to run."""
    chain = [*_chain(error)]
    if not any(isinstance(each, ConnectionRefusedError) for each in chain):
        return ""
    address = next((a for each in chain for a in _connected(each)), None)
    if address is None:
        return ""
    url = f"http://{address}"
    if any(address in each for each in _lab_endpoints()):
        return f"nothing listens at {url}; start the lab with lab.start()"
    server = next((n for n, v in namespace.items() if _serves(v, address)), None)
    cell = f"makes `{server}`" if server else "serves the app"
    return f"nothing listens at {url}; run the cell that {cell} again, then this one"


def _lab_endpoints() -> list[str]:
    now = load()
    each = (now.honeycomb, now.otlp, now.aws, now.rollbar)
    return [part.endpoint or "" for part in each]


def _serves(value: object, address: str) -> bool:
    try:
        url = getattr(value, "url", None)
    except RuntimeError:  # of Flask's `request`, where there is none
        return False
    return isinstance(url, str) and address in url


def _connected(error: BaseException) -> Iterator[str]:
    """Addresses on this machine to which connections were being made, innermost last.

    urllib, requests and boto3 all connect with a subclass of HTTPConnection.
    """
    for frame, _ in _frames(error.__traceback__):
        client = frame.f_locals.get("self")
        if isinstance(client, HTTPConnection) and client.host in _LOOPBACK:
            yield f"{client.host}:{client.port}"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what it was raised from or while handling."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _flask_return(error: BaseException) -> str:
    """Says that a hook of the app returned None, which Flask finds out too late."""
    innermost = [frame for frame, _ in _frames(error.__traceback__)][-1:]
    for frame in innermost:
        if (
            frame.f_code.co_name == "wsgi_app"
            and frame.f_globals.get("__name__") == "flask.app"
            and frame.f_locals.get("response", error) is None
        ):
            return "an after_request hook returned None; it must return the response"
    return ""


def _blame(
    error: BaseException, exercise: Exercise, namespace: Mapping[str, object]
) -> str:
    """Says whether the student's code raised, or only their value did not fit."""
    description = f"{type(error).__name__}: {error}".removesuffix(": ")
    if any(f.f_globals is namespace for f, _ in _frames(error.__traceback__)):
        return f"your code raised {description}"
    values = " and ".join(_described(n, namespace.get(n)) for n in exercise.answer)
    return f"{values}; looking at it raised {description}; is it of the kind asked for?"


def _described(name: str, value: object) -> str:
    """A name with its value and type.

    >>> _described("limit", "12"), _described("headers", None)
    ("`limit` is '12' (str)", '`headers` is None')
    """
    if value is None:
        return f"`{name}` is None"
    if callable(value):
        return f"`{name}` is a {type(value).__name__}"
    text = repr(value)
    short = text if len(text) <= 60 else f"{text[:57]}..."
    return f"`{name}` is {short} ({type(value).__name__})"


def _frames(traceback: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next
