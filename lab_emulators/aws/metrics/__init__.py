"""CloudWatch's metrics and alarms: plain data in, plain data out."""

from lab_emulators.aws.metrics.engine import Metrics

__all__ = ["Metrics"]
