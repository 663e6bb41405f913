"""PutMetricData: metric data, checked against AWS's limits.

"MetricDatum" and "PutMetricData", Amazon CloudWatch API Reference.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.metrics.core import MetricsCore, Operation, Parameters
from lab_emulators.aws.metrics.errors import (
    invalid_combination,
    invalid_value,
    missing_parameter,
)
from lab_emulators.aws.metrics.model import HIGH, STANDARD, UNITS, Datum, StatisticSet
from lab_emulators.aws.metrics.parameters import dimensions_in, seconds_of

MOST_DATA, MOST_VALUES, MOST_DIMENSIONS = 1000, 150, 30
LONGEST, LONGEST_VALUE = 255, 1024
OLDEST_S, NEWEST_S = 14 * 86_400, 2 * 3600
LARGEST = 2.0**360


def operations(core: MetricsCore) -> Mapping[str, Operation]:
    """PutMetricData."""

    def put(document: Parameters) -> dict[str, Any]:
        core.datapoints.put(metric_data(document, core.clock()))
        return {}

    return {"PutMetricData": put}


def metric_data(document: Parameters, now_s: float) -> list[Datum]:
    """The data of a request; raises AwsError that names the first fault."""
    if document.get("EntityMetricData"):
        text = "not emulated locally: cloudwatch.PutMetricData with EntityMetricData"
        raise AwsError("NotImplementedException", text, 501)
    namespace = document.get("Namespace", "")
    if not namespace or namespace.startswith((":", "AWS/")):
        raise invalid_value(
            f"The value {namespace} for parameter Namespace is invalid."
        )
    _check_length(namespace, "Namespace")
    data = document.get("MetricData")
    if not data:
        raise missing_parameter("MetricData")
    if len(data) > MOST_DATA:
        text = (
            f"The collection MetricData must not have a size greater than {MOST_DATA}."
        )
        raise invalid_value(text)
    return metric_data_in(namespace, data, now_s)


def metric_data_in(
    namespace: str, data: Sequence[Mapping[str, Any]], now_s: float
) -> list[Datum]:
    """The data of any namespace, AWS's own too; raises AwsError for the first fault."""
    return [
        _datum(namespace, datum, f"MetricData.member.{number}", now_s)
        for number, datum in enumerate(data, start=1)
    ]


def _datum(
    namespace: str, document: Mapping[str, Any], path: str, now_s: float
) -> Datum:
    name = document.get("MetricName")
    if not name:
        raise missing_parameter(f"{path}.MetricName")
    at = _time(document, path, now_s)
    values, counts, statistics = _values_or_statistics(document, path)
    _check_length(name, f"{path}.MetricName")
    dimensions = dimensions_in(document.get("Dimensions"))
    for named, value in dimensions:
        _check_length(named, f"{path}.Dimensions.Name")
        _check_length(value, f"{path}.Dimensions.Value", LONGEST_VALUE)
    if len(dict(dimensions)) < len(dimensions):
        raise invalid_value(f"{path}.Dimensions names a dimension twice.")
    if len(dimensions) > MOST_DIMENSIONS:
        raise invalid_value(
            f"{path}.Dimensions has more than {MOST_DIMENSIONS} dimensions."
        )
    unit, resolution = _unit_and_resolution(document, path)
    return Datum(
        namespace, name, dimensions, at, values, counts, unit, resolution, statistics
    )


def _check_length(text: str, path: str, longest: int = LONGEST) -> None:
    if not 1 <= len(text) <= longest:
        raise invalid_value(
            f"The parameter {path} must have 1 to {longest} characters."
        )


def _time(document: Mapping[str, Any], path: str, now_s: float) -> float:
    timestamp = document.get("Timestamp")
    at = now_s if timestamp is None else seconds_of(timestamp)
    if at < now_s - OLDEST_S:
        text = "must specify a time within the past two weeks."
        raise invalid_value(f"The parameter {path}.Timestamp {text}")
    if at > now_s + NEWEST_S:
        text = "must specify a time no more than two hours in the future."
        raise invalid_value(f"The parameter {path}.Timestamp {text}")
    return at


def _unit_and_resolution(document: Mapping[str, Any], path: str) -> tuple[str, int]:
    unit = document.get("Unit") or "None"
    if unit not in UNITS:
        raise invalid_value(f"The value {unit} for parameter {path}.Unit is invalid.")
    resolution = document.get("StorageResolution") or STANDARD
    if resolution not in (HIGH, STANDARD):
        text = f"The value {resolution} for parameter {path}.StorageResolution is"
        raise invalid_value(f"{text} invalid.")
    return unit, resolution


_Numbers = tuple[float, ...]


def _values_or_statistics(
    document: Mapping[str, Any], path: str
) -> tuple[_Numbers, _Numbers, StatisticSet | None]:
    forms = [n for n in ("Value", "Values", "StatisticValues") if _has(document, n)]
    if not forms:
        raise missing_parameter(f"{path}.Value")
    if len(forms) > 1:
        text = f"The parameters {path}.{forms[0]} and {path}.{forms[1]} are"
        raise invalid_combination(
            f"{text} mutually exclusive and you have specified both."
        )
    if document.get("Counts") and forms != ["Values"]:
        raise invalid_combination(f"{path}.Counts must come with {path}.Values.")
    if forms == ["StatisticValues"]:
        return (
            (),
            (),
            _statistics(document["StatisticValues"], f"{path}.StatisticValues"),
        )
    if forms == ["Value"]:
        return (_number(document["Value"], f"{path}.Value"),), (1.0,), None
    return *_values(document, path), None


def _values(document: Mapping[str, Any], path: str) -> tuple[_Numbers, _Numbers]:
    values = tuple(_number(value, f"{path}.Values") for value in document["Values"])
    counts = document.get("Counts") or [1.0] * len(values)
    counts = tuple(_number(count, f"{path}.Counts") for count in counts)
    if len(values) != len(counts):
        text = f"The parameters {path}.Values and {path}.Counts must be of the same"
        raise invalid_value(f"{text} size.")
    if len(values) > MOST_VALUES:
        raise invalid_value(f"{path}.Values has more than {MOST_VALUES} values.")
    if any(count < 0 for count in counts):
        raise invalid_value(f"{path}.Counts must not be negative.")
    return values, counts


def _statistics(document: Mapping[str, Any], path: str) -> StatisticSet:
    names = ("SampleCount", "Sum", "Minimum", "Maximum")
    count, total, low, high = (
        _number(document.get(name), f"{path}.{name}") for name in names
    )
    if count <= 0:
        raise invalid_value(f"{path}.SampleCount must be more than 0.")
    if low > high:
        raise invalid_value(f"{path}.Minimum must not be greater than {path}.Maximum.")
    return StatisticSet(count, total, low, high)


def _number(value: Any, path: str) -> float:
    if value is None:
        raise missing_parameter(path)
    number = float(value)
    if not math.isfinite(number) or abs(number) > LARGEST:
        raise invalid_value(f"The value {value} for parameter {path} is invalid.")
    return number


def _has(document: Mapping[str, Any], name: str) -> bool:
    return document.get(name) not in (None, [], {})
