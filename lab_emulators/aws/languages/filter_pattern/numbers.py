"""Numbers as patterns and messages write them."""

import math
import re

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


def number_of(text: str) -> float | None:
    """The number that `text` is, None if it is none, or beyond 64-bit floats."""
    if _NUMBER.fullmatch(text) is None:
        return None
    value = float(text)
    return value if math.isfinite(value) else None
