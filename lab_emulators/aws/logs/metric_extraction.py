"""Metric data from log events by metric filters: a value for each minute.

"Filter pattern syntax for metric filters" and "Creating metrics from log events using
filters" (CloudWatch Logs user guide). Where they are silent the choice is ours: an
event whose value or dimension is missing or no number adds nothing, and a default is
reported for a minute in which a batch had events, but none so far that added a value.
"""

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from lab_emulators.aws.languages.filter_pattern import PatternMatch
from lab_emulators.aws.logs.core import LogsCore
from lab_emulators.aws.logs.model import AcceptedBatch
from lab_emulators.aws.logs.repository.filter_repository import EventFilter
from lab_emulators.aws.metrics.model import Datum, Dimensions

MINUTE_MS = 60_000
MINUTES_REMEMBERED = 1000

MetricValue = tuple[int, Dimensions, float]
"""Minute since 1970, dimensions and value of one event that matched."""


class MetricFilter(EventFilter):
    """A metric filter, which makes metric values from messages."""

    __slots__ = ()

    @property
    def metric(self) -> str:
        """The metric's name."""
        return str(self._transformation["metricName"])

    @property
    def namespace(self) -> str:
        """The metric's namespace."""
        return str(self._transformation["metricNamespace"])

    @property
    def default(self) -> float | None:
        """`defaultValue`, reported where nothing matched; None where there is none."""
        value = self._transformation.get("defaultValue")
        return None if value is None else float(value)

    def measure(self, message: str) -> tuple[Dimensions, float] | None:
        """Dimensions and value of a message, None unless it matches and has them."""
        match = self.pattern.match(message)
        if match is None:
            return None
        value = _value(self._transformation["metricValue"], match)
        dimensions = list(self._dimensions(match))
        if value is None or any(text == "" for _, text in dimensions):
            return None
        return tuple(dimensions), value

    def datum(
        self, minute: int, dimensions: Dimensions, values: Mapping[float, int]
    ) -> Datum:
        """Metric data of a minute: values, each with its count."""
        return Datum(
            self.namespace,
            self.metric,
            dimensions,
            minute * 60.0,
            tuple(values),
            tuple(map(float, values.values())),
            self._transformation.get("unit") or "None",
        )

    @property
    def _transformation(self) -> Mapping[str, Any]:
        transformation: Mapping[str, Any] = self.document["metricTransformations"][0]
        return transformation

    def _dimensions(self, match: PatternMatch) -> Iterator[tuple[str, str]]:
        for name, selector in (self._transformation.get("dimensions") or {}).items():
            yield name, match.value(selector) or ""


class MetricExtraction:
    """Publishes metric data for accepted batches."""

    def __init__(
        self, core: LogsCore, filters_of: Callable[[str], Sequence[MetricFilter]]
    ) -> None:
        self._core = core
        self._filters_of = filters_of
        self._lock = threading.Lock()
        self._reported: OrderedDict[tuple[str, str, int], None] = OrderedDict()

    def publish(self, accepted: AcceptedBatch) -> None:
        """Publishes the metric data of a batch that was just stored."""
        filters = self._filters_of(accepted.group)
        if not filters:
            return
        events = list(accepted.events)
        data = [datum for each in filters for datum in self._data(each, events)]
        if data:
            self._core.publish_metrics(data)

    def _data(
        self, metric_filter: MetricFilter, events: Sequence[tuple[int, str]]
    ) -> list[Datum]:
        extracted = list(_metric_values(metric_filter, events))
        data = [
            metric_filter.datum(minute, dimensions, values)
            for (minute, dimensions), values in _by_minute(extracted).items()
        ]
        default = metric_filter.default
        if default is not None:
            minutes = self._unmatched(metric_filter, events, extracted)
            data += [
                metric_filter.datum(minute, (), {default: 1}) for minute in minutes
            ]
        return data

    def _unmatched(
        self,
        metric_filter: MetricFilter,
        events: Sequence[tuple[int, str]],
        extracted: Iterable[MetricValue],
    ) -> list[int]:
        """Minutes with events for which no value was reported, now or before."""
        matched = {minute for minute, _, _ in extracted}
        minutes = sorted({stamp // MINUTE_MS for stamp, _ in events} | matched)
        with self._lock:
            new = [minute for minute in minutes if self._is_new(metric_filter, minute)]
        return [minute for minute in new if minute not in matched]

    def _is_new(self, metric_filter: MetricFilter, minute: int) -> bool:
        key = (metric_filter.group, metric_filter.name, minute)
        known = key in self._reported
        self._reported[key] = None
        self._reported.move_to_end(key)
        if len(self._reported) > MINUTES_REMEMBERED:
            self._reported.popitem(last=False)
        return not known


def _metric_values(
    metric_filter: MetricFilter, events: Iterable[tuple[int, str]]
) -> Iterator[MetricValue]:
    for stamp, message in events:
        measured = metric_filter.measure(message)
        if measured is not None:
            yield stamp // MINUTE_MS, *measured


def _by_minute(
    extracted: Iterable[MetricValue],
) -> dict[tuple[int, Dimensions], Counter[float]]:
    grouped: dict[tuple[int, Dimensions], Counter[float]] = {}
    for minute, dimensions, value in extracted:
        grouped.setdefault((minute, dimensions), Counter())[value] += 1
    return grouped


def _value(source: str, match: PatternMatch) -> float | None:
    """`metricValue`: a number, or the value of a selector if that is a number."""
    return match.number(source) if source.startswith("$") else float(source)
