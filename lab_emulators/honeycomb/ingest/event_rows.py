"""Rows of the store from the JSON of events: flattening, limits, rates."""

import json
import math
from dataclasses import dataclass
from typing import Any

from lab_emulators.honeycomb.config import RequestLimits
from lab_emulators.store import Row

EMPTY = "Request body should not be empty."
MALFORMED = "Request body is malformed and cannot be read."
EVENT_COLUMNS = "Event has too many columns."
DATASET_COLUMNS = "Dataset has too many columns."
TOO_LARGE = "Request body is too large."
MAX_RATE = 2**31 - 1

Cell = str | int | float | bool


class EventError(ValueError):
    """An event that cannot be stored; the text is the one Honeycomb documents."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Rules by which a dataset's events become rows: `depth` levels are expanded."""

    depth: int
    limits: RequestLimits


def row_of(data: object, time_ns: int, rate: int, shape: Shape) -> Row:
    """One event as a row, or EventError; null and unnamed members are absent."""
    if not isinstance(data, dict):
        raise EventError(MALFORMED)
    if not data:
        raise EventError(EMPTY)
    values: dict[str, Cell] = {}
    _flatten(data, "", shape.depth, shape.limits, values)
    if len(values) > shape.limits.event_columns:
        raise EventError(EVENT_COLUMNS)
    return Row(time_ns=time_ns, sample_rate=rate, values=values)


def sample_rate(value: object) -> int:
    """A batch item's rate: at least 1; EventError for what is no whole number."""
    if value is None:
        return 1
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise EventError(MALFORMED)
    return min(max(value, 1), MAX_RATE)


def header_rate(text: str | None) -> int:
    """The rate of an event's header: 1 when it is absent or not an integer."""
    try:
        return sample_rate(int((text or "1")[:20]))
    except ValueError:
        return 1


def _flatten(
    data: dict[object, Any],
    prefix: str,
    depth: int,
    limits: RequestLimits,
    into: dict[str, Cell],
) -> None:
    """Adds `data` to `into`, objects as dotted names down to `depth`."""
    for key, value in data.items():
        if not isinstance(key, str):  # msgpack allows any
            raise EventError(MALFORMED)
        name = prefix + key
        if value is None or not name:
            continue
        if isinstance(value, dict) and depth:
            _flatten(value, f"{name}.", depth - 1, limits, into)
        else:
            into[name] = _cell(value, limits)


def _cell(value: object, limits: RequestLimits) -> Cell:
    """A value as it is stored: objects and lists as JSON text, text cut to size."""
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise EventError(MALFORMED)
        return value
    if isinstance(value, bytes):  # msgpack's other kind of string
        value = value.decode(errors="replace")
    text = value if isinstance(value, str) else _json_text(value)
    if len(text) * 4 <= limits.string_bytes:
        return text
    return text.encode()[: limits.string_bytes].decode(errors="ignore")


def _json_text(value: object) -> str:
    try:
        return json.dumps(
            value, ensure_ascii=False, separators=(",", ":"), allow_nan=False
        )
    except (TypeError, ValueError, RecursionError) as error:
        raise EventError(MALFORMED) from error


def size_of(data: object) -> int:
    """Estimates the bytes of `data` as JSON: text, and little for all else."""
    size, waiting = 0, [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        size += len(value) if isinstance(value, str | bytes) else 4
    return size
