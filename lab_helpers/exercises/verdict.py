"""Outcomes of checks: solved, not yet (and what to look at), or to do."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Miss(Exception):  # noqa: N818 - an answer that misses is no error
    """A wrong answer; its message tells the student what to look at."""


class State(StrEnum):
    """The three outcomes of a check."""

    SOLVED = "solved"
    NOT_YET = "not yet"
    TO_DO = "to do"


# Mid-tones, 3:1 or better on JupyterLab's light and dark pages alike.
_COLORS = {
    State.SOLVED: "#2f9e44",
    State.NOT_YET: "#e8590c",
    State.TO_DO: "#868e96",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one check, as a sentence (text) or a marked box (HTML)."""

    name: str
    state: State
    message: str

    def __repr__(self) -> str:
        return f"{self.state}: {self.message}"

    def _repr_html_(self) -> str:
        style = f"border-left: 4px solid {_COLORS[self.state]}; padding: 2px 10px"
        text = html.escape(self.message, quote=False).replace("\n", "<br>")
        text = re.sub("`([^`<]+)`", r"<code>\1</code>", text)
        return f'<div style="{style}"><strong>{self.state}</strong>: {text}</div>'


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of the student: one row per exercise, (notebook, title, state)."""

    rows: Sequence[tuple[str, str, State]]

    @property
    def solved(self) -> int:
        """The number of exercises solved."""
        return sum(state is State.SOLVED for _, _, state in self.rows)

    def __repr__(self) -> str:
        lines = [f"{self.solved} of {len(self.rows)} exercises solved"]
        for notebook, title, state in self.rows:
            lines.append(f"  {state:<7}  {notebook}  {title}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        left = 'style="text-align: left"'
        head = f"<tr><th>notebook</th><th {left}>exercise</th><th>state</th></tr>"
        cells = "".join(
            f"<tr><td>{html.escape(nb)}</td><td {left}>"
            f"{html.escape(title)}</td>"
            f'<td style="border-left: 4px solid {_COLORS[state]}">{state}</td></tr>'
            for nb, title, state in self.rows
        )
        summary = f"{self.solved} of {len(self.rows)} exercises solved"
        return f"<p>{summary}</p><table>{head}{cells}</table>"
