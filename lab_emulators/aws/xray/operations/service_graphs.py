"""GetServiceGraph and GetTraceGraph: who called whom, how often and how well."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lab_emulators.aws.errors import invalid_request
from lab_emulators.aws.paging import XRAY
from lab_emulators.aws.validation import check
from lab_emulators.aws.xray.core import Operation, Parameters, XRayCore, time_range
from lab_emulators.aws.xray.model import ServiceId
from lab_emulators.aws.xray.observation_index import ObservationIndex
from lab_emulators.aws.xray.observations import CLIENT, GraphEdge, Rows, Subjects
from lab_emulators.aws.xray.segment_documents import is_trace_id
from lab_emulators.aws.xray.statistics import SubjectStatistics, merged, statistics_of

MAX_HOURS = 24
MAX_TRACES = 5  # API reference, GetTraceGraph
PAGE = 100
"""Services in one answer; AWS pages, but does not say when."""


def operations(core: XRayCore) -> Mapping[str, Operation]:
    """The two operations over one index of observations."""
    graphs = ServiceGraphs(ObservationIndex(core))
    return {
        "GetServiceGraph": graphs.of_window,
        "GetTraceGraph": graphs.of_traces,
    }


@dataclass(frozen=True, slots=True)
class ServiceGraphs:
    """Service graphs of one region."""

    index: ObservationIndex

    def of_window(self, parameters: Parameters) -> dict[str, Any]:
        """`GetServiceGraph`: of what began in a time range, of a group or of all."""
        check("xray", "GetServiceGraph", parameters)
        start, end = time_range(parameters, MAX_HOURS)
        group = self.index.group_filter(parameters)
        services = self._services(self.index.window(start, end, group))
        page, rest = XRAY.page_of(services, parameters.get("NextToken"), PAGE)
        return {
            "StartTime": start,
            "EndTime": end,
            "Services": page,
            "ContainsOldGroupVersions": self.index.has_old_versions(parameters, start),
            **rest,
        }

    def of_traces(self, parameters: Parameters) -> dict[str, Any]:
        """`GetTraceGraph`: of up to five traces; unknown ones add nothing."""
        check("xray", "GetTraceGraph", parameters)
        trace_ids = list(parameters["TraceIds"])
        if not 0 < len(trace_ids) <= MAX_TRACES:
            raise invalid_request(f"TraceIds must have 1 to {MAX_TRACES} members")
        for trace_id in trace_ids:
            if not is_trace_id(trace_id):
                raise invalid_request(f"Invalid trace id: {trace_id!r}")
        services = self._services(self.index.of_traces(trace_ids))
        page, rest = XRAY.page_of(services, parameters.get("NextToken"), PAGE)
        return {"Services": page, **rest}

    def _services(self, rows: Rows) -> list[dict[str, Any]]:
        subjects = self.index.subjects
        nodes = _nodes(statistics_of(rows), subjects)
        numbers = {node: number for number, node in enumerate(nodes)}
        return [
            _service(node, drawn, numbers, subjects.account(node))
            for node, drawn in nodes.items()
        ]


@dataclass(slots=True)
class _GraphNode:
    """A node as it is drawn: its own statistics if it has some, the calls it made."""

    own: SubjectStatistics | None = None
    calls: list[tuple[GraphEdge, SubjectStatistics]] = field(default_factory=list)
    called: list[SubjectStatistics] = field(default_factory=list)


def _nodes(
    statistics: Mapping[int, SubjectStatistics], subjects: Subjects
) -> dict[ServiceId, _GraphNode]:
    """Every node seen, and both ends of every edge seen, by name and type."""
    known = subjects.all()
    graph: dict[ServiceId, _GraphNode] = {}
    for number, share in statistics.items():
        subject = known[number]
        if isinstance(subject, GraphEdge):
            graph.setdefault(subject.source, _GraphNode()).calls.append(
                (subject, share)
            )
            graph.setdefault(subject.target, _GraphNode()).called.append(share)
        else:
            graph.setdefault(subject, _GraphNode()).own = share
    return dict(sorted(graph.items(), key=lambda item: (item[0].name, item[0].type)))


def _service(
    node: ServiceId, drawn: _GraphNode, numbers: Mapping[ServiceId, int], account: str
) -> dict[str, Any]:
    around = [share for _, share in drawn.calls] + drawn.called
    sent = drawn.own is not None and drawn.own.sent
    service: dict[str, Any] = {
        "ReferenceId": numbers[node],
        **ServiceId(node.name, node.type, account).as_document(),
        **({"Root": True} if drawn.own and drawn.own.entry else {}),
        "State": "active" if sent else "unknown",
        **_span_of_time([drawn.own] if drawn.own else around),
        "Edges": _edges(drawn.calls, numbers),
    }
    if node.type != CLIENT:
        share = drawn.own or _NOTHING
        service["SummaryStatistics"] = share.as_document()
        service["DurationHistogram"] = share.histogram_document()
        service["ResponseTimeHistogram"] = share.histogram_document()
    return service


_NOTHING = SubjectStatistics(
    counts=(0, 0, 0, 0, 0),
    seconds=0.0,
    start=0.0,
    end=0.0,
    sent=False,
    entry=False,
    histogram=(),
)


def _edges(
    calls: Sequence[tuple[GraphEdge, SubjectStatistics]],
    numbers: Mapping[ServiceId, int],
) -> list[dict[str, Any]]:
    """One edge for each target, whatever names the caller used for it."""
    targets: dict[ServiceId, list[tuple[GraphEdge, SubjectStatistics]]] = {}
    for call, share in sorted(calls, key=lambda pair: pair[0].alias):
        targets.setdefault(call.target, []).append((call, share))
    return [
        _edge(numbers[target], targets[target])
        for target in sorted(targets, key=numbers.__getitem__)
    ]


def _edge(
    number: int, calls: list[tuple[GraphEdge, SubjectStatistics]]
) -> dict[str, Any]:
    share = merged([share for _, share in calls])
    aliases = [call.alias for call, _ in calls if call.alias]
    return {
        "ReferenceId": number,
        **_span_of_time([share]),
        "SummaryStatistics": share.as_document(),
        "ResponseTimeHistogram": share.histogram_document(),
        "Aliases": [
            {"Name": alias, "Names": [alias], "Type": "remote"} for alias in aliases
        ],
    }


def _span_of_time(shares: Iterable[SubjectStatistics]) -> dict[str, float]:
    observed = list(shares)
    return {
        "StartTime": min(share.start for share in observed),
        "EndTime": max(share.end for share in observed),
    }
