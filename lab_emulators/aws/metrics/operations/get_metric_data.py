"""GetMetricData: many series at once, of metrics and of expressions over them."""

from collections.abc import Mapping, Sequence
from typing import Any

from lab_emulators.aws.metrics.core import MetricsCore, Operation, Parameters
from lab_emulators.aws.metrics.errors import validation_error
from lab_emulators.aws.metrics.metric_data_queries import (
    MOST_POINTS,
    MetricDataResult,
    queries_in,
    results,
)
from lab_emulators.aws.metrics.parameters import seconds, time_of
from lab_emulators.aws.paging import CLOUDWATCH

ORDERS = ("TimestampDescending", "TimestampAscending")


def operations(core: MetricsCore) -> Mapping[str, Operation]:
    """GetMetricData."""

    def data(parameters: Parameters) -> dict[str, Any]:
        queries = queries_in(parameters.get("MetricDataQueries") or ())
        start, end = seconds(parameters, "StartTime"), seconds(parameters, "EndTime")
        if not start < end:
            text = "The parameter StartTime must be less than the parameter EndTime."
            raise validation_error(text)
        zone = (parameters.get("LabelOptions") or {}).get("Timezone", "+0000")
        if zone not in ("+0000", "-0000"):
            raise validation_error(
                f"not emulated locally: LabelOptions with Timezone {zone}"
            )
        order = parameters.get("ScanBy") or ORDERS[0]
        if order not in ORDERS:
            raise validation_error(
                f"The value {order} for parameter ScanBy is invalid."
            )
        answers = results(core, queries, start, end)
        return _page(answers, parameters, backwards=order == ORDERS[0])

    return {"GetMetricData": data}


def _page(
    answers: Sequence[MetricDataResult], parameters: Parameters, *, backwards: bool
) -> dict[str, Any]:
    """The part of the results that a request asks for, at most MaxDatapoints points.

    All points of all results are one list, in the order of the results, and a token is
    a position in it. A result that goes on in the next page is PartialData.
    """
    most = parameters.get("MaxDatapoints") or MOST_POINTS
    if not 1 <= most <= MOST_POINTS:
        raise validation_error(f"MaxDatapoints must be between 1 and {MOST_POINTS}.")
    start = CLOUDWATCH.position_in(parameters.get("NextToken"))
    documents: list[dict[str, Any]] = []
    offset = 0
    for result in answers:
        times = sorted(result.line.points, reverse=backwards)
        first, last = max(start - offset, 0), max(start + most - offset, 0)
        if times[first:last] or (not times and start <= offset < start + most):
            documents.append(
                _document(result, times[first:last], whole=last >= len(times))
            )
        offset += len(times)
    more = CLOUDWATCH.rest(start + most, offset)
    return {"MetricDataResults": documents, "Messages": [], **more}


def _document(
    result: MetricDataResult, times: Sequence[int], *, whole: bool
) -> dict[str, Any]:
    return {
        "Id": result.id,
        "Label": result.label,
        "Timestamps": [time_of(at) for at in times],
        "Values": [result.line.points[at] for at in times],
        "StatusCode": "Complete" if whole else "PartialData",
    }
