"""Messages that are JSON objects, and the values a selector leads to."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from lab_emulators.aws.languages.filter_pattern.nodes import Every, Step


class NumberText(str):
    """A JSON number as the message writes it."""

    __slots__ = ()


Node = Any
"""str, NumberText, bool, None, dict or list."""

_BLANK = " \t\r\n"
_BACKSLASH = re.compile(r"\\\\")
_PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def read_document(message: str) -> dict[str, Node] | None:
    """The JSON object (RFC 8259) that the message is, or None.

    Of a key that an object has twice the first one counts, as it does in SQL.
    """
    if not message.lstrip(_BLANK).startswith("{"):
        return None
    try:
        document: dict[str, Node] = _DECODER.decode(message)
    except (ValueError, RecursionError):
        return None
    return None if _has_half(message) else document


def select(node: Node, steps: Sequence[Step]) -> Iterator[Node]:
    """The values that `steps` lead to from `node`: several after a wildcard."""
    if not steps:
        yield node
        return
    for inner in _inside(node, steps[0]):
        yield from select(inner, steps[1:])


def _inside(node: Node, step: Step) -> Iterator[Node]:
    if isinstance(node, dict):
        if step is Every.FIELD:
            yield from node.values()
        elif isinstance(step, str) and step in node:
            yield node[step]
    elif isinstance(node, list):
        if step is Every.ELEMENT:
            yield from node
        elif isinstance(step, int) and step < len(node):
            yield node[step]


def _first(pairs: list[tuple[str, Node]]) -> dict[str, Node]:
    members = dict(pairs)
    return members if len(members) == len(pairs) else dict(reversed(pairs))


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _has_half(message: str) -> bool:
    """Tells whether an escape is an unpaired surrogate, which no text can hold."""
    if _HALF.search(message) is None:
        return False
    plain = _BACKSLASH.sub("", message)
    return _HALF.search(_PAIR.sub("", plain)) is not None


_DECODER = json.JSONDecoder(
    object_pairs_hook=_first,
    parse_float=NumberText,
    parse_int=NumberText,
    parse_constant=_no_constant,
)
