"""What the parts of the engine share, and how a part offers its operations."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lab_helpers.emulators.aws.metrics.archive import Archive
from lab_helpers.emulators.aws.metrics.model import Metric, Series
from lab_helpers.emulators.store import Store

Parameters = Mapping[str, Any]
Operation = Callable[[Parameters], dict[str, Any]]
"""Parameters in botocore's names, plain answer; times are datetimes or seconds."""


@dataclass(frozen=True, slots=True)
class Core:
    """The archive of data points, the store beneath it, the clock (seconds)."""

    archive: Archive
    store: Store
    clock: Callable[[], float]
    region: str = "us-east-1"
    account: str = "123456789012"

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
        """A statistic of a metric for each period that has data, from `start_s` on.

        The periods begin at multiples of `period_s`, and those that begin before
        `end_s` are told. `statistic` is as in GetMetricData (`Average`, `p99`,
        `tm90`); AwsError InvalidParameterValue names one we do not know.
        """
        raise NotImplementedError
