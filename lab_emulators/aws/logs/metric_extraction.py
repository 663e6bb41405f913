"""What metric filters make of log events: one data point a minute and value.

"Filter pattern syntax for metric filters" and "Creating metrics from log events using
filters" (CloudWatch Logs user guide). Where they are silent the choice is ours: an
event whose value or dimension is missing or no number adds nothing, and a default is
reported for a minute in which a batch had events, but none so far that added a value.
"""

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from lab_emulators.aws.languages.filter_pattern import Match
from lab_emulators.aws.logs.core import Core
from lab_emulators.aws.logs.model import Accepted
from lab_emulators.aws.logs.repository.filter_repository import Filter
from lab_emulators.aws.metrics.model import Datum, Dimensions

MINUTE_MS = 60_000
MINUTES_REMEMBERED = 1000

Found = tuple[int, Dimensions, float]
"""Minute since 1970, dimensions and value of one event that matched."""


class MetricFilter(Filter):
    """A metric filter: what it makes of a message."""

    __slots__ = ()

    @property
    def metric(self) -> str:
        """The metric's name."""
        return str(self._made["metricName"])

    @property
    def namespace(self) -> str:
        """The metric's namespace."""
        return str(self._made["metricNamespace"])

    @property
    def default(self) -> float | None:
        """What is reported where nothing matched, None for nothing."""
        value = self._made.get("defaultValue")
        return None if value is None else float(value)

    def measure(self, message: str) -> tuple[Dimensions, float] | None:
        """Dimensions and value of a message that matches and has them."""
        found = self.pattern.match(message)
        if found is None:
            return None
        value = _value(self._made["metricValue"], found)
        dimensions = list(self._dimensions(found))
        if value is None or any(text == "" for _, text in dimensions):
            return None
        return tuple(dimensions), value

    def datum(
        self, minute: int, dimensions: Dimensions, values: Mapping[float, int]
    ) -> Datum:
        """A minute's values, each with how often it was seen."""
        return Datum(
            self.namespace,
            self.metric,
            dimensions,
            minute * 60.0,
            tuple(values),
            tuple(map(float, values.values())),
            self._made.get("unit") or "None",
        )

    @property
    def _made(self) -> Mapping[str, Any]:
        made: Mapping[str, Any] = self.document["metricTransformations"][0]
        return made

    def _dimensions(self, found: Match) -> Iterator[tuple[str, str]]:
        for name, selector in (self._made.get("dimensions") or {}).items():
            yield name, found.value(selector) or ""


class Extraction:
    """Turns accepted batches into metric data."""

    def __init__(
        self, core: Core, filters_of: Callable[[str], Sequence[MetricFilter]]
    ) -> None:
        self._core = core
        self._filters_of = filters_of
        self._lock = threading.Lock()
        self._reported: OrderedDict[tuple[str, str, int], None] = OrderedDict()

    def take(self, accepted: Accepted) -> None:
        """Publish what the group's filters make of a batch that was just stored."""
        filters = self._filters_of(accepted.group)
        if not filters:
            return
        events = list(accepted.events)
        data = [datum for each in filters for datum in self._data(each, events)]
        if data:
            self._core.publish_metrics(data)

    def _data(
        self, kept: MetricFilter, events: Sequence[tuple[int, str]]
    ) -> list[Datum]:
        found = list(_found(kept, events))
        data = [
            kept.datum(minute, dimensions, values)
            for (minute, dimensions), values in _by_minute(found).items()
        ]
        default = kept.default
        if default is not None:
            minutes = self._unmatched(kept, events, found)
            data += [kept.datum(minute, (), {default: 1}) for minute in minutes]
        return data

    def _unmatched(
        self,
        kept: MetricFilter,
        events: Sequence[tuple[int, str]],
        found: Iterable[Found],
    ) -> list[int]:
        """Minutes with events of which nothing was reported so far, now or before."""
        matched = {minute for minute, _, _ in found}
        minutes = sorted({stamp // MINUTE_MS for stamp, _ in events} | matched)
        with self._lock:
            new = [minute for minute in minutes if self._is_new(kept, minute)]
        return [minute for minute in new if minute not in matched]

    def _is_new(self, kept: MetricFilter, minute: int) -> bool:
        key = (kept.group, kept.name, minute)
        known = key in self._reported
        self._reported[key] = None
        self._reported.move_to_end(key)
        if len(self._reported) > MINUTES_REMEMBERED:
            self._reported.popitem(last=False)
        return not known


def _found(kept: MetricFilter, events: Iterable[tuple[int, str]]) -> Iterator[Found]:
    for stamp, message in events:
        measured = kept.measure(message)
        if measured is not None:
            yield stamp // MINUTE_MS, *measured


def _by_minute(
    found: Iterable[Found],
) -> dict[tuple[int, Dimensions], Counter[float]]:
    grouped: dict[tuple[int, Dimensions], Counter[float]] = {}
    for minute, dimensions, value in found:
        grouped.setdefault((minute, dimensions), Counter())[value] += 1
    return grouped


def _value(given: str, found: Match) -> float | None:
    """The metric's value: a number, or what a selector leads to if that is one."""
    return found.number(given) if given.startswith("$") else float(given)
