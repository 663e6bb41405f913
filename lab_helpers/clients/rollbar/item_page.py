"""An item of Rollbar as one page: title, counts, people, and the latest stack."""

import html
import linecache
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import dropwhile
from typing import Any

import pandas as pd

from lab_helpers.analysis import words
from lab_helpers.clients.rollbar import frames as rollbar_frames

Document = Mapping[str, Any]

INNERMOST = 5
"""Frames of a stack that are open to view; the outer ones are folded."""

PEOPLE = 8
LONGEST, LONGEST_LOCAL = 200, 4000
"""Characters of a text that are shown, and of a local variable, which is folded."""

AROUND = 2
"""Lines of code shown before and after a frame's own, where its file is at hand."""

_INSTALLED = re.compile(r".*[\\/](site|dist)-packages[\\/]")


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class ItemPage:
    """An item (row of ITEM_COLUMNS), its occurrences, and the latest one's payload."""

    item: "pd.Series[Any]"
    occurrences: pd.DataFrame
    latest: Document

    @property
    def people(self) -> list[str]:
        """The names of the people affected, in the order of their first occurrence."""
        return [str(name) for name in self.occurrences["person"].dropna().unique()]

    @property
    def versions(self) -> list[str]:
        """The code versions it occurred in, oldest first."""
        return [str(each) for each in self.occurrences["version"].dropna().unique()]

    @property
    def trace_id(self) -> str | None:
        """The trace of the latest occurrence that has one."""
        trace_ids = self.occurrences["trace_id"].dropna()
        return None if trace_ids.empty else str(trace_ids.iloc[-1])

    def __repr__(self) -> str:
        parts = [f"#{self.item['counter']} {self.item['title']}", self._summary()]
        if self.people:
            parts.append(self._people())
        return "; ".join(parts) + "."

    def _repr_html_(self) -> str:
        parts = [
            f"<h4>#{self.item['counter']} {_text(self.item['title'])}</h4>",
            f"<p>{_text(self._summary())}</p>",
            _table(self._facts()),
            *_stacks(self.latest),
        ]
        return f"<div>{''.join(parts)}</div>"

    def _summary(self) -> str:
        item = self.item
        many = words.plural(int(item["occurrences"]), "occurrence")
        return f"{item['level']}, {item['status']}, {many} in {item['environment']}"

    def _people(self) -> str:
        more = len(self.people) - PEOPLE
        tail = f" and {more} more" if more > 0 else ""
        return f"people: {', '.join(self.people[:PEOPLE])}{tail}"

    def _facts(self) -> Iterator[tuple[str, str]]:
        for name, label in (("first", "first seen"), ("last", "last seen")):
            if not pd.isna(self.item[name]):
                yield label, f"{self.item[name]:%Y-%m-%d %H:%M:%S} UTC"
        if self.people:
            yield "people", self._people().removeprefix("people: ")
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
    root = str((data.get("server") or {}).get("root") or "").rstrip("\\/")
    for number, trace in enumerate(chain):
        exception = trace.get("exception") or {}
        title = f"{exception.get('class')}: {exception.get('message')}"
        before = "caused by " if number else ""
        yield f"<p>{before}<strong>{_text(title)}</strong></p>"
        frames = trace.get("frames") or []
        if frames[:-INNERMOST]:
            outer = "".join(_frame(frame, root) for frame in frames[:-INNERMOST])
            many = words.plural(len(frames) - INNERMOST, "outer frame")
            yield f"<details><summary>{many}</summary>{outer}</details>"
        yield "".join(_frame(frame, root) for frame in frames[-INNERMOST:])
    if not chain:
        yield f"<p><strong>{_text(rollbar_frames.message_of(data) or '')}</strong></p>"


def _frame(frame: Document, root: str) -> str:
    """A frame's position, its code with the lines around it, and its locals."""
    position = f"{_short(str(frame.get('filename')), root)}, line {frame.get('lineno')}"
    method = frame.get("method") or "module"
    code = "\n".join(_lines(frame, root))
    variables = frame.get("locals") or {}
    pairs = ((str(name), str(value)) for name, value in variables.items())
    shown = _table(pairs, LONGEST_LOCAL)
    folded = f"<details><summary>locals</summary>{shown}</details>"
    return (
        f"<hr><p><code>{_text(method)}</code> in {_text(position)}</p>"
        f'<pre style="font-family: monospace">'
        f"{_text(code, 20 * LONGEST)}</pre>{folded if variables else ''}"
    )


def _short(filename: str, root: str) -> str:
    """A file's name less the root of the project, or the folder of installed code."""
    inside = filename[len(root) + 1 :] if _is_inside(filename, root) else filename
    return _INSTALLED.sub("", inside)


def _is_inside(filename: str, root: str) -> bool:
    return bool(root) and filename.startswith((f"{root}/", f"{root}\\"))


def _lines(frame: Document, root: str) -> Iterator[str]:
    """The line of a frame, marked if others are shown around it."""
    code = str(frame.get("code") or "")
    around = frame.get("context") or _nearby(frame, code, root)
    before, after = around.get("pre") or [], around.get("post") or []
    if not before and not after:
        yield code
        return
    yield from (f"  {line}" for line in before)
    yield f"> {around.get('line', code)}"
    yield from (f"  {line}" for line in after)


def _nearby(frame: Document, code: str, root: str) -> dict[str, Any]:
    """The lines around a frame's own, if its file is here and still says the same.

    pyrollbar sends one line; the project's own files are read, no other's.
    """
    filename, number = str(frame.get("filename")), int(frame.get("lineno") or 0)
    if not (_is_inside(filename, root) and filename.endswith(".py")):
        return {}
    lines = [line.rstrip() for line in linecache.getlines(filename)]
    if not 0 < number <= len(lines) or lines[number - 1].strip() != code.strip():
        return {}
    begin = max(number - 1 - AROUND, 0)
    after = lines[number : number + AROUND]
    return {
        "pre": list(dropwhile(_is_blank, lines[begin : number - 1])),
        "line": lines[number - 1],
        "post": list(dropwhile(_is_blank, after[::-1]))[::-1],
    }


def _is_blank(line: str) -> bool:
    return not line


def _table(rows: "Iterator[tuple[str, str]]", most: int = LONGEST) -> str:
    left = 'style="text-align: left"'
    cells = "".join(
        f"<tr><th {left}>{_text(name)}</th><td {left}>{_text(value, most)}</td></tr>"
        for name, value in rows
    )
    return f"<table>{cells}</table>"


def _text(text: object, most: int = LONGEST) -> str:
    """Text for HTML; of a very long one, the words that fit."""
    full = str(text)
    if len(full) > most:
        begin = full[: most - 1]
        full = f"{begin.rpartition(' ')[0] or begin} …"
    return html.escape(full)
