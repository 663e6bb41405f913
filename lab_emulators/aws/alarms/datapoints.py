"""The condition of an alarm, and the data points of its metric."""

import re
from collections.abc import Mapping
from decimal import Decimal

from lab_emulators.aws.alarms.errors import validation_error
from lab_emulators.aws.alarms.evaluation import (
    Comparison,
    Condition,
    Datapoint,
    MissingData,
    evaluation_range,
)
from lab_emulators.aws.alarms.model import Alarm, Settings
from lab_emulators.aws.alarms.state_reasons import period_of
from lab_emulators.aws.metrics.core import MetricsCore
from lab_emulators.aws.metrics.metric_data_queries import queries_in, results
from lab_emulators.aws.metrics.model import Metric, Series
from lab_emulators.aws.metrics.parameters import dimensions_in

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")


def condition_of(settings: Settings) -> Condition:
    """The condition of a metric alarm's settings."""
    missing = MissingData(settings.get("TreatMissingData", MissingData.MISSING))
    if settings.get("Namespace") == "AWS/DynamoDB":  # PutMetricAlarm, TreatMissingData
        missing = MissingData.IGNORE
    return Condition(
        Comparison(settings["ComparisonOperator"]),
        float(settings["Threshold"]),
        settings["EvaluationPeriods"],
        settings.get("DatapointsToAlarm", settings["EvaluationPeriods"]),
        missing,
    )


def step_of(settings: Settings) -> int:
    """Interval of an alarm's evaluations in seconds: a minute, or a shorter period."""
    return min(60, period_of(settings))


def check_series(core: MetricsCore, settings: Settings) -> None:
    """Reads the alarm's series once; raises AwsError where that is impossible."""
    step = step_of(settings)
    end = int(core.clock() // step) * step
    period = period_of(settings)
    _series(core, settings, range(end - period, end, period))


def points(core: MetricsCore, alarm: Alarm, end_s: int) -> list[Datapoint]:
    """The evaluation range that ends at `end_s`, oldest first."""
    settings = alarm.settings
    period = period_of(settings)
    count = evaluation_range(settings["EvaluationPeriods"])
    starts = range(end_s - count * period, end_s, period)
    series = _series(core, settings, starts)
    return [Datapoint(start, series.get(start)) for start in starts]


def samples(core: MetricsCore, alarm: Alarm, evaluated: list[Datapoint]) -> Series:
    """Sample count of each data point; {} for metric math, which has none."""
    if "Metrics" in alarm.settings or not evaluated:
        return {}
    period = period_of(alarm.settings)
    starts = range(evaluated[0].start_s, evaluated[-1].start_s + 1, period)
    return _one(core, alarm.settings, "SampleCount", starts)


def too_few(settings: Settings, counts: Mapping[int, float]) -> bool:
    """Tells whether a percentile has too few samples to change the alarm's state.

    By "Percentile-based CloudWatch alarms and low data samples"; data without any
    sample are missing, which is the subject of another setting.
    """
    ignored = settings.get("EvaluateLowSampleCountPercentile") == "ignore"
    if not ignored or not counts:
        return False
    named = _PERCENTILE.fullmatch(settings.get("ExtendedStatistic", ""))
    if named is None:
        return False
    percent = Decimal(named[1])
    rare = float(min(percent, 100 - percent))
    return sum(counts.values()) * rare < 10 * 100


def _series(core: MetricsCore, settings: Settings, starts: range) -> Series:
    if "Metrics" in settings:
        return _computed(core, settings, starts)
    statistic = settings.get("Statistic") or settings["ExtendedStatistic"]
    return _one(core, settings, statistic, starts)


def _computed(core: MetricsCore, settings: Settings, starts: range) -> Series:
    queries = queries_in(settings["Metrics"])
    answers = results(core, queries, starts.start, starts.stop)
    if len(answers) != 1:
        raise validation_error(f"An alarm needs one time series, not {len(answers)}")
    return answers[0].line.points


def _one(
    core: MetricsCore, settings: Settings, statistic: str, starts: range
) -> Series:
    dimensions = dimensions_in(settings.get("Dimensions"))
    metric = Metric(settings["Namespace"], settings["MetricName"], dimensions)
    return core.series(
        metric,
        statistic,
        starts.start,
        starts.stop,
        period_s=starts.step,
        unit=settings.get("Unit"),
    )
