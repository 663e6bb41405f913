"""Metric math: expressions over series, as GetMetricData and alarms have them."""

from lab_helpers.emulators.aws.metrics.math.errors import MathError
from lab_helpers.emulators.aws.metrics.math.evaluate import Frame, evaluated
from lab_helpers.emulators.aws.metrics.math.parse import parse
from lab_helpers.emulators.aws.metrics.math.values import Line, Value

__all__ = ["Frame", "Line", "MathError", "Value", "evaluated", "parse"]
