"""OTLP attribute values as plain Python, as JSON can write them."""

import base64
import math
from collections.abc import Iterable
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

Attributes = dict[str, Any]


def attributes_of(pairs: Iterable[KeyValue]) -> Attributes:
    """Key → value; of one key given twice the last value counts."""
    return {pair.key: plain(pair.value) for pair in pairs}


def plain(value: AnyValue) -> Any:
    """The value itself: bytes as base64, None where nothing is set."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    content = getattr(value, kind)
    if kind == "array_value":
        return [plain(item) for item in content.values]
    if kind == "kvlist_value":
        return attributes_of(content.values)
    if kind == "bytes_value":
        return base64.b64encode(content).decode()
    if kind == "double_value" and not math.isfinite(content):
        return str(content)  # JSON has no spelling for it
    return content


def text(value: object) -> str:
    """A string attribute, "" if it is missing or of another type."""
    return value if isinstance(value, str) else ""


def whole(value: object) -> int | None:
    """An integer attribute, also when it was sent as digits."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.isdecimal() and len(value) < 19:
        return int(value)
    return value if isinstance(value, int) else None


def filled(members: Attributes) -> Attributes:
    """The members that have a value."""
    return {
        key: value for key, value in members.items() if value not in (None, "", {}, [])
    }


def take(attributes: Attributes, *names: str) -> Any:
    """Removes all of `names` and returns the first one's value that was there."""
    values = [attributes.pop(name) for name in names if name in attributes]
    return values[0] if values else None
