"""Metric data queries of GetMetricData and of alarms, and their series."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.languages.metric_math import (
    EvaluationContext,
    MathExpression,
    MetricSeries,
    Value,
    evaluate,
    parse,
)
from lab_emulators.aws.metrics.core import MetricsCore
from lab_emulators.aws.metrics.errors import validation_error
from lab_emulators.aws.metrics.labels import LabeledSeries, label_of
from lab_emulators.aws.metrics.model import UNITS, Metric
from lab_emulators.aws.metrics.parameters import aligned, dimensions_in, period
from lab_emulators.aws.metrics.statistics import statistic_of
from lab_emulators.lang.source import QueryError

MOST_QUERIES, MOST_POINTS = 500, 100_800
_ID = re.compile(r"[a-z][a-zA-Z0-9_]{0,254}")


@dataclass(frozen=True, slots=True)
class MetricStat:
    """`MetricStat`: a statistic of a metric, for each period."""

    metric: Metric
    statistic: str
    period_s: int
    unit: str | None


@dataclass(frozen=True, slots=True)
class MetricDataQuery:
    """`MetricDataQuery`: of a metric, or an expression over other queries' results."""

    id: str
    source: MetricStat | MathExpression
    label: str | None
    returned: bool
    period_s: int | None


@dataclass(frozen=True, slots=True)
class MetricDataResult:
    """`MetricDataResult`: one series of the answer, with its label."""

    id: str
    label: str
    line: MetricSeries


def queries_in(documents: Sequence[Mapping[str, Any]]) -> list[MetricDataQuery]:
    """The queries of a request; raises AwsError ValidationError."""
    if not documents:
        raise validation_error("The parameter MetricDataQueries is required.")
    if len(documents) > MOST_QUERIES:
        raise validation_error(f"more than {MOST_QUERIES} queries in one request")
    queries = [_query(document) for document in documents]
    if len({query.id for query in queries}) < len(queries):
        raise validation_error(
            "The values for parameter id in MetricDataQueries are not unique."
        )
    if not any(query.returned for query in queries):
        raise validation_error("At least one query must have ReturnData set to true.")
    return queries


def results(
    core: MetricsCore, queries: Sequence[MetricDataQuery], start_s: float, end_s: float
) -> list[MetricDataResult]:
    """The series of every query that returns data, in the order of the queries.

    Raises AwsError ValidationError for an expression that has no series.
    """
    values = _QueryValues(core, queries, start_s, end_s)
    answers: list[MetricDataResult] = []
    for query in queries:
        if query.returned:
            lines = values.lines_of(query)
            answers += [
                MetricDataResult(query.id, _label(core, query, line), line)
                for line in lines
            ]
    return answers


def _query(document: Mapping[str, Any]) -> MetricDataQuery:
    name = document.get("Id", "")
    if not _ID.fullmatch(name):
        text = (
            f"The value {name} for parameter MetricDataQueries.Id is invalid: it must"
        )
        raise validation_error(f"{text} start with a lowercase letter.")
    stat, expression = document.get("MetricStat"), document.get("Expression")
    if (stat is None) == (expression is None):
        text = "needs either MetricStat or Expression, and not both"
        raise validation_error(f"The query {name} {text}.")
    length = None if document.get("Period") is None else period(document)
    source = _stat(stat) if stat is not None else _tree(name, str(expression))
    returned = document.get("ReturnData") is not False
    return MetricDataQuery(name, source, document.get("Label"), returned, length)


def _stat(document: Mapping[str, Any]) -> MetricStat:
    named = document.get("Metric", {})
    for name in ("Namespace", "MetricName"):
        if not named.get(name):
            raise validation_error(f"MetricStat.Metric.{name} is required.")
    unit = document.get("Unit")
    if unit not in (None, *UNITS):
        raise validation_error(
            f"The value {unit} for parameter MetricStat.Unit is invalid."
        )
    statistic_of(document.get("Stat", ""))
    dimensions = dimensions_in(named.get("Dimensions"))
    metric = Metric(named["Namespace"], named["MetricName"], dimensions)
    return MetricStat(metric, document["Stat"], period(document), unit)


def _tree(name: str, text: str) -> MathExpression:
    try:
        return parse(text)
    except QueryError as error:
        raise _in_expression(name, error) from error


def _in_expression(name: str, error: QueryError) -> AwsError:
    return validation_error(f"Error in expression '{name}' [{error}]")


class _QueryValues:
    """The values of queries, each computed once and only when another needs it."""

    def __init__(
        self,
        core: MetricsCore,
        queries: Sequence[MetricDataQuery],
        start_s: float,
        end_s: float,
    ) -> None:
        self._core = core
        self._queries = {query.id: query for query in queries}
        self._start_s, self._end_s = start_s, end_s
        self._results: dict[str, Value] = {}
        self._open: list[str] = []
        metrics = [query for query in queries if isinstance(query.source, MetricStat)]
        self._metrics = tuple(query.id for query in metrics)
        periods = [
            q.source.period_s for q in metrics if isinstance(q.source, MetricStat)
        ]
        self._period_s = min(periods, default=60)

    def lines_of(self, query: MetricDataQuery) -> Sequence[MetricSeries]:
        """The series of a query; raises AwsError where it has none."""
        try:
            value = self._value(query.id)
            if isinstance(value, float):
                raise QueryError("the result must be TS or TS[], not S")
        except QueryError as error:
            raise _in_expression(query.id, error) from error
        except RecursionError as error:
            raise validation_error(
                f"The expression {query.id} is nested too deeply"
            ) from error
        return value if isinstance(value, tuple) else (value,)

    def _value(self, name: str) -> Value:
        query = self._queries.get(name)
        if query is None:
            raise QueryError(f"unknown id {name!r}")
        if name in self._open:
            raise QueryError(f"{name!r} refers to itself")
        if name not in self._results:
            # Depth first; an id that is still open refers to itself.
            self._open.append(name)
            self._results[name] = self._computed(query)
            self._open.pop()
        return self._results[name]

    def _computed(self, query: MetricDataQuery) -> Value:
        source = query.source
        if not isinstance(source, MetricStat):
            length = query.period_s or self._period_s
            frame = EvaluationContext(self._value, self._metrics, self._grid, length)
            value = evaluate(source, frame)
            return (
                replace(value, label=query.id)
                if isinstance(value, MetricSeries)
                else value
            )
        start = self._first(source.period_s)
        points = self._core.series(
            source.metric,
            source.statistic,
            start,
            self._end_s,
            period_s=source.period_s,
            unit=source.unit,
        )
        label = query.label or source.metric.name
        return MetricSeries(points, source.period_s, label)

    def _first(self, period_s: int) -> int:
        return aligned(self._start_s, period_s, self._core.clock())

    def _grid(self, period_s: int) -> range:
        start, end = self._first(period_s), -int(-self._end_s // 1)
        times = range(start, end, period_s)
        if len(times) > MOST_POINTS:
            raise QueryError(f"a series of more than {MOST_POINTS} periods")
        return times


def _label(core: MetricsCore, query: MetricDataQuery, line: MetricSeries) -> str:
    if isinstance(query.source, MetricStat):
        default = query.source.metric.name
    else:
        default = line.label or query.id
    properties = (
        _properties(core, query.source) if isinstance(query.source, MetricStat) else {}
    )
    return label_of(query.label or default, LabeledSeries(line, default, properties))


def _properties(core: MetricsCore, stat: MetricStat) -> dict[str, str]:
    """The properties that `${PROP('…')}` may name."""
    return {
        "AccountId": core.account,
        "MetricName": stat.metric.name,
        "Namespace": stat.metric.namespace,
        "Period": str(stat.period_s),
        "Region": core.region,
        "Stat": stat.statistic,
        **{f"Dim.{name}": value for name, value in stat.metric.dimensions},
    }
