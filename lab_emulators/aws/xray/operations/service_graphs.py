"""GetServiceGraph and GetTraceGraph: who called whom, how often and how well."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lab_emulators.aws.errors import invalid_request
from lab_emulators.aws.paging import XRAY
from lab_emulators.aws.validation import check
from lab_emulators.aws.xray.core import Core, Operation, Parameters, time_range
from lab_emulators.aws.xray.model import ServiceId
from lab_emulators.aws.xray.observation_index import Ledger
from lab_emulators.aws.xray.observations import CLIENT, Call, Rows, Subjects
from lab_emulators.aws.xray.segment_documents import is_trace_id
from lab_emulators.aws.xray.statistics import Tally, merged, tallies_of

MAX_HOURS = 24
MAX_TRACES = 5  # API reference, GetTraceGraph
PAGE = 100
"""Services in one answer; AWS pages, but does not say when."""


def operations(core: Core) -> Mapping[str, Operation]:
    """The two operations over one ledger of observations."""
    graphs = Graphs(Ledger(core))
    return {
        "GetServiceGraph": graphs.of_window,
        "GetTraceGraph": graphs.of_traces,
    }


@dataclass(frozen=True, slots=True)
class Graphs:
    """Service graphs of one region."""

    ledger: Ledger

    def of_window(self, parameters: Parameters) -> dict[str, Any]:
        """`GetServiceGraph`: of what began in a time range, of a group or of all."""
        check("xray", "GetServiceGraph", parameters)
        start, end = time_range(parameters, MAX_HOURS)
        group = self.ledger.group_filter(parameters)
        services = self._services(self.ledger.window(start, end, group))
        page, rest = XRAY.page_of(services, parameters.get("NextToken"), PAGE)
        return {
            "StartTime": start,
            "EndTime": end,
            "Services": page,
            "ContainsOldGroupVersions": False,
            **rest,
        }

    def of_traces(self, parameters: Parameters) -> dict[str, Any]:
        """`GetTraceGraph`: of up to five traces; unknown ones add nothing."""
        check("xray", "GetTraceGraph", parameters)
        wanted = list(parameters["TraceIds"])
        if not 0 < len(wanted) <= MAX_TRACES:
            raise invalid_request(f"TraceIds must have 1 to {MAX_TRACES} members")
        for trace_id in wanted:
            if not is_trace_id(trace_id):
                raise invalid_request(f"Invalid trace id: {trace_id!r}")
        services = self._services(self.ledger.of_traces(wanted))
        page, rest = XRAY.page_of(services, parameters.get("NextToken"), PAGE)
        return {"Services": page, **rest}

    def _services(self, rows: Rows) -> list[dict[str, Any]]:
        subjects = self.ledger.subjects
        nodes = _nodes(tallies_of(rows), subjects)
        numbers = {node: number for number, node in enumerate(nodes)}
        return [
            _service(node, drawn, numbers, subjects.account(node))
            for node, drawn in nodes.items()
        ]


@dataclass(slots=True)
class _Drawn:
    """A node as it is drawn: its own statistics if it has some, the calls it made."""

    own: Tally | None = None
    calls: list[tuple[Call, Tally]] = field(default_factory=list)
    called: list[Tally] = field(default_factory=list)


def _nodes(tallies: Mapping[int, Tally], subjects: Subjects) -> dict[ServiceId, _Drawn]:
    """Every node seen, and both ends of every edge seen, by name and type."""
    known = subjects.all()
    found: dict[ServiceId, _Drawn] = {}
    for number, share in tallies.items():
        subject = known[number]
        if isinstance(subject, Call):
            found.setdefault(subject.source, _Drawn()).calls.append((subject, share))
            found.setdefault(subject.target, _Drawn()).called.append(share)
        else:
            found.setdefault(subject, _Drawn()).own = share
    return dict(sorted(found.items(), key=lambda item: (item[0].name, item[0].type)))


def _service(
    node: ServiceId, drawn: _Drawn, numbers: Mapping[ServiceId, int], account: str
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


_NOTHING = Tally(
    counts=(0, 0, 0, 0, 0),
    seconds=0.0,
    start=0.0,
    end=0.0,
    sent=False,
    entry=False,
    histogram=(),
)


def _edges(
    calls: Sequence[tuple[Call, Tally]], numbers: Mapping[ServiceId, int]
) -> list[dict[str, Any]]:
    """One edge for each target, whatever names the caller used for it."""
    targets: dict[ServiceId, list[tuple[Call, Tally]]] = {}
    for call, share in sorted(calls, key=lambda pair: pair[0].alias):
        targets.setdefault(call.target, []).append((call, share))
    return [
        _edge(numbers[target], targets[target])
        for target in sorted(targets, key=numbers.__getitem__)
    ]


def _edge(number: int, calls: list[tuple[Call, Tally]]) -> dict[str, Any]:
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


def _span_of_time(shares: Iterable[Tally]) -> dict[str, float]:
    found = list(shares)
    return {
        "StartTime": min(share.start for share in found),
        "EndTime": max(share.end for share in found),
    }
