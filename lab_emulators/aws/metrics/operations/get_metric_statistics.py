"""GetMetricStatistics: statistics of one metric, a data point for each period."""

from collections.abc import Iterable, Mapping
from typing import Any

from lab_emulators.aws.metrics.core import MetricsCore, Operation, Parameters
from lab_emulators.aws.metrics.errors import (
    invalid_combination,
    invalid_value,
    missing_parameter,
)
from lab_emulators.aws.metrics.model import UNITS, Metric
from lab_emulators.aws.metrics.parameters import (
    SHORT_PERIODS,
    aligned,
    dimensions_in,
    period,
    seconds,
    time_of,
)
from lab_emulators.aws.metrics.repository.datapoints_table import PeriodKey, PeriodRange
from lab_emulators.aws.metrics.statistics import SIMPLE, statistic_of

MOST_POINTS = 1440
SHORT_KEPT_S = 3 * 3600


def operations(core: MetricsCore) -> Mapping[str, Operation]:
    """GetMetricStatistics."""

    def statistics(parameters: Parameters) -> dict[str, Any]:
        for name in ("Namespace", "MetricName"):
            if not parameters.get(name):
                raise missing_parameter(name)
        simple, extended = _statistic_names(parameters)
        periods = period_range(parameters, core.clock())
        unit = parameters.get("Unit")
        if unit not in (None, *UNITS):
            raise invalid_value(f"The value {unit} for parameter Unit is invalid.")
        dimensions = dimensions_in(parameters.get("Dimensions"))
        metric = Metric(parameters["Namespace"], parameters["MetricName"], dimensions)
        points: dict[PeriodKey, dict[str, Any]] = {}
        if _is_retained(periods, core.clock()):
            points = _points(core, metric, periods, unit, simple)
            _extend(points, core, metric, periods, unit, extended)
        return {"Label": metric.name, "Datapoints": list(points.values())}

    return {"GetMetricStatistics": statistics}


def period_range(parameters: Parameters, now_s: float) -> PeriodRange:
    """The periods of a request; raises AwsError, also for too many of them."""
    start, end, length = (
        seconds(parameters, "StartTime"),
        seconds(parameters, "EndTime"),
        period(parameters),
    )
    if not start < end:
        text = "The parameter StartTime must be less than the parameter EndTime."
        raise invalid_combination(text)
    periods = PeriodRange(aligned(start, length, now_s), end, length)
    count = -int((periods.start_s - end) // length)
    if count > MOST_POINTS:
        raise invalid_combination(
            f"You have requested up to {count:,} datapoints, which exceeds the limit "
            f"of {MOST_POINTS:,}. You may reduce the datapoints requested by "
            "increasing Period, or decreasing the time range."
        )
    return periods


def _statistic_names(parameters: Parameters) -> tuple[list[str], list[str]]:
    simple, extended = (
        parameters.get("Statistics") or [],
        parameters.get("ExtendedStatistics") or [],
    )
    if bool(simple) == bool(extended):
        text = "Must specify either Statistics or ExtendedStatistics"
        raise invalid_combination(f"{text}, but not both.")
    for name in simple:
        if name not in SIMPLE:
            raise invalid_value(
                f"The value {name} for parameter Statistics is invalid."
            )
    for name in extended:
        if name in SIMPLE:
            text = "The value {name} for parameter ExtendedStatistics is invalid."
            raise invalid_value(text.format(name=name))
        statistic_of(name)
    return list(simple), list(extended)


def _is_retained(periods: PeriodRange, now_s: float) -> bool:
    """Tells whether such periods are retained: three hours, if below a minute."""
    short = periods.period_s in SHORT_PERIODS
    return not short or periods.start_s >= now_s - SHORT_KEPT_S - periods.period_s


def _points(
    core: MetricsCore,
    metric: Metric,
    periods: PeriodRange,
    unit: str | None,
    names: Iterable[str],
) -> dict[PeriodKey, dict[str, Any]]:
    """A data point for each period and unit; units are never mixed."""
    summaries = core.datapoints.summaries(metric, periods, unit, by_unit=True)
    return {
        key: {
            "Timestamp": time_of(key[0]),
            **{name: SIMPLE[name](summary) for name in names},
            "Unit": key[1],
        }
        for key, summary in summaries.items()
    }


def _extend(
    points: dict[PeriodKey, dict[str, Any]],
    core: MetricsCore,
    metric: Metric,
    periods: PeriodRange,
    unit: str | None,
    names: list[str],
) -> None:
    """Adds extended statistics, and drops data points that have none of them."""
    if not names:
        return
    spreads = core.datapoints.spreads(metric, periods, unit, by_unit=True)
    for key in list(points):
        percentiles: dict[str, float] = {}
        for name in names:
            measured = statistic_of(name).of_spread
            value = measured(spreads[key]) if measured and key in spreads else None
            if value is not None:
                percentiles[name] = value
        if percentiles:
            points[key]["ExtendedStatistics"] = percentiles
        else:
            del points[key]
