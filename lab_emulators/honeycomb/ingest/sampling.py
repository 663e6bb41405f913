"""Sample rates: how many rows one row stands for."""

import math
import re
import zlib
from collections.abc import Iterable

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

RATE_KEYS = ("sampleRate", "SampleRate")  # the only two spellings, preferred first
MAX_RATE = 2_147_483_647

_THRESHOLD_SPACE = 1 << 56
_ROUNDED_DOWN_ABOVE = 100
_HEX_THRESHOLD = re.compile(r"[0-9a-fA-F]{1,14}")
_NUMERAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def attribute_rate(attributes: Iterable[KeyValue]) -> int | None:
    """Returns the rate an attribute list carries, or None if it carries none."""
    rates: dict[str, AnyValue] = {}
    for attribute in attributes:
        if attribute.key in RATE_KEYS and attribute.value.WhichOneof("value"):
            rates.setdefault(attribute.key, attribute.value)
    first = next((rates[key] for key in RATE_KEYS if key in rates), None)
    return None if first is None else _rate_of(first)


def _rate_of(value: AnyValue) -> int:
    kind = value.WhichOneof("value")
    if kind == "int_value":
        return whole_rate(value.int_value)
    if kind == "double_value":
        return _rounded(value.double_value)
    if kind == "string_value" and _NUMERAL.fullmatch(value.string_value):
        return _rounded(float(value.string_value))
    return 1


def whole_rate(rate: int) -> int:
    """Returns `rate` within 1 … 2,147,483,647; what is not positive means 1."""
    return min(max(rate, 1), MAX_RATE)


def _rounded(rate: float) -> int:
    if math.isnan(rate) or rate <= 0:
        return 1
    return whole_rate(math.floor(min(rate, MAX_RATE) + 0.5))


def tracestate_rate(tracestate: str, identity: bytes) -> int:
    """Returns the rate of a tracestate's sampling threshold (W3C `ot=th:…`), else 1.

    A rate between two integers becomes one of them, in proportion; `identity` (the
    span's ids) decides which, so that decoding the same bytes gives the same rate.
    """
    threshold = _threshold(tracestate)
    if threshold is None:
        return 1
    whole, rest = divmod(_THRESHOLD_SPACE, _THRESHOLD_SPACE - threshold)
    if rest and whole < _ROUNDED_DOWN_ABOVE:
        chance = rest / (_THRESHOLD_SPACE - threshold)
        whole += zlib.crc32(identity) / 2**32 < chance
    return whole_rate(whole)


def _threshold(tracestate: str) -> int | None:
    members = (member.strip() for member in tracestate.split(","))
    ot = next((m.removeprefix("ot=") for m in members if m.startswith("ot=")), None)
    if ot is None:
        parts, prefix = tracestate.split(";"), "th="
    else:
        parts, prefix = ot.split(";"), "th:"
    stripped = (part.strip() for part in parts)
    text = next((p.removeprefix(prefix) for p in stripped if p.startswith(prefix)), "")
    if not _HEX_THRESHOLD.fullmatch(text):
        return None
    return int(text.ljust(14, "0"), 16)
