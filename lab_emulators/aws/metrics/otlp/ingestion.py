"""`POST /v1/metrics`: OpenTelemetry's metrics as CloudWatch's data points.

Gauges are values. Of what is summed up since a start (cumulative), the difference to
the point before is the value; a stream that began before this process listened has
its first value with its second point. Summaries are rejected: CloudWatch has nothing
that their quantiles could become.
"""

import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AggregationTemporality,
    DataPointFlags,
    Metric,
    NumberDataPoint,
)

from lab_emulators.aws.metrics.core import MetricsCore
from lab_emulators.aws.metrics.model import HIGH, Datum, Dimensions
from lab_emulators.aws.metrics.operations.put_metric_data import NEWEST_S, OLDEST_S
from lab_emulators.aws.metrics.otlp import buckets, naming
from lab_emulators.aws.metrics.otlp.buckets import Histogram
from lab_emulators.aws.otlp.values import attributes_of
from lab_emulators.otlp import request_of

MAX_BYTES = 1024 * 1024
_NS = 1_000_000_000
_NOT_RECORDED = DataPointFlags.DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK
_CUMULATIVE = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
_MOST_STREAMS = 100_000

_Stream = tuple[str, str, Dimensions]


class _RejectedError(ValueError):
    """Reason to reject a data point."""


@dataclass(frozen=True, slots=True)
class _LastPoint:
    """The last point of a cumulative stream, and since when it counts (ns)."""

    start_ns: int
    value: float | Histogram


class OtlpMetrics:
    """Stores requests; remembers the last points of cumulative streams."""

    def __init__(self, core: MetricsCore) -> None:
        self._core = core
        self._since_ns = int(core.clock() * _NS)
        self._last_points: dict[_Stream, _LastPoint] = {}
        self._lock = threading.Lock()

    def take(self, body: bytes, content_type: str) -> tuple[int, dict[str, Any]]:
        """Stores a request; status and answer as OTLP's JSON; raises OtlpError."""
        request = request_of(body, content_type, ExportMetricsServiceRequest, MAX_BYTES)
        data: list[Datum] = []
        faults: list[str] = []
        with self._lock:
            for resource in request.resource_metrics:
                namespace = naming.namespace_of(
                    attributes_of(resource.resource.attributes)
                )
                for scope in resource.scope_metrics:
                    for metric in scope.metrics:
                        self._collect(namespace, metric, data, faults)
            self._core.datapoints.put(data)
        if not faults:
            return 200, {}
        rejected = {"rejectedDataPoints": str(len(faults)), "errorMessage": faults[0]}
        return 200, {"partialSuccess": rejected}

    def _collect(
        self, namespace: str, metric: Metric, data: list[Datum], faults: list[str]
    ) -> None:
        """Adds the data of a metric, and a fault for each point that has none."""
        kind = metric.WhichOneof("data")
        for point in getattr(metric, kind).data_points if kind else ():
            if point.flags & _NOT_RECORDED:
                continue
            try:
                data += self._datum(namespace, metric, kind or "", point)
            except _RejectedError as fault:
                faults.append(f"{metric.name}: {fault}")

    def _datum(
        self, namespace: str, metric: Metric, kind: str, point: Any
    ) -> Iterator[Datum]:
        at = point.time_unix_nano / _NS
        now = self._core.clock()
        if not now - OLDEST_S <= at <= now + NEWEST_S:
            raise _RejectedError("its time is not of the last two weeks")
        dimensions = naming.dimensions_of(attributes_of(point.attributes))
        if len(dimensions) > naming.MOST_DIMENSIONS:
            text = f"it has more than {naming.MOST_DIMENSIONS} attributes"
            raise _RejectedError(text)
        unit = naming.unit_of(metric.unit)
        empty = Datum(
            namespace, metric.name, dimensions, at, unit=unit, resolution=HIGH
        )
        measurement = self._measured(
            (namespace, metric.name, dimensions), metric, kind, point
        )
        if isinstance(measurement, Histogram):
            values, counts = measurement.values()
            return iter([replace(empty, values=values, counts=counts)])
        if measurement is None:
            return iter(())
        return iter([replace(empty, values=(measurement,), counts=(1.0,))])

    def _measured(
        self, stream: _Stream, metric: Metric, kind: str, point: Any
    ) -> float | Histogram | None:
        """The value that a point adds; None where that is not known yet."""
        if kind == "gauge":
            return _number(point)
        if kind == "summary":
            raise _RejectedError("not emulated locally: summaries")
        stream_data = getattr(metric, kind)
        value: float | Histogram
        if kind == "sum":
            value = _number(point)
        elif kind == "histogram":
            value = buckets.explicit(point)
        else:
            value = buckets.exponential(point)
        level = kind == "sum" and not stream_data.is_monotonic
        if stream_data.aggregation_temporality != _CUMULATIVE or level:
            return value
        return self._difference(stream, value, point.start_time_unix_nano)

    def _difference(
        self, stream: _Stream, value: float | Histogram, start_ns: int
    ) -> float | Histogram | None:
        """The difference to the stream's last point, if counting continued."""
        before = self._last_points.pop(stream, None)
        self._last_points[stream] = _LastPoint(start_ns, value)
        while len(self._last_points) > _MOST_STREAMS:
            del self._last_points[next(iter(self._last_points))]
        if before is None:
            return value if start_ns >= self._since_ns else None
        if before.start_ns != start_ns:
            return value
        since = _less(value, before.value)
        return value if since is None else since


def _less(
    value: float | Histogram, earlier: float | Histogram
) -> float | Histogram | None:
    """The difference; None when counting has restarted."""
    if isinstance(value, Histogram):
        return value.less(earlier) if isinstance(earlier, Histogram) else None
    if isinstance(earlier, Histogram) or value < earlier:
        return None
    return value - earlier


def _number(point: NumberDataPoint) -> float:
    value = float(getattr(point, point.WhichOneof("value") or "as_double"))
    if not math.isfinite(value):
        raise _RejectedError(f"{value} is no finite number")
    return value
