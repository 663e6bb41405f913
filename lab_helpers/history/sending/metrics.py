"""Metrics to CloudWatch: requests, failures and latencies by route and five minutes.

A metric has no ids: what is there is told by its counts and sums, which are asked for
first. A period whose numbers differ belongs to another day.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lab_helpers.clients.transport import aws
from lab_helpers.clients.transport.errors import CloudWatchError
from lab_helpers.history.sending.part import Part
from lab_helpers.history.sending.vendor import (
    Advance,
    ConfirmationError,
    SendingError,
    Vendor,
)
from lab_helpers.settings import Mode, Settings

PERIOD = pd.Timedelta(minutes=5)
MOST_DATA, MOST_VALUES, MOST_BYTES = 1000, 150, 1_000_000
"""Limits of one PutMetricData, whose body is a megabyte at most."""

VALUE_BYTES, DATUM_BYTES = 64, 600
"""Bytes of one value with its count, and of all else in a datum, at the most."""

REQUESTS, FAILURES, TOOK = "Requests", "Failures", "Took"
UNITS = {REQUESTS: "Count", FAILURES: "Count", TOOK: "Milliseconds"}

Key = tuple[str, str, pd.Timestamp]
"""Metric, route, and start of the period."""


@dataclass(frozen=True, slots=True)
class DataPoint:
    """One metric of a period and route: each different value, and how often it came."""

    metric: str
    route: str
    period: pd.Timestamp
    counts: Mapping[float, int]

    @property
    def key(self) -> Key:
        """What tells it from others."""
        return self.metric, self.route, self.period

    def matches(self, count: float, total: float) -> bool:
        """Tells whether these are so many values with that sum."""
        own = math.fsum(value * times for value, times in self.counts.items())
        near = math.isclose(total, own, rel_tol=1e-9, abs_tol=1e-9)
        return count == sum(self.counts.values()) and near


class CloudWatchMetrics(Vendor[DataPoint]):
    """CloudWatch metrics; a unit is one metric of one route in one period.

    A request counts 1 as `Requests`, and 1 or 0 as `Failures`, whose average is then
    the share of requests that failed.
    """

    title = "CloudWatch metrics"
    unit = "data point"
    event = "data point"
    reach_days = 14
    reach = "PutMetricData takes data of the last two weeks"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._metrics = aws.connect("cloudwatch", CloudWatchError)

    @property
    def mode(self) -> Mode:
        return self.settings.aws.mode

    def close(self) -> None:
        self._metrics.close()

    def total(self, part: Part) -> int:
        return len(data_of(part))

    def check(self, part: Part, now: pd.Timestamp) -> None:
        super().check(part, now)
        for name, moment in {"start": part.begin, "end": part.end}.items():
            if moment != moment.floor(PERIOD):
                raise SendingError(
                    f"{name!r} is {moment:%H:%M:%S}, but a data point is of five "
                    "minutes: choose a multiple of them."
                )

    def confirmation(self, part: Part, units: Sequence[DataPoint]) -> ConfirmationError:
        """Says, too, that AWS cannot tell for days what it has."""
        usual = super().confirmation(part, units)
        return ConfirmationError(
            f"{usual} CloudWatch takes up to 48 hours to show data older than a day: "
            "until then it cannot be asked, so send each day once."
        )

    def missing(self, part: Part) -> Sequence[DataPoint]:
        data = {point.key: point for point in data_of(part)}
        stored = self._stored(part)
        for key, (count, total) in stored.items():
            if key not in data or not data[key].matches(count, total):
                raise self.other_day(part)
        return [point for key, point in data.items() if key not in stored]

    def put(self, part: Part, units: Sequence[DataPoint], advance: Advance) -> None:
        for batch in batches(units):
            members = [datum for point in batch for datum in datums(point)]
            with aws.refusals("put_metric_data", CloudWatchError):
                self._metrics.put_metric_data(Namespace=part.name, MetricData=members)
            advance(len(batch))

    def _stored(self, part: Part) -> dict[Key, tuple[float, float]]:
        """Count and sum of each data point of the part's time that is there."""
        listed = aws.pages(
            self._metrics,
            "list_metrics",
            "Metrics",
            CloudWatchError,
            Namespace=part.name,
        )
        metrics = [metric for metric in listed if metric["MetricName"] in UNITS]
        stored: dict[Key, dict[str, float]] = {}
        for stat in ("SampleCount", "Sum"):
            for key, value in self._series(part, metrics, stat):
                stored.setdefault(key, {})[stat] = value
        return {key: (own["SampleCount"], own["Sum"]) for key, own in stored.items()}

    def _series(
        self, part: Part, metrics: Sequence[Mapping[str, Any]], stat: str
    ) -> Iterator[tuple[Key, float]]:
        """One statistic of every metric, period by period."""
        if not metrics:
            return
        seconds = int(PERIOD.total_seconds())
        queries = [
            {
                "Id": f"m{number}",
                "MetricStat": {"Metric": metric, "Period": seconds, "Stat": stat},
            }
            for number, metric in enumerate(metrics)
        ]
        results = aws.pages(
            self._metrics,
            "get_metric_data",
            "MetricDataResults",
            CloudWatchError,
            MetricDataQueries=queries,
            StartTime=part.begin.to_pydatetime(),
            EndTime=part.end.to_pydatetime(),
        )
        for result in results:
            metric = metrics[int(result["Id"][1:])]
            for at, value in zip(result["Timestamps"], result["Values"], strict=True):
                moment = pd.Timestamp(at).tz_convert("UTC")
                yield (metric["MetricName"], _route_of(metric), moment), value


def data_of(part: Part) -> list[DataPoint]:
    """The data points of a part, in order of time."""
    requests = part.requests
    rows = zip(
        requests["start"].dt.floor(PERIOD),
        requests["route"],
        requests["status"] >= 500,
        requests["duration_ms"],
        strict=True,
    )
    counted: dict[Key, Counter[float]] = {}
    for period, route, failed, took_ms in rows:
        values = {REQUESTS: 1.0, FAILURES: float(failed), TOOK: took_ms}
        for metric, value in values.items():
            counted.setdefault((metric, route, period), Counter())[value] += 1
    return [DataPoint(*key, counts) for key, counts in counted.items()]


def datums(point: DataPoint) -> Iterator[dict[str, Any]]:
    """A data point as MetricDatum, or as several where it has too many values."""
    values = sorted(point.counts)
    for first in range(0, len(values), MOST_VALUES):
        chosen = values[first : first + MOST_VALUES]
        yield {
            "MetricName": point.metric,
            "Dimensions": [{"Name": "Route", "Value": point.route}],
            "Timestamp": point.period.to_pydatetime(),
            "Values": chosen,
            "Counts": [float(point.counts[value]) for value in chosen],
            "Unit": UNITS[point.metric],
        }


def batches(points: Sequence[DataPoint]) -> Iterator[list[DataPoint]]:
    """Data points in requests within the limits; none is cut in two."""
    batch: list[DataPoint] = []
    members = size = 0
    for point in points:
        own = math.ceil(len(point.counts) / MOST_VALUES)
        octets = own * DATUM_BYTES + len(point.counts) * VALUE_BYTES
        if batch and (members + own > MOST_DATA or size + octets > MOST_BYTES):
            yield batch
            batch, members, size = [], 0, 0
        batch.append(point)
        members += own
        size += octets
    if batch:
        yield batch


def _route_of(metric: Mapping[str, Any]) -> str:
    named = {pair["Name"]: pair["Value"] for pair in metric.get("Dimensions", ())}
    return str(named.get("Route", ""))
