"""An item of Rollbar as one page: what, how often, to whom, and where in the code."""

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lab_helpers.analysis import words
from lab_helpers.clients import rollbar_frames

Document = Mapping[str, Any]

INNERMOST = 5
"""So many frames of a stack are open to view; those that called them are folded."""

PEOPLE = 8
LONGEST = 200


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class ItemPage:
    """An item (row of ITEM_COLUMNS), its occurrences, and the latest one's payload."""

    item: "pd.Series[Any]"
    occurrences: pd.DataFrame
    latest: Document

    @property
    def people(self) -> list[str]:
        """Whom it happened to, by name, in the order it first happened to them."""
        return [str(name) for name in self.occurrences["person"].dropna().unique()]

    @property
    def versions(self) -> list[str]:
        """The code versions it occurred in, oldest first."""
        return [str(each) for each in self.occurrences["version"].dropna().unique()]

    @property
    def trace_id(self) -> str | None:
        """The trace of the latest occurrence that has one."""
        found = self.occurrences["trace_id"].dropna()
        return None if found.empty else str(found.iloc[-1])

    def __repr__(self) -> str:
        told = [f"#{self.item['counter']} {self.item['title']}", self._standing()]
        if self.people:
            told.append(self._who())
        return "; ".join(told) + "."

    def _repr_html_(self) -> str:
        parts = [
            f"<h4>#{self.item['counter']} {_text(self.item['title'])}</h4>",
            f"<p>{_text(self._standing())}</p>",
            _table(self._facts()),
            *_stacks(self.latest),
        ]
        return f"<div>{''.join(parts)}</div>"

    def _standing(self) -> str:
        item = self.item
        many = words.plural(int(item["occurrences"]), "occurrence")
        return f"{item['level']}, {item['status']}, {many} in {item['environment']}"

    def _who(self) -> str:
        more = len(self.people) - PEOPLE
        tail = f" and {more} more" if more > 0 else ""
        return f"people: {', '.join(self.people[:PEOPLE])}{tail}"

    def _facts(self) -> Iterator[tuple[str, str]]:
        for name, label in (("first", "first seen"), ("last", "last seen")):
            if not pd.isna(self.item[name]):
                yield label, f"{self.item[name]:%Y-%m-%d %H:%M:%S} UTC"
        if self.people:
            yield "people", self._who().removeprefix("people: ")
        if self.versions:
            yield "versions", ", ".join(self.versions)
        if not pd.isna(self.item["resolved_in"]):
            yield "resolved in", str(self.item["resolved_in"])
        if self.latest.get("context"):
            yield "route", str(self.latest["context"])
        if self.trace_id:
            yield "trace", self.trace_id


def _stacks(data: Document) -> Iterator[str]:
    """Every exception of the payload, the outermost first, or its message."""
    body = data.get("body") or {}
    chain = body.get("trace_chain") or ([body["trace"]] if body.get("trace") else [])
    for place, trace in enumerate(chain):
        exception = trace.get("exception") or {}
        told = f"{exception.get('class')}: {exception.get('message')}"
        before = "caused by " if place else ""
        yield f"<p>{before}<strong>{_text(told)}</strong></p>"
        frames = trace.get("frames") or []
        if frames[:-INNERMOST]:
            outer = "".join(_frame(frame) for frame in frames[:-INNERMOST])
            many = words.plural(len(frames) - INNERMOST, "outer frame")
            yield f"<details><summary>{many}</summary>{outer}</details>"
        yield "".join(_frame(frame) for frame in frames[-INNERMOST:])
    if not chain:
        yield f"<p><strong>{_text(rollbar_frames.said(data) or '')}</strong></p>"


def _frame(frame: Document) -> str:
    """A frame's place, its code with what stands around it, and its locals."""
    place = f"{frame.get('filename')}, line {frame.get('lineno')}"
    method = frame.get("method") or "module"
    code = "\n".join(_lines(frame))
    variables = frame.get("locals") or {}
    shown = _table((str(name), str(value)) for name, value in variables.items())
    folded = f"<details><summary>locals</summary>{shown}</details>"
    return (
        f"<p><code>{_text(method)}</code> in {_text(place)}</p>"
        f"<pre>{_text(code, 20 * LONGEST)}</pre>{folded if variables else ''}"
    )


def _lines(frame: Document) -> Iterator[str]:
    around = frame.get("context") or {}
    for line in around.get("pre") or []:
        yield f"  {line}"
    yield f"> {frame.get('code') or ''}"
    for line in around.get("post") or []:
        yield f"  {line}"


def _table(rows: "Iterator[tuple[str, str]]") -> str:
    left = 'style="text-align: left"'
    cells = "".join(
        f"<tr><th {left}>{_text(name)}</th><td {left}>{_text(value)}</td></tr>"
        for name, value in rows
    )
    return f"<table>{cells}</table>"


def _text(text: object, most: int = LONGEST) -> str:
    """Text for HTML, its end cut off if it is very long."""
    full = str(text)
    return html.escape(full if len(full) <= most else full[: most - 1] + "…")
