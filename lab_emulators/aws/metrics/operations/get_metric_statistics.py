"""GetMetricStatistics: statistics of one metric, a data point for each period."""

from collections.abc import Iterable, Mapping
from typing import Any

from lab_emulators.aws.metrics.core import Core, Operation, Parameters
from lab_emulators.aws.metrics.model import UNITS, Metric
from lab_emulators.aws.metrics.parameters import (
    SHORT_PERIODS,
    aligned,
    conflicting,
    dimensions_in,
    invalid,
    missing,
    period,
    seconds,
    time_of,
)
from lab_emulators.aws.metrics.repository.datapoints_table import Place, Window
from lab_emulators.aws.metrics.statistics import SIMPLE, statistic_of

MOST_POINTS = 1440
SHORT_KEPT_S = 3 * 3600


def operations(core: Core) -> Mapping[str, Operation]:
    """GetMetricStatistics."""

    def statistics(given: Parameters) -> dict[str, Any]:
        for name in ("Namespace", "MetricName"):
            if not given.get(name):
                raise missing(name)
        simple, extended = _asked(given)
        window = window_of(given, core.clock())
        unit = given.get("Unit")
        if unit not in (None, *UNITS):
            raise invalid(f"The value {unit} for parameter Unit is invalid.")
        dimensions = dimensions_in(given.get("Dimensions"))
        metric = Metric(given["Namespace"], given["MetricName"], dimensions)
        points: dict[Place, dict[str, Any]] = {}
        if _kept(window, core.clock()):
            points = _points(core, metric, window, unit, simple)
            _extend(points, core, metric, window, unit, extended)
        return {"Label": metric.name, "Datapoints": list(points.values())}

    return {"GetMetricStatistics": statistics}


def window_of(given: Parameters, now_s: float) -> Window:
    """The periods that are asked for; raises AwsError, also for too many of them."""
    start, end, length = (
        seconds(given, "StartTime"),
        seconds(given, "EndTime"),
        period(given),
    )
    if not start < end:
        text = "The parameter StartTime must be less than the parameter EndTime."
        raise conflicting(text)
    window = Window(aligned(start, length, now_s), end, length)
    count = -int((window.start_s - end) // length)
    if count > MOST_POINTS:
        raise conflicting(
            f"You have requested up to {count:,} datapoints, which exceeds the limit "
            f"of {MOST_POINTS:,}. You may reduce the datapoints requested by "
            "increasing Period, or decreasing the time range."
        )
    return window


def _asked(given: Parameters) -> tuple[list[str], list[str]]:
    simple, extended = (
        given.get("Statistics") or [],
        given.get("ExtendedStatistics") or [],
    )
    if bool(simple) == bool(extended):
        text = "Must specify either Statistics or ExtendedStatistics"
        raise conflicting(f"{text}, but not both.")
    for name in simple:
        if name not in SIMPLE:
            raise invalid(f"The value {name} for parameter Statistics is invalid.")
    for name in extended:
        if name in SIMPLE:
            text = "The value {name} for parameter ExtendedStatistics is invalid."
            raise invalid(text.format(name=name))
        statistic_of(name)
    return list(simple), list(extended)


def _kept(window: Window, now_s: float) -> bool:
    """Whether data are kept that finely: periods below a minute, for three hours."""
    short = window.period_s in SHORT_PERIODS
    return not short or window.start_s >= now_s - SHORT_KEPT_S - window.period_s


def _points(
    core: Core, metric: Metric, window: Window, unit: str | None, names: Iterable[str]
) -> dict[Place, dict[str, Any]]:
    """A data point for each period and unit: units are never mixed here."""
    told = core.archive.summaries(metric, window, unit, by_unit=True)
    return {
        place: {
            "Timestamp": time_of(place[0]),
            **{name: SIMPLE[name](summary) for name in names},
            "Unit": place[1],
        }
        for place, summary in told.items()
    }


def _extend(
    points: dict[Place, dict[str, Any]],
    core: Core,
    metric: Metric,
    window: Window,
    unit: str | None,
    names: list[str],
) -> None:
    """Add the statistics of spreads; a point that has none of them goes."""
    if not names:
        return
    spreads = core.archive.spreads(metric, window, unit, by_unit=True)
    for place in list(points):
        found: dict[str, float] = {}
        for name in names:
            measured = statistic_of(name).of_spread
            value = measured(spreads[place]) if measured and place in spreads else None
            if value is not None:
                found[name] = value
        if found:
            points[place]["ExtendedStatistics"] = found
        else:
            del points[place]
