"""PutMetricData: what is sent, held against the limits AWS states.

"MetricDatum" and "PutMetricData", Amazon CloudWatch API Reference.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.metrics.core import Core, Operation, Parameters
from lab_emulators.aws.metrics.model import HIGH, STANDARD, UNITS, Datum, StatisticSet
from lab_emulators.aws.metrics.parameters import (
    conflicting,
    dimensions_in,
    invalid,
    missing,
    seconds_of,
)

MOST_DATA, MOST_VALUES, MOST_DIMENSIONS = 1000, 150, 30
LONGEST, LONGEST_VALUE = 255, 1024
OLDEST_S, NEWEST_S = 14 * 86_400, 2 * 3600
LARGEST = 2.0**360


def operations(core: Core) -> Mapping[str, Operation]:
    """PutMetricData."""

    def put(given: Parameters) -> dict[str, Any]:
        core.archive.put(data_in(given, core.clock()))
        return {}

    return {"PutMetricData": put}


def data_in(given: Parameters, now_s: float) -> list[Datum]:
    """The data of a request; raises AwsError that names the first fault."""
    if given.get("EntityMetricData"):
        text = "not emulated locally: cloudwatch.PutMetricData with EntityMetricData"
        raise AwsError("NotImplementedException", text, 501)
    namespace = given.get("Namespace", "")
    if not namespace or namespace.startswith((":", "AWS/")):
        raise invalid(f"The value {namespace} for parameter Namespace is invalid.")
    _check_length(namespace, "Namespace")
    data = given.get("MetricData")
    if not data:
        raise missing("MetricData")
    if len(data) > MOST_DATA:
        text = (
            f"The collection MetricData must not have a size greater than {MOST_DATA}."
        )
        raise invalid(text)
    return data_under(namespace, data, now_s)


def data_under(
    namespace: str, data: Sequence[Mapping[str, Any]], now_s: float
) -> list[Datum]:
    """The data of any namespace, AWS's own too; raises AwsError for the first fault."""
    return [
        _datum(namespace, datum, f"MetricData.member.{place}", now_s)
        for place, datum in enumerate(data, start=1)
    ]


def _datum(namespace: str, given: Mapping[str, Any], path: str, now_s: float) -> Datum:
    name = given.get("MetricName")
    if not name:
        raise missing(f"{path}.MetricName")
    at = _time(given, path, now_s)
    values, counts, statistics = _measured(given, path)
    _check_length(name, f"{path}.MetricName")
    dimensions = dimensions_in(given.get("Dimensions"))
    for named, value in dimensions:
        _check_length(named, f"{path}.Dimensions.Name")
        _check_length(value, f"{path}.Dimensions.Value", LONGEST_VALUE)
    if len(dict(dimensions)) < len(dimensions):
        raise invalid(f"{path}.Dimensions names a dimension twice.")
    if len(dimensions) > MOST_DIMENSIONS:
        raise invalid(f"{path}.Dimensions has more than {MOST_DIMENSIONS} dimensions.")
    unit, resolution = _kind(given, path)
    return Datum(
        namespace, name, dimensions, at, values, counts, unit, resolution, statistics
    )


def _check_length(text: str, path: str, longest: int = LONGEST) -> None:
    if not 1 <= len(text) <= longest:
        raise invalid(f"The parameter {path} must have 1 to {longest} characters.")


def _time(given: Mapping[str, Any], path: str, now_s: float) -> float:
    told = given.get("Timestamp")
    at = now_s if told is None else seconds_of(told)
    if at < now_s - OLDEST_S:
        text = "must specify a time within the past two weeks."
        raise invalid(f"The parameter {path}.Timestamp {text}")
    if at > now_s + NEWEST_S:
        text = "must specify a time no more than two hours in the future."
        raise invalid(f"The parameter {path}.Timestamp {text}")
    return at


def _kind(given: Mapping[str, Any], path: str) -> tuple[str, int]:
    unit = given.get("Unit") or "None"
    if unit not in UNITS:
        raise invalid(f"The value {unit} for parameter {path}.Unit is invalid.")
    resolution = given.get("StorageResolution") or STANDARD
    if resolution not in (HIGH, STANDARD):
        text = f"The value {resolution} for parameter {path}.StorageResolution is"
        raise invalid(f"{text} invalid.")
    return unit, resolution


_Numbers = tuple[float, ...]


def _measured(
    given: Mapping[str, Any], path: str
) -> tuple[_Numbers, _Numbers, StatisticSet | None]:
    forms = [n for n in ("Value", "Values", "StatisticValues") if _has(given, n)]
    if not forms:
        raise missing(f"{path}.Value")
    if len(forms) > 1:
        text = f"The parameters {path}.{forms[0]} and {path}.{forms[1]} are"
        raise conflicting(f"{text} mutually exclusive and you have specified both.")
    if given.get("Counts") and forms != ["Values"]:
        raise conflicting(f"{path}.Counts must come with {path}.Values.")
    if forms == ["StatisticValues"]:
        return (), (), _statistics(given["StatisticValues"], f"{path}.StatisticValues")
    if forms == ["Value"]:
        return (_number(given["Value"], f"{path}.Value"),), (1.0,), None
    return *_values(given, path), None


def _values(given: Mapping[str, Any], path: str) -> tuple[_Numbers, _Numbers]:
    values = tuple(_number(value, f"{path}.Values") for value in given["Values"])
    told = given.get("Counts") or [1.0] * len(values)
    counts = tuple(_number(count, f"{path}.Counts") for count in told)
    if len(values) != len(counts):
        text = f"The parameters {path}.Values and {path}.Counts must be of the same"
        raise invalid(f"{text} size.")
    if len(values) > MOST_VALUES:
        raise invalid(f"{path}.Values has more than {MOST_VALUES} values.")
    if any(count < 0 for count in counts):
        raise invalid(f"{path}.Counts must not be negative.")
    return values, counts


def _statistics(given: Mapping[str, Any], path: str) -> StatisticSet:
    names = ("SampleCount", "Sum", "Minimum", "Maximum")
    count, total, low, high = (
        _number(given.get(name), f"{path}.{name}") for name in names
    )
    if count <= 0:
        raise invalid(f"{path}.SampleCount must be more than 0.")
    if low > high:
        raise invalid(f"{path}.Minimum must not be greater than {path}.Maximum.")
    return StatisticSet(count, total, low, high)


def _number(value: Any, path: str) -> float:
    if value is None:
        raise missing(path)
    number = float(value)
    if not math.isfinite(number) or abs(number) > LARGEST:
        raise invalid(f"The value {value} for parameter {path} is invalid.")
    return number


def _has(given: Mapping[str, Any], name: str) -> bool:
    return given.get(name) not in (None, [], {})
