"""CloudWatch's logs, metrics and alarms as DataFrames, and an alarm's notifications."""

from lab_helpers.clients.cloudwatch.client import CloudWatchClient
from lab_helpers.clients.cloudwatch.notifications import NotificationQueue

__all__ = ["CloudWatchClient", "NotificationQueue"]
