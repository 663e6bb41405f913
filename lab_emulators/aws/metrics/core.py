"""Core of CloudWatch: the state its parts share, and the type of a part."""

from dataclasses import dataclass

from lab_emulators.aws.engine import Operation as Operation
from lab_emulators.aws.engine import Parameters as Parameters
from lab_emulators.aws.engine import ServiceCore
from lab_emulators.aws.metrics.model import Metric, Series
from lab_emulators.aws.metrics.repository.datapoints_table import (
    DatapointsTable,
    PeriodRange,
)
from lab_emulators.aws.metrics.statistics import statistic_of


@dataclass(kw_only=True, slots=True)
class MetricsCore(ServiceCore):
    """The archive of data points."""

    datapoints: DatapointsTable

    def series(
        self,
        metric: Metric,
        statistic: str,
        start_s: float,
        end_s: float,
        *,
        period_s: int,
        unit: str | None = None,
    ) -> Series:
        """A statistic of a metric for each period that has data, in order of time.

        The periods begin at `start_s` and every `period_s` seconds after it, up to
        `end_s`. `statistic` is as in GetMetricData (`Average`, `p99`, `tm90`);
        AwsError InvalidParameterValue names one that there is not. Without `unit` the
        data of all units count.
        """
        formula = statistic_of(statistic)
        window = PeriodRange(int(start_s), end_s, period_s)
        if formula.of_summary:
            summaries = self.datapoints.summaries(metric, window, unit)
            return {
                at: formula.of_summary(summary)
                for (at, _), summary in summaries.items()
            }
        spreads = self.datapoints.spreads(metric, window, unit)
        measured = formula.of_spread or (lambda spread: None)
        values = ((at, measured(spread)) for (at, _), spread in spreads.items())
        return {at: value for at, value in values if value is not None}
