"""Space-delimited messages: their fields, and which of a pattern's each one is."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from lab_emulators.aws.languages.filter_pattern.nodes import Line

_BLANK = " \t\r\n"
_WORD = re.compile(rf"[^{_BLANK}]+")
_QUOTED = re.compile(rf'"((?:\\.|[^"\\])*)"(?=[{_BLANK}]|\Z)', re.DOTALL)


class LinePart(NamedTuple):
    """A field's text, without what encloses it, and where the field begins."""

    text: str
    begin: int


def split(message: str) -> list[LinePart]:
    """The fields of a message; what is in "" or [] is one."""
    return list(_parts(message))


def align(line: Line, message: str) -> tuple[str, ...] | None:
    """The message's fields, for the pattern's; None if there are too few.

    Without `...` the last field of the pattern takes all that is left.
    """
    parts = split(message)
    if len(parts) < len(line.fields):
        return None
    if line.after is not None or len(parts) == len(line.before):
        return tuple(part.text for part in parts)
    last = len(line.before) - 1
    rest = message[parts[last].begin :].rstrip(_BLANK)
    return (*(part.text for part in parts[:last]), rest)


def positions(line: Line, count: int) -> list[int]:
    """Positions of the pattern's fields among the `count` fields of a message."""
    after = len(line.after or ())
    return [*range(len(line.before)), *range(count - after, count)]


def _parts(message: str) -> Iterator[LinePart]:
    at, closing = 0, message.find("]")
    while word := _WORD.search(message, at):
        begin, at = word.span()
        text = word[0]
        if text[0] == '"' and (quoted := _QUOTED.match(message, begin)):
            text, at = quoted[1], quoted.end()
        elif text[0] == "[":
            if 0 <= closing < begin:
                closing = message.find("]", begin)
            if closing >= begin and message[closing + 1 : closing + 2] in (*_BLANK, ""):
                text, at = message[begin + 1 : closing], closing + 1
        yield LinePart(text, begin)
