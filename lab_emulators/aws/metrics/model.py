"""Metrics and metric data, as the API Reference defines them."""

from dataclasses import dataclass

Dimensions = tuple[tuple[str, str], ...]
"""Name and value pairs; two that differ only in order are the same dimensions."""

Series = dict[int, float]
"""Start of a period in seconds since 1970 → its value, in order of time."""

UNITS = (
    "Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes",
    "Gigabytes", "Terabytes", "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits",
    "Percent", "Count", "Bytes/Second", "Kilobytes/Second", "Megabytes/Second",
    "Gigabytes/Second", "Terabytes/Second", "Bits/Second", "Kilobits/Second",
    "Megabits/Second", "Gigabits/Second", "Terabits/Second", "Count/Second", "None",
)  # fmt: skip
"""Every unit of a metric ("MetricDatum", Amazon CloudWatch API Reference)."""

STANDARD, HIGH = 60, 1
"""Storage resolutions in seconds."""


@dataclass(frozen=True, slots=True)
class StatisticSet:
    """`StatisticSet`: count, sum and extremes of values that were aggregated before."""

    count: float
    sum: float
    minimum: float
    maximum: float


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: namespace, name, and dimensions in order of their names."""

    namespace: str
    name: str
    dimensions: Dimensions = ()


@dataclass(frozen=True, slots=True)
class Datum:
    """`MetricDatum`: values of one metric at one time (seconds since 1970).

    `values[i]` occurred `counts[i]` times; with `statistics` there are no values.
    """

    namespace: str
    name: str
    dimensions: Dimensions
    time_s: float
    values: tuple[float, ...] = ()
    counts: tuple[float, ...] = ()
    unit: str = "None"
    resolution: int = STANDARD
    statistics: StatisticSet | None = None

    @property
    def metric(self) -> Metric:
        """The metric of the datum."""
        return Metric(self.namespace, self.name, tuple(sorted(self.dimensions)))
