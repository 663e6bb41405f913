"""Patterns of LIKE as regular expressions."""

import re

_PIECES = re.compile(r"\\[%_\\]|%+|.", re.DOTALL)
_WILD = {"%": ".*", "_": "."}


def regex(pattern: str) -> str:
    """What a whole text must match: `%` is anything, `_` one character.

    A backslash before either makes it itself.
    """
    found: list[str] = _PIECES.findall(pattern)
    pieces = [_WILD.get(piece[:1], re.escape(piece[-1])) for piece in found]
    return f"(?s)^(?:{''.join(pieces)})$"
