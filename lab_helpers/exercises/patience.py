"""Patience of a check: how long a service may take until what it got can be read.

It belongs to the service that is read, in its own vendor's mode: X-Ray of a real AWS
account is slow whether Honeycomb is emulated or not.
"""

from enum import StrEnum

from lab_helpers.settings import Mode, Settings


class DataSource(StrEnum):
    """A service from which checks read what has arrived."""

    HONEYCOMB = "honeycomb"
    XRAY = "xray"
    LOGS = "cloudwatch_logs"
    METRICS = "cloudwatch_metrics"
    ALARMS = "cloudwatch_alarms"
    ROLLBAR = "rollbar"


EMULATED_S = 2.0
"""An emulator answers at once; this is for a busy machine."""

MARGIN_S = 40.0
"""On the way to a real service, and in the queues of one, time goes by as well."""

UNPUBLISHED_S = 10.0
"""Where a vendor publishes no delay: our choice."""

# As in the files of facts in data/: Honeycomb cuts the present minute off a query, a
# new metric takes two minutes, an alarm's state one minute more.
DELAYS_S = {
    DataSource.HONEYCOMB: 60.0,
    DataSource.XRAY: 30.0,
    DataSource.METRICS: 120.0,
    DataSource.ALARMS: 180.0,
}
"""Seconds until the real service's data can be read, where its vendor says so."""


def patience_of(source: DataSource, settings: Settings) -> float:
    """Seconds that a check waits for data in this source.

    `LAB_PATIENCE_S` decides for all of them where it is set.
    """
    if settings.patience_s is not None:
        return settings.patience_s
    if _mode_of(source, settings) is not Mode.REAL:
        return EMULATED_S
    return DELAYS_S.get(source, UNPUBLISHED_S) + MARGIN_S


def _mode_of(source: DataSource, settings: Settings) -> Mode:
    match source:
        case DataSource.HONEYCOMB:
            return settings.honeycomb.mode
        case DataSource.ROLLBAR:
            return settings.rollbar.mode
        case _:
            return settings.aws.mode
