"""CloudWatch alarms: they change state by themselves, and tell others that they did."""

from lab_emulators.aws.metrics.alarms.actions import Outlets
from lab_emulators.aws.metrics.alarms.alarms import Alarms

__all__ = ["Alarms", "Outlets"]
