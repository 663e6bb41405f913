"""Labels of GetMetricData's results, with the live values of dynamic labels.

"Use dynamic labels", Amazon CloudWatch User Guide. Values relative to now are not
emulated, and refused by name.
"""

import math
import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lab_emulators.aws.languages.metric_math import MetricSeries
from lab_emulators.aws.metrics.errors import validation_error
from lab_emulators.aws.metrics.parameters import time_of

_LIVE = re.compile(r"\$\{\s*([^}]*?)\s*\}")
_PROPERTY = re.compile(r"PROP\(\s*(['\"])(.+?)\1\s*\)")

_Numbers = Sequence[float]
_OF_VALUES: Mapping[str, Callable[[_Numbers], float]] = {
    "AVG": statistics.fmean,
    "DATAPOINT_COUNT": lambda values: float(len(values)),
    "FIRST": lambda values: values[0],
    "FIRST_LAST_RANGE": lambda values: values[-1] - values[0],
    "LAST": lambda values: values[-1],
    "MAX": max,
    "MAX_MIN_RANGE": lambda values: max(values) - min(values),
    "MIN": min,
    "SUM": math.fsum,
}
_TIMES: Mapping[str, Callable[[MetricSeries], int]] = {
    "FIRST_TIME": lambda line: min(line.points),
    "LAST_TIME": lambda line: max(line.points),
    "MAX_TIME": lambda line: max(line.points, key=line.points.__getitem__),
    "MIN_TIME": lambda line: min(line.points, key=line.points.__getitem__),
}


@dataclass(frozen=True, slots=True)
class LabeledSeries:
    """A series with its default label, and the properties that labels may name."""

    line: MetricSeries
    default: str
    properties: Mapping[str, str] = field(default_factory=dict)


def label_of(template: str, series: LabeledSeries) -> str:
    """The label with every live value filled in; "--" where there is no data.

    Raises AwsError ValidationError for a live value that is not known.
    """
    return _LIVE.sub(lambda match: _live(match[1], series), template)


def _live(name: str, series: LabeledSeries) -> str:
    if name == "LABEL":
        return series.default
    if named := _PROPERTY.fullmatch(name):
        return series.properties.get(named[2], "--")
    if name not in _OF_VALUES and name not in _TIMES:
        raise validation_error(f"not emulated locally: the dynamic label ${{{name}}}")
    if not series.line.points:
        return "--"
    if name in _TIMES:
        return time_of(_TIMES[name](series.line)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{_OF_VALUES[name](list(series.line.points.values())):.6g}"
