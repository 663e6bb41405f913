"""CloudWatch's logs, metrics and alarms as DataFrames."""

from lab_helpers.clients.cloudwatch.client import CloudWatchClient

__all__ = ["CloudWatchClient"]
