"""Results from X-Ray as DataFrames, by its public API only.

boto3 finds endpoint, region and credentials in the environment, as in any program of
yours; `lab.start()` has set them. Segments take a moment to arrive: the daemon sends
what it holds once a second. `wait_for` reads again until they are there.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from lab_helpers.analysis import HeatmapGrid, ServiceMap
from lab_helpers.clients.transport import aws
from lab_helpers.clients.transport.aws import TimeRange
from lab_helpers.clients.transport.errors import XRayError, XRayTimeoutError
from lab_helpers.clients.transport.waiting import Clock, Wait
from lab_helpers.clients.xray import frames, service_map, traces
from lab_helpers.clients.xray.ids import xray_id


class XRayClient:
    """X-Ray's query API as tables and maps; takes a boto3 client or makes its own."""

    def __init__(self, client: Any = None, *, clock: Clock = time) -> None:
        self._clock = clock
        self._client = client or aws.connect("xray", XRayError)

    @property
    def endpoint(self) -> str:
        """The base URL of X-Ray's API."""
        return str(self._client.meta.endpoint_url)

    def summaries(
        self,
        filter_expression: str = "",
        *,
        time_range: TimeRange = 600,
        annotations: Sequence[str] = (),
    ) -> pd.DataFrame:
        """The traces that match a filter expression, one row each, in order of start.

        Columns: `frames.SUMMARY_COLUMNS`, then one for each of `annotations`.
        XRayError holds X-Ray's words if it cannot read the expression.
        """
        summaries = self._summaries(filter_expression, time_range)
        return frames.of_summaries(list(summaries), annotations)

    def wait_for(
        self,
        filter_expression: str,
        *,
        traces: int = 1,
        time_range: TimeRange = 600,
        timeout_s: float = 15,
    ) -> pd.DataFrame:
        """The summaries, read again and again until there are `traces` of them.

        XRayTimeoutError if they do not come; it says what to check.
        """
        with Wait(timeout_s, "waiting for X-Ray", self._clock) as wait:
            for _ in wait.attempts(0.1, 2):
                frame = self.summaries(filter_expression, time_range=time_range)
                if len(frame) >= traces:
                    return frame
        raise XRayTimeoutError(
            "GetTraceSummaries",
            None,
            f"{len(frame)} traces, not {traces}, match {filter_expression!r} after "
            f"{timeout_s:.0f} s",
            "Was the segment ended, and with it every subsegment in it? Was it "
            "sampled? Does AWS_XRAY_DAEMON_ADDRESS name a daemon that runs?",
        )

    def latest_trace(self, filter_expression: str = "", **options: Any) -> str:
        """The id of the matching trace that began last, waiting for one to arrive.

        Options are those of `wait_for`.
        """
        return str(self.wait_for(filter_expression, **options)["trace_id"].iloc[-1])

    def trace(
        self,
        trace_id: str | int,
        *,
        extra: Sequence[str] = (),
        inferred: bool = False,
    ) -> pd.DataFrame:
        """The rows of one trace (TRACE_COLUMNS), segments and subsegments alike.

        Takes the id in X-Ray's form, as 32 digits or as OpenTelemetry's integer.
        `extra` names further columns by their path in the segment document, such as
        `annotations.plan`; `inferred` adds the segments X-Ray made up itself. XRayError
        if there is no such trace.
        """
        identity = xray_id(trace_id)
        answer = list(self._pages("batch_get_traces", "Traces", TraceIds=[identity]))
        if not any(trace.get("Segments") for trace in answer):
            raise XRayError(
                f"BatchGetTraces {identity}",
                None,
                "no segment of it has arrived",
                "The daemon sends once a second: wait_for() waits. Was it sampled?",
            )
        return traces.frame(answer[0], extra=extra, inferred=inferred)

    def put(self, *documents: Mapping[str, Any]) -> None:
        """Sends segment documents straight to X-Ray, without a daemon.

        XRayError says which document was refused and why.
        """
        texts = [json.dumps(document) for document in documents]
        call = "put_trace_segments"
        with aws.refusals(call, XRayError):
            answer = self._client.put_trace_segments(TraceSegmentDocuments=texts)
        for lost in answer.get("UnprocessedTraceSegments") or []:
            reason = f"{lost.get('ErrorCode')}: {lost.get('Message')}"
            raise XRayError(f"{call} of {lost.get('Id')}", 200, reason)

    def service_graph(
        self, *, time_range: TimeRange = 600, group: str = ""
    ) -> ServiceMap:
        """The service graph of a window and group, with X-Ray's four outcomes."""
        return service_map.of_services(self._graph(time_range, group))

    def trace_graph(self, *trace_ids: str | int) -> ServiceMap:
        """The service graph of these traces only."""
        identities = [xray_id(each) for each in trace_ids]
        services = self._pages("get_trace_graph", "Services", TraceIds=identities)
        return service_map.of_services(list(services))

    def response_times(
        self, *, time_range: TimeRange = 600, group: str = ""
    ) -> pd.DataFrame:
        """Each service's histogram of response times: service, ms, count."""
        return service_map.response_times(self._graph(time_range, group))

    def heatmap(
        self,
        filter_expression: str = "",
        *,
        time_range: TimeRange = 600,
        step_s: float = 1,
        bins: int | Sequence[float] = 40,
    ) -> HeatmapGrid:
        """A latency heatmap of whole traces, made here from their summaries.

        X-Ray has no heatmap of its own; `bins` and `step_s` are those of
        `HeatmapGrid.from_durations`.
        """
        rows = self.summaries(filter_expression, time_range=time_range)
        rows = rows.drop(columns="duration_ms")
        rows = rows.rename(columns={"response_ms": "duration_ms"})
        return HeatmapGrid.from_durations(rows, step_s=step_s, bins=bins)

    def _summaries(
        self, expression: str, time_range: TimeRange
    ) -> Iterator[dict[str, Any]]:
        parameters = self._window(time_range) | {"TimeRangeType": "TraceId"}
        if expression:
            parameters["FilterExpression"] = expression
        return self._pages("get_trace_summaries", "TraceSummaries", **parameters)

    def _graph(self, time_range: TimeRange, group: str) -> list[dict[str, Any]]:
        parameters = self._window(time_range) | ({"GroupName": group} if group else {})
        return list(self._pages("get_service_graph", "Services", **parameters))

    def _window(self, time_range: TimeRange) -> dict[str, Any]:
        start, end = aws.window(time_range, self._clock)
        return {"StartTime": start, "EndTime": end}

    def _pages(
        self, operation: str, member: str, **parameters: Any
    ) -> Iterator[dict[str, Any]]:
        """The items of every page of an answer."""
        return aws.pages(self._client, operation, member, XRayError, **parameters)

    def __repr__(self) -> str:
        return f"X-Ray client for {self.endpoint}"
