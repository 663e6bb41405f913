"""Validation of the `data` of a payload (Rollbar's page on the items API).

The first thing that is wrong is named by its path. The beginning of the messages and
those about `data.body` are Rollbar's own, the others ours.
"""

from collections.abc import Mapping
from typing import Any, NoReturn

from lab_emulators.rollbar.errors import invalid
from lab_emulators.rollbar.items.model import LEVELS

KINDS = ("trace", "trace_chain", "message", "crash_report")

_STRINGS: Mapping[str, int | None] = {
    "code_version": 40,
    "platform": None,
    "language": None,
    "framework": None,
    "context": None,
    "fingerprint": None,
    "title": 255,
    "uuid": 36,
}
_OBJECTS = ("request", "person", "server", "client", "custom", "notifier")
_LATEST_S = 2**63 // 10**9


def validate(data: object) -> Mapping[str, Any]:
    """Returns `data` if Rollbar would take it; RollbarError 422 names the field."""
    top = _object(data, "data")
    _string(top, "data.environment", longest=255, required=True)
    _body(top)
    for name, longest in _STRINGS.items():
        _string(top, f"data.{name}", longest=longest)
    for name in _OBJECTS:
        if top.get(name) is not None:
            _object(top[name], f"data.{name}")
    _level(top.get("level"))
    _timestamp(top.get("timestamp"))
    if top.get("person") is not None:
        _person(top["person"])
    return top


def _body(top: Mapping[str, Any]) -> None:
    kinds = ", ".join(f"'{kind}'" for kind in KINDS[:-1]) + f" or '{KINDS[-1]}'"
    if top.get("body") is None:
        _refuse(
            "data.body",
            f"must not be undefined. Instead, it should be an object with a {kinds} "
            "key.",
        )
    body = _object(top["body"], "data.body")
    members = [kind for kind in KINDS if body.get(kind) is not None]
    if len(members) != 1:
        _refuse(
            "data.body", f"must have either a {kinds} property, (but not more than one)"
        )
    _CHECKS[members[0]](body[members[0]], f"data.body.{members[0]}")
    if body.get("telemetry") is not None:
        _list(body["telemetry"], "data.body.telemetry")


def _chain(value: object, path: str) -> None:
    traces = _list(value, path)
    if not traces:
        _refuse(path, "must contain at least one element")
    for index, trace in enumerate(traces):
        _trace(trace, f"{path}[{index}]")


def _trace(value: object, path: str) -> None:
    trace = _object(value, path)
    for index, frame in enumerate(_list(trace.get("frames"), f"{path}.frames")):
        _frame(frame, f"{path}.frames[{index}]")
    exception = _object(trace.get("exception"), f"{path}.exception")
    _string(exception, f"{path}.exception.class", required=True)
    _string(exception, f"{path}.exception.message")
    _string(exception, f"{path}.exception.description")


def _frame(value: object, path: str) -> None:
    frame = _object(value, path)
    _string(frame, f"{path}.filename", required=True)
    _string(frame, f"{path}.method")
    _string(frame, f"{path}.code")
    for name in ("lineno", "colno"):
        if frame.get(name) is not None and not _is_number(frame[name]):
            _refuse(f"{path}.{name}", "should be an integer")


def _message(value: object, path: str) -> None:
    _string(_object(value, path), f"{path}.body", required=True)


def _crash_report(value: object, path: str) -> None:
    _string(_object(value, path), f"{path}.raw", required=True)


_CHECKS = {
    "trace": _trace,
    "trace_chain": _chain,
    "message": _message,
    "crash_report": _crash_report,
}


def _person(person: Mapping[str, Any]) -> None:
    """Checks a person; a number is an id (Rollbar's page on people in browsers)."""
    if not (_is_number(person.get("id")) and isinstance(person["id"], int)):
        _string(person, "data.person.id", longest=40, required=True)
    _string(person, "data.person.username", longest=255)
    _string(person, "data.person.email", longest=255)


def _level(level: object) -> None:
    if level is not None and not (isinstance(level, str) and level in LEVELS):
        names = ", ".join(reversed(LEVELS))
        _refuse("data.level", f"should be one of {names}")


def _timestamp(seconds: object) -> None:
    if seconds is None:
        return
    if not _is_number(seconds) or not 0 <= seconds < _LATEST_S:  # type: ignore[operator]
        _refuse("data.timestamp", "should be a unix timestamp in seconds")


def _object(value: object, path: str) -> Mapping[str, Any]:
    if value is None:
        _refuse(path, "must not be undefined")
    if not isinstance(value, dict):
        _refuse(path, "should be an object")
    return value


def _list(value: object, path: str) -> list[Any]:
    if value is None:
        _refuse(path, "must not be undefined")
    if not isinstance(value, list):
        _refuse(path, "should be a list")
    return value


def _string(
    holder: Mapping[str, Any],
    path: str,
    *,
    longest: int | None = None,
    required: bool = False,
) -> None:
    value = holder.get(path.rpartition(".")[2])
    if value is None:
        if required:
            _refuse(path, "must not be undefined")
        return
    if not isinstance(value, str):
        _refuse(path, "should be a string")
    if longest is not None and len(value) > longest:
        _refuse(path, f"should have at most {longest} characters")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _refuse(path: str, fault: str) -> NoReturn:
    raise invalid(f"Invalid format. {path} {fault.removesuffix('.')}.")
