"""Findings of the doctor, and the report that a student sees."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import requests

from lab_helpers.settings import Settings

DATASET = "lab_doctor"
"""The service, dataset or environment name of what the doctor sends."""

FREE_SPACE = "free some disk space; nothing that was acknowledged is lost"

AGAIN = "run `lab down` and `lab up`; if it persists, `lab reset`"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its subject, its result, and the remedy if it is not well."""

    what: str
    result: str
    remedy: str = ""

    @property
    def ok(self) -> bool:
        """True when nothing has to be done."""
        return not self.remedy

    @property
    def word(self) -> str:
        """The verdict in a word, so that no color is needed."""
        return "ok" if self.ok else "not ok"


@dataclass(frozen=True, slots=True, repr=False)
class HealthReport:
    """All findings, in the order of the links they stand for."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """True when every finding is."""
        return all(finding.ok for finding in self.findings)

    def __repr__(self) -> str:
        return "\n".join(_line(finding) for finding in self.findings)

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row">{escape(f.what)}</th><td>{f.word}</td>'
            f"<td>{escape(f.result)}</td><td>{escape(f.remedy)}</td></tr>"
            for f in self.findings
        )
        heads = "".join(
            f'<th scope="col">{head}</th>'
            for head in ("checked", "verdict", "found", "what to do")
        )
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _line(finding: Finding) -> str:
    line = f"{finding.word:<7} {finding.what:<14} {finding.result}"
    return line if finding.ok else f"{line}\n{'':22} -> {finding.remedy}"


def attempt(
    what: str, ask: Callable[[Settings], str], settings: Settings, remedy: str
) -> Finding:
    """The finding that `ask` makes, or its failure together with the remedy."""
    try:
        return Finding(what, ask(settings))
    except (requests.RequestException, LookupError, TypeError, OSError) as error:
        text = f"{type(error).__name__}: {error}"
        return Finding(what, text, FREE_SPACE if _is_full(error) else remedy)


def _is_full(error: Exception) -> bool:
    """Tells whether the lab answered that its disk is full (507, or AWS's words)."""
    response = getattr(error, "response", None)
    full = response is not None and response.status_code == 507
    return full or "InsufficientStorage" in str(error)
