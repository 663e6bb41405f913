"""Metric filters: put, describe, delete, test; what they make is in `extraction`."""

from collections.abc import Mapping
from typing import Any

from lab_emulators.aws.languages.filter_pattern import Pattern, compile_pattern
from lab_emulators.aws.logs.core import LogsCore, Operation, Parameters
from lab_emulators.aws.logs.errors import invalid
from lab_emulators.aws.logs.metric_extraction import MetricExtraction, MetricFilter
from lab_emulators.aws.logs.paging import page_of
from lab_emulators.aws.logs.repository.filter_repository import (
    METRIC_FILTERS,
    FilterRepository,
    refuse_unemulated,
    require_standard,
)
from lab_emulators.aws.validation import check

MAX_FILTERS = 100
MAX_DIMENSIONS = 3


def operations(core: LogsCore) -> Mapping[str, Operation]:
    """The operations on metric filters; every accepted batch is measured by them."""
    filters = MetricFilters(core)
    core.accepted.append(MetricExtraction(core, filters.repository.of).publish)
    core.metric_filters = filters.count
    return {
        "PutMetricFilter": filters.put,
        "DescribeMetricFilters": filters.describe,
        "DeleteMetricFilter": filters.delete,
        "TestMetricFilter": filters.test,
    }


class MetricFilters:
    """The metric filters of every group."""

    def __init__(self, core: LogsCore) -> None:
        self._core = core
        self.repository = FilterRepository(
            core, METRIC_FILTERS, MetricFilter, limit=MAX_FILTERS
        )

    def count(self, group: str) -> int:
        """Number of filters of a group."""
        return len(self.repository.of(group))

    def put(self, parameters: Parameters) -> dict[str, Any]:
        """`PutMetricFilter`: for events from now on."""
        check("logs", "PutMetricFilter", parameters)
        refuse_unemulated(
            parameters,
            "applyOnTransformedLogs",
            "fieldSelectionCriteria",
            "emitSystemFieldDimensions",
        )
        group = parameters["logGroupName"]
        require_standard(self._core, group)
        pattern = compile_pattern(parameters["filterPattern"])
        (transformation,) = parameters["metricTransformations"]
        _check_transformation(transformation, pattern)
        self.repository.put(
            {
                "filterName": parameters["filterName"],
                "filterPattern": parameters["filterPattern"],
                "metricTransformations": [dict(transformation)],
                "creationTime": self._core.now_ms(),
                "logGroupName": group,
                "applyOnTransformedLogs": False,
            }
        )
        return {}

    def describe(self, parameters: Parameters) -> dict[str, Any]:
        """`DescribeMetricFilters`: by name, of one group or all, or of one metric."""
        check("logs", "DescribeMetricFilters", parameters)
        documents = [dict(item.document) for item in self._selection(parameters)]
        page, rest = page_of(documents, parameters)
        return {"metricFilters": page, **rest}

    def delete(self, parameters: Parameters) -> dict[str, Any]:
        """`DeleteMetricFilter`."""
        check("logs", "DeleteMetricFilter", parameters)
        group = self._core.log_groups.group(parameters["logGroupName"])
        self.repository.delete(group.name, parameters["filterName"])
        return {}

    def test(self, parameters: Parameters) -> dict[str, Any]:
        """`TestMetricFilter`: which messages match, and what the pattern finds."""
        check("logs", "TestMetricFilter", parameters)
        pattern = compile_pattern(parameters["filterPattern"])
        matches = []
        for number, message in enumerate(parameters["logEventMessages"], start=1):
            match = pattern.match(message)
            if match is not None:
                matches.append(
                    {
                        "eventNumber": number,
                        "eventMessage": message,
                        "extractedValues": dict(match.extracted),
                    }
                )
        return {"matches": matches}

    def _selection(self, parameters: Parameters) -> list[MetricFilter]:
        metric = parameters.get("metricName"), parameters.get("metricNamespace")
        if (metric[0] is None) != (metric[1] is None):
            raise invalid("metricName and metricNamespace go together")
        group = parameters.get("logGroupName")
        if group is None:
            filters = self.repository.all()
        else:
            filters = self.repository.of(self._core.log_groups.group(group).name)
        prefix = parameters.get("filterNamePrefix") or ""
        return [
            item
            for item in sorted(filters, key=lambda each: each.name)
            if item.name.startswith(prefix)
            and metric in ((None, None), (item.metric, item.namespace))
        ]


def _check_transformation(transformation: Mapping[str, Any], pattern: Pattern) -> None:
    """The rules of MetricTransformation that the service model does not have."""
    value, dimensions = transformation["metricValue"], transformation.get("dimensions")
    if value.startswith("$"):
        pattern.check_selector(value)
    elif not _is_number(value):
        raise invalid(
            f"Invalid metric transformation: {value!r} must be a number or a selector "
            "such as $.latency or $latency"
        )
    if not dimensions:
        return
    if len(dimensions) > MAX_DIMENSIONS:
        raise invalid(f"A metric filter has at most {MAX_DIMENSIONS} dimensions")
    if transformation.get("defaultValue") is not None:
        raise invalid("A metric filter with dimensions cannot have a defaultValue")
    for selector in dimensions.values():
        pattern.check_selector(selector)


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) < 2**360
    except ValueError:
        return False
