"""Values of a student's answer, in the words of a verdict."""

from __future__ import annotations

from reprlib import Repr

_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = 80


def described(value: object) -> str:
    """A value and its type, so that a text is not taken for a number.

    >>> described("4"), described(4), described(None)
    ("'4' (a str)", '4 (an int)', 'None')
    """
    if value is None:
        return "None"
    kind = type(value).__name__
    article = "an" if kind[0].lower() in "aeiou" else "a"
    return f"{_SHORT.repr(value)} ({article} {kind})"
