"""Embedded metric format: log events that carry metrics.

The rules are those of "Specification: Embedded metric format" in the CloudWatch user
guide. What breaks them makes no metric and stays a log line: it is counted in the
metrics `EMFParsingErrors` and `EMFValidationErrors` of the namespace `AWS/Logs`, as
AWS does, and `LogsCore.not_embedded` counts the reasons.
"""

import json
import math
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lab_emulators.aws.logs.core import LogsCore, Operation
from lab_emulators.aws.logs.model import AcceptedBatch
from lab_emulators.aws.metrics.model import HIGH, STANDARD, UNITS, Datum

MAX_DIMENSIONS = 30
MAX_METRICS = 100
MAX_VALUES = 100
MAX_NAME = 1024
MAX_NAMESPACE = 256
OLDEST_MS = 14 * 86_400_000
NEWEST_MS = 2 * 3_600_000

_MARK = '"_aws"'


class EmbeddedMetricError(ValueError):
    """Reason why an event with `_aws` makes no metrics.

    `counted` is the name of the metric in which AWS counts it.
    """

    counted = "EMFValidationErrors"


class EmbeddedJsonError(EmbeddedMetricError):
    """The event is not valid JSON."""

    counted = "EMFParsingErrors"


def operations(core: LogsCore) -> Mapping[str, Operation]:
    """The operations it offers, which are none: it reads every event accepted."""
    core.accepted.append(EmbeddedMetrics(core).publish)
    return {}


class EmbeddedMetrics:
    """Publishes the metrics that accepted events carry."""

    def __init__(self, core: LogsCore) -> None:
        self._core = core
        self._lock = threading.Lock()

    def publish(self, accepted: AcceptedBatch) -> None:
        """Publishes the metrics of a batch that was just stored."""
        texts = accepted.events.messages
        if not _may_have_marks(texts):
            return
        marked = texts.filter(pc.match_substring(texts, _MARK)).to_pylist()
        errors: Counter[str] = Counter()
        data = [datum for each in marked for datum in self._measured(each, errors)]
        data += self._failures(accepted.group, errors)
        if data:
            self._core.publish_metrics(data)

    def _measured(self, message: str, errors: Counter[str]) -> list[Datum]:
        try:
            return data_of(message, self._core.now_ms())
        except EmbeddedMetricError as reason:
            errors[reason.counted] += 1
            with self._lock:
                self._core.not_embedded[str(reason)] += 1
            return []

    def _failures(self, group: str, errors: Counter[str]) -> Iterator[Datum]:
        """Metrics that count failures ("Monitoring with CloudWatch metrics")."""
        where = (("LogGroupName", group),)
        now_s = self._core.now_ms() / 1000
        for name, count in errors.items():
            yield Datum("AWS/Logs", name, where, now_s, (1.0,), (float(count),))


def _may_have_marks(texts: pa.StringArray) -> bool:
    """Tells whether `_aws` occurs in the memory of these texts: one fast search."""
    memory = texts.buffers()[2]
    return memory is not None and _MARK.encode() in memory.to_pybytes()


def data_of(message: str, now_ms: int) -> list[Datum]:
    """Metric data of one log event; [] if it has no `_aws` with CloudWatchMetrics.

    Raises NotEmbedded for an event that breaks the format: none of its metrics counts.
    """
    root = _json(message)
    if not isinstance(root, dict):
        return []
    about = root.get("_aws")
    if not isinstance(about, dict) or "CloudWatchMetrics" not in about:
        return []
    time_s = _time(about.get("Timestamp"), now_ms)
    directives = about["CloudWatchMetrics"]
    _require(_is_list(directives), "'CloudWatchMetrics' must be a list")
    return [each for directive in directives for each in _data(directive, root, time_s)]


def _data(directive: Any, root: Mapping[str, Any], time_s: float) -> Iterator[Datum]:
    _require(isinstance(directive, dict), "a metric directive must be an object")
    namespace = directive.get("Namespace")
    _require(_is_text(namespace, MAX_NAMESPACE), "'Namespace' must be a string")
    sets = list(_dimension_sets(directive.get("Dimensions"), root))
    metrics = directive.get("Metrics")
    _require(_is_list(metrics), "'Metrics' must be a list")
    _require(len(metrics) <= MAX_METRICS, f"more than {MAX_METRICS} 'Metrics'")
    for definition in metrics:
        name, values, unit, resolution = _metric(definition, root)
        counts = (1.0,) * len(values)
        for dimensions in sets:
            yield Datum(
                namespace, name, dimensions, time_s, values, counts, unit, resolution
            )


def _metric(
    definition: Any, root: Mapping[str, Any]
) -> tuple[str, tuple[float, ...], str, int]:
    _require(isinstance(definition, dict), "a metric definition must be an object")
    name = definition.get("Name")
    _require(_is_text(name, MAX_NAME), "'Name' of a metric must be a string")
    _require(name in root, "'Name' of a metric has no member at the root")
    unit = definition.get("Unit", "None")
    _require(unit in UNITS, "'Unit' is none of CloudWatch's")
    resolution = definition.get("StorageResolution", STANDARD)
    _require(resolution in (STANDARD, HIGH), "'StorageResolution' must be 1 or 60")
    return name, _values(root[name]), unit, int(resolution)


def _values(value: Any) -> tuple[float, ...]:
    numbers = value if isinstance(value, list) else [value]
    _require(all(map(_is_number, numbers)), "a metric's value must be a number")
    _require(0 < len(numbers) <= MAX_VALUES, f"a metric needs 1 to {MAX_VALUES} values")
    return tuple(map(float, numbers))


def _dimension_sets(
    sets: Any, root: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, str], ...]]:
    _require(_is_list(sets) and sets != [], "'Dimensions' must be a list of lists")
    for names in sets:
        _require(_is_list(names), "'Dimensions' must be a list of lists")
        _require(
            len(names) <= MAX_DIMENSIONS,
            f"more than {MAX_DIMENSIONS} dimensions",
        )
        yield tuple(_dimension(name, root) for name in dict.fromkeys(map(_name, names)))


def _name(name: Any) -> str:
    _require(_is_text(name, MAX_NAME), "a dimension's name must be a string")
    return str(name)


def _dimension(name: str, root: Mapping[str, Any]) -> tuple[str, str]:
    _require(name in root, "a dimension has no member at the root")
    value = root[name]
    _require(_is_text(value, MAX_NAME), "a dimension's value must be a string")
    return name, value


def _time(stamp: Any, now_ms: int) -> float:
    _require(_is_number(stamp), "'Timestamp' must be a number")
    known = now_ms - OLDEST_MS <= stamp <= now_ms + NEWEST_MS
    _require(known, "'Timestamp' is too far from now")
    return float(stamp) / 1000


def _json(message: str) -> Any:
    try:
        return json.loads(message)
    except (ValueError, RecursionError) as error:
        raise EmbeddedJsonError("the event is not valid JSON") from error


def _require(met: bool, reason: str) -> None:  # noqa: FBT001 - reads as an assert
    if not met:
        raise EmbeddedMetricError(reason)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_text(value: Any, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest


def _is_number(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(value) < 2**360 and math.isfinite(value)
