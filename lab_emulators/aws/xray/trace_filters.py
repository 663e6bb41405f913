"""Filter expressions, and for each trace whether they hold.

A filter is evaluated once for each state of a trace: a summary is a new object
whenever its trace was touched, so the answer for the same object is remembered.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from lab_emulators.aws.languages.xray_filter.compile import (
    GroupVersions,
    Predicate,
    compile_filter,
)
from lab_emulators.aws.xray.trace_summary import TraceSummary

MAX_FILTERS = 4
"""Filters whose answers are remembered; the one that was unused longest goes first."""

MAX_ANSWERS = 100_000
"""Answers that one filter remembers; beyond, it begins anew."""


class TraceFilter:
    """A filter expression that remembers its answer for each trace."""

    def __init__(self, predicate: Predicate) -> None:
        self._predicate = predicate
        self._answers: dict[str, tuple[TraceSummary, bool]] = {}

    def __call__(self, summary: TraceSummary) -> bool:
        known = self._answers.get(summary.id)
        if known is not None and known[0] is summary:
            return known[1]
        if len(self._answers) >= MAX_ANSWERS:
            self._answers.clear()
        holds = self._predicate(summary)
        self._answers[summary.id] = summary, holds
        return holds


class TraceFilters:
    """The filters that were used last, by expression."""

    def __init__(self, groups: Mapping[str, GroupVersions]) -> None:
        self._groups = groups
        self._filters: OrderedDict[Any, TraceFilter] = OrderedDict()

    def of(self, text: str) -> TraceFilter:
        """The filter of an expression; FilterError."""
        groups = dict(self._groups)
        # The meaning of an expression that names groups depends on their filters.
        key = text, tuple(groups.items()) if "group" in text.lower() else ()
        trace_filter = self._filters.pop(key, None) or TraceFilter(
            compile_filter(text, groups)
        )
        self._filters[key] = trace_filter
        if len(self._filters) > MAX_FILTERS:
            self._filters.popitem(last=False)
        return trace_filter
