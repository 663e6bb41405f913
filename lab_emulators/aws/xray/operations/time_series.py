"""GetTimeSeriesServiceStatistics: statistics of a service or an edge by period."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lab_emulators.aws.languages.xray_filter.nodes import Edge, Selector, Service
from lab_emulators.aws.languages.xray_filter.parser import parse
from lab_emulators.aws.xray.core import Parameters, time_range
from lab_emulators.aws.xray.errors import invalid_request
from lab_emulators.aws.xray.model import ServiceId
from lab_emulators.aws.xray.observation_index import ObservationIndex
from lab_emulators.aws.xray.observations import (
    CLIENT,
    GraphEdge,
    Rows,
    Subject,
    Subjects,
)
from lab_emulators.aws.xray.paging import page_of
from lab_emulators.aws.xray.statistics import SubjectStatistics, statistics_of
from lab_emulators.aws.xray.validation import check

MAX_HOURS = 24
PERIODS = (60, 300)
PAGE = 100

_OF_NODES = "ServiceSummaryStatistics"
_OF_EDGES = "EdgeSummaryStatistics"

Chosen = Callable[[Subject], bool]


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """The observations of one region by period."""

    index: ObservationIndex

    def get(self, parameters: Parameters) -> dict[str, Any]:
        """`GetTimeSeriesServiceStatistics`: one entry for each period with requests.

        Periods begin at whole minutes. Without a selector it is the edges from the
        clients, so that each request into the system counts once.
        """
        check("GetTimeSeriesServiceStatistics", parameters)
        start, end = time_range(parameters, MAX_HOURS)
        period = _period(parameters)
        selector = parameters.get("EntitySelectorExpression")
        kind, chosen = _selection(selector, self.index.subjects)
        group = self.index.group_filter(parameters)
        rows = self._chosen(self.index.window(start, end, group), chosen)
        points = [
            {
                "Timestamp": float(number * period),
                kind: each.as_document(),
                "ResponseTimeHistogram": each.histogram_document(),
            }
            for number, each in _by_period(rows, period)
        ]
        page, rest = page_of(points, parameters.get("NextToken"), PAGE)
        return {
            "TimeSeriesServiceStatistics": page,
            "ContainsOldGroupVersions": False,
            **rest,
        }

    def _chosen(self, rows: Rows, chosen: Chosen) -> Rows:
        subjects = self.index.subjects.all()
        numbers = [n for n, subject in enumerate(subjects) if chosen(subject)]
        return rows[np.isin(rows["subject"], numbers)]


def _by_period(rows: Rows, period: int) -> list[tuple[int, SubjectStatistics]]:
    """Numbers of periods since 1970, each with the statistics of its rows.

    The period replaces the subject in the rows, so that one pass computes all.
    """
    numbers = np.floor_divide(rows["start"], period).astype(np.int64)
    first = int(numbers.min()) if len(numbers) else 0
    moved = rows.copy()
    moved["subject"] = numbers - first
    return [(first + n, each) for n, each in statistics_of(moved).items()]


def _period(parameters: Parameters) -> int:
    if parameters.get("ForecastStatistics"):
        raise invalid_request("not emulated locally: ForecastStatistics")
    period = parameters.get("Period") or PERIODS[0]
    if period not in PERIODS:
        raise invalid_request("'Period' must be 60 or 300 seconds")
    return int(period)


def _selection(expression: str | None, subjects: Subjects) -> tuple[str, Chosen]:
    """The member of the answer, and the condition on its subjects."""
    tree = parse(expression or "")
    match tree:
        case None:
            return _OF_EDGES, _from_a_client
        case Service(selector, None):
            chosen = _named(selector, subjects)
            return _OF_NODES, lambda s: isinstance(s, ServiceId) and chosen(s)
        case Edge(source, target, None):
            start, end = _named(source, subjects), _named(target, subjects)
            return (
                _OF_EDGES,
                lambda s: (
                    isinstance(s, GraphEdge) and start(s.source) and end(s.target)
                ),
            )
    raise invalid_request(
        "'EntitySelectorExpression' must be service(...) or edge(...) without a "
        "condition"
    )


def _from_a_client(subject: Subject) -> bool:
    return isinstance(subject, GraphEdge) and subject.source.type == CLIENT


def _named(selector: Selector, subjects: Subjects) -> Callable[[ServiceId], bool]:
    name, kind, account = selector.name, selector.type, selector.account
    return lambda node: (
        name in (None, node.name)
        and kind in (None, node.type)
        and account in (None, subjects.account(node))
    )
