"""Grouping of occurrences: Rollbar's basic fingerprinting rule.

A fingerprint in the payload wins. Else an exception is known by the files and methods
of all its frames and its class, never by line numbers or messages; a message by its
text less what looks like data. The environment is part of an item's identity, which
is the repository's business.

The rules are published ("Default grouping algorithm"): the root replaced, dates and
commit ids dropped from paths, integers of two digits and more from methods; from
messages timestamps, decimals, integers of two digits and more, hexadecimals of four
and more. What counts as each is ours, below. Rollbar first looks for patterns its
model was trained on, which nobody else can know: here there is only the rule.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Data = Mapping[str, Any]
"""The `data` of a payload that passed `validation.validate`."""

LONGEST_FINGERPRINT = 40
LONGEST_TITLE = 255
ROOT = "<root>"

_DATE = r"(?:19|20)\d\d([-_.]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])"
_CLOCK = r"[T _-]?(?:[01]\d|2[0-3]):?[0-5]\d(?::?[0-5]\d(?:[.,]\d+)?)?"
_ZONE = r"(?:Z|[+-]\d\d:?\d\d)?"
_STAMP = rf"(?<!\d){_DATE}(?:{_CLOCK}{_ZONE})?(?!\d)"
# with a digit in it: `added` and `facade` are words
_HEX = r"(?=[0-9a-f]*\d)[0-9a-f]"

_IN_PATHS = re.compile(rf"{_STAMP}|(?<![^\W_]){_HEX}{{7,40}}(?![^\W_])", re.IGNORECASE)
_IN_METHODS = re.compile(r"\d{2,}")
_IN_MESSAGES = re.compile(
    rf"{_STAMP}|\b0x[0-9a-f]+\b|\d+\.\d+|\b{_HEX}{{4,}}\b|\d{{2,}}", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ItemGroup:
    """Identity of an item: its fingerprint, and the title it gets if it is new."""

    fingerprint: str
    title: str


def group_of(data: Data) -> ItemGroup:
    """The group of one occurrence."""
    return ItemGroup(_fingerprint(data), _title(data))


def traces(data: Data) -> Sequence[Data]:
    """The traces of an exception, the outermost first; none for a message."""
    body = data["body"]
    if body.get("trace") is not None:
        return [body["trace"]]
    chain: Sequence[Data] = body.get("trace_chain") or []
    return chain


def text(data: Data) -> str:
    """Text of a message or a crash report; empty for an exception."""
    body = data["body"]
    if body.get("message") is not None:
        return str(body["message"]["body"])
    return str((body.get("crash_report") or {}).get("raw", ""))


def without_data(message: str) -> str:
    """A message less what looks like data."""
    return _IN_MESSAGES.sub("", message)


def _fingerprint(data: Data) -> str:
    fingerprint = data.get("fingerprint")
    if fingerprint:
        return (
            fingerprint
            if len(fingerprint) <= LONGEST_FINGERPRINT
            else _sha1(fingerprint)
        )
    chain = traces(data)
    if not chain:
        return _sha1(without_data(text(data)))
    root = str((data.get("server") or {}).get("root") or "").rstrip("/\\")
    # JSON, since joined text would make one of what a separator in a name keeps apart
    return _sha1(json.dumps([list(_marks(trace, root)) for trace in chain]))


def _marks(trace: Data, root: str) -> Iterator[Sequence[str]]:
    for frame in trace["frames"]:
        yield [_clean_path(frame["filename"], root), _clean_method(frame.get("method"))]
    yield [trace["exception"]["class"]]


def _clean_path(path: str, root: str) -> str:
    if (
        root
        and path.startswith(root)
        and path[len(root) : len(root) + 1] in ("/", "\\")
    ):
        path = ROOT + path[len(root) :]
    return _IN_PATHS.sub("", path)


def _clean_method(method: str | None) -> str:
    return _IN_METHODS.sub("", method or "")


def _title(data: Data) -> str:
    if data.get("title"):
        return str(data["title"])
    chain = traces(data)
    if not chain:
        lines = text(data).strip().splitlines()
        return (lines[0] if lines else "")[:LONGEST_TITLE]
    exception = chain[0]["exception"]
    message = exception.get("message") or exception.get("description")
    title = f"{exception['class']}: {message}" if message else exception["class"]
    return str(title[:LONGEST_TITLE])


def _sha1(whole: str) -> str:
    # of the published rule, not for secrecy
    return hashlib.sha1(whole.encode(), usedforsecurity=False).hexdigest()
