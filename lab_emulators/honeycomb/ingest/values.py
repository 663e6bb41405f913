"""Attribute values: what Honeycomb stores for each kind of OTLP `AnyValue`.

The rules are those of husky, the translator Honeycomb publishes: scalars as they are,
bytes and arrays as JSON text with a newline, maps flattened with dots.
"""

import base64
import json
import math
from collections.abc import Iterable, Iterator
from decimal import Decimal

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from lab_emulators.store import Value

MAX_FLATTENED_LEVELS = 5
MAX_JSON_BYTES = 65_535

_SCALARS = frozenset({"string_value", "bool_value", "int_value", "double_value"})


def flatten(attributes: Iterable[KeyValue]) -> dict[str, Value]:
    """Returns the columns of an attribute list; the first of two equal keys wins."""
    columns: dict[str, Value] = {}
    for attribute in attributes:
        if attribute.key:
            for key, value in columns_of(attribute.key, attribute.value):
                columns.setdefault(key, value)
    return columns


def columns_of(key: str, value: AnyValue) -> Iterator[tuple[str, Value]]:
    """Yields the columns of `value` under `key`: none if absent, many for a map."""
    kind = value.WhichOneof("value")
    if kind in _SCALARS:
        yield key, getattr(value, kind)
    elif kind == "kvlist_value":
        yield from map_columns(key, value, levels=MAX_FLATTENED_LEVELS)
    elif kind in ("array_value", "bytes_value"):
        yield key, json_text(value)


def map_columns(
    key: str, value: AnyValue, *, levels: int
) -> Iterator[tuple[str, Value]]:
    """Yields `key.member` columns of a map, `levels` deep; below that, JSON text."""
    if not levels:
        yield key, json_text(value)
        return
    for member in value.kvlist_value.values:
        if not member.key:
            continue
        name = f"{key}.{member.key}"
        if member.value.WhichOneof("value") == "kvlist_value":
            yield from map_columns(name, member.value, levels=levels - 1)
        else:
            yield from columns_of(name, member.value)


def json_text(value: AnyValue) -> str:
    """Returns `value` as compact JSON and a newline, cut at 65,535 bytes."""
    text = _encode(value) + "\n"
    if len(text) * 4 <= MAX_JSON_BYTES:
        return text
    return text.encode()[:MAX_JSON_BYTES].decode(errors="ignore")


def _encode(value: AnyValue) -> str:
    kind = value.WhichOneof("value")
    if kind == "string_value":
        return _quote(value.string_value)
    if kind == "bool_value":
        return "true" if value.bool_value else "false"
    if kind == "int_value":
        return str(value.int_value)
    if kind == "double_value":
        return _number(value.double_value)
    if kind == "bytes_value":
        return f'"{base64.b64encode(value.bytes_value).decode()}"'
    if kind == "array_value":
        return "[" + ",".join(map(_encode, value.array_value.values)) + "]"
    if kind == "kvlist_value":
        return "{" + ",".join(_members(value.kvlist_value.values)) + "}"
    return "null"


def _members(pairs: Iterable[KeyValue]) -> Iterator[str]:
    first = {pair.key: pair.value for pair in reversed(list(pairs))}
    for key in reversed(first):
        yield f"{_quote(key)}:{_encode(first[key])}"


def _quote(text: str) -> str:
    """Quotes as Go's encoder without HTML escaping: it still escapes U+2028, U+2029."""
    quoted = json.dumps(text, ensure_ascii=False)
    return quoted.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _number(number: float) -> str:
    """Writes a double as Go's encoder does: `1`, `3.14`, `1e+21`, `1e-7`."""
    if not math.isfinite(number):
        # Go's encoder has no answer here; this is the spelling of protobuf's JSON.
        return {math.inf: '"Infinity"', -math.inf: '"-Infinity"'}.get(number, '"NaN"')
    if number == 0 or 1e-6 <= abs(number) < 1e21:
        text = format(Decimal(repr(number)), "f")
        return text.removesuffix(".0")
    return repr(number).replace("e-0", "e-")
