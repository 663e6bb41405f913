"""Values of an answer in the words of a verdict: the value, and of which type it is."""

from __future__ import annotations

import reprlib

_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = 80
_REPR.maxdict = _REPR.maxlist = _REPR.maxtuple = 4


def described(value: object) -> str:
    """The value and its type; a long value is shortened.

    >>> described("20"), described(20), described(None)
    ("'20', a str", '20, an int', 'None')
    """
    if value is None:
        return "None"
    kind = type(value).__name__
    article = "an" if kind[0].lower() in "aeiou" else "a"
    return f"{_REPR.repr(value)}, {article} {kind}"
