"""Metric math: expressions over series, as GetMetricData and alarms have them."""

from lab_emulators.aws.languages.metric_math.errors import MathError
from lab_emulators.aws.languages.metric_math.evaluate import Frame, evaluated
from lab_emulators.aws.languages.metric_math.parser import parse
from lab_emulators.aws.languages.metric_math.values import Line, Value

__all__ = ["Frame", "Line", "MathError", "Value", "evaluated", "parse"]
