"""Selectors: paths into a JSON message, `$.users[0].['e.mail']`."""

import re
from collections.abc import Iterator

from lab_emulators.aws.languages.filter_pattern.nodes import Every, Selector, Step
from lab_emulators.lang.source import QueryError, Span

_STEP = re.compile(
    r"\.(?P<name>[A-Za-z0-9_-]+)|(?P<field>\.\*)|(?P<element>\[\*\])"
    r"|\[(?P<index>[0-9]{1,9})\]|\.?\[(?P<quoted>'[^']+'|\"[^\"]+\")\]"
)


def read_selector(text: str, position: int = 0) -> Selector:
    """The selector `text`, which stands at `position`; raises QueryError."""
    steps = tuple(_steps(text, position))
    if isinstance(steps[0], int) or steps[0] is Every.ELEMENT:
        raise _refusal("an index must follow a property", position + 1)
    if sum(isinstance(step, Every) for step in steps) > 1:
        raise _refusal("more than one wildcard in a selector", position)
    span = Span(position, position + len(text))
    return Selector(str(text), steps, span=span)


def _steps(text: str, position: int) -> Iterator[Step]:
    at = 1
    while at < len(text) or at == 1:
        match = _STEP.match(text, at)
        if match is None or not text.startswith("$"):
            raise _refusal(f"unexpected {text[at:]!r}", position + at)
        at = match.end()
        yield _step(match)


def _step(match: re.Match[str]) -> Step:
    if match["field"]:
        return Every.FIELD
    if match["element"]:
        return Every.ELEMENT
    if match["index"]:
        return int(match["index"])
    return match["name"] or match["quoted"][1:-1]


def _refusal(message: str, at: int) -> QueryError:
    return QueryError(message, Span(at, at + 1))
