"""Metric math: expressions over series, as GetMetricData and alarms have them."""

from lab_emulators.aws.languages.metric_math.compile import EvaluationContext, evaluate
from lab_emulators.aws.languages.metric_math.nodes import MathExpression
from lab_emulators.aws.languages.metric_math.parser import parse
from lab_emulators.aws.languages.metric_math.values import MetricSeries, Value

__all__ = [
    "EvaluationContext",
    "MathExpression",
    "MetricSeries",
    "Value",
    "evaluate",
    "parse",
]
