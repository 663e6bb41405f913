"""X-Ray's service graph as the course's service map, and its histograms as rows."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from lab_helpers.analysis import Edge, Outcomes, Service, ServiceMap
from lab_helpers.analysis.percentiles import percentiles

Document = Mapping[str, Any]

RESPONSE_COLUMNS: tuple[str, ...] = ("service", "ms", "count")
"""One row per bucket of a service's response-time histogram."""


def of_services(services: Sequence[Document]) -> ServiceMap:
    """The map of the services of GetServiceGraph or GetTraceGraph, edges included."""
    names = _names(services)
    nodes = [_service(item, names[item["ReferenceId"]]) for item in services]
    edges = [
        _edge(edge, names[item["ReferenceId"]], names[edge["ReferenceId"]])
        for item in services
        for edge in item.get("Edges") or []
        if edge["ReferenceId"] in names
    ]
    return ServiceMap(
        tuple(sorted(nodes, key=lambda node: node.name)),
        tuple(sorted(edges, key=lambda edge: (edge.caller, edge.callee))),
    )


def response_times(services: Sequence[Document]) -> pd.DataFrame:
    """The response-time histograms of all nodes that have one (RESPONSE_COLUMNS)."""
    names = _names(services)
    rows = [
        (names[item["ReferenceId"]], 1000 * float(bucket["Value"]), bucket["Count"])
        for item in services
        for bucket in item.get("ResponseTimeHistogram") or []
    ]
    frame = pd.DataFrame(rows, columns=list(RESPONSE_COLUMNS))
    frame = frame.astype({"ms": "float64", "count": "int64"})
    return frame.sort_values(["service", "ms"], ignore_index=True)


def _names(services: Sequence[Document]) -> dict[int, str]:
    """A name for each node by its number; X-Ray's own may occur twice.

    The node of a service's callers carries the name of that service and the type
    `client`.
    """
    plain = [str(item.get("Name")) for item in services if not _is_client(item)]
    clients = [item for item in services if _is_client(item)]
    names = {}
    for item in services:
        name, kind = str(item.get("Name")), str(item.get("Type") or "")
        if _is_client(item):
            name = "client" if len(clients) == 1 else f"client of {name}"
        elif plain.count(name) > 1 and kind:
            name = f"{name} ({kind})"
        names[int(item["ReferenceId"])] = name
    return names


def _is_client(item: Document) -> bool:
    return item.get("Type") == "client"


def _service(item: Document, name: str) -> Service:
    outcomes = _outcomes(item.get("SummaryStatistics"))
    p50, p95 = _latencies(item)
    kind = str(item.get("Type") or "")
    total, failed = outcomes.total, outcomes.failed
    return Service(name, total, failed, p50, p95, outcomes if total else None, kind)


def _edge(item: Document, caller: str, callee: str) -> Edge:
    outcomes = _outcomes(item.get("SummaryStatistics"))
    _, p95 = _latencies(item)
    return Edge(caller, callee, outcomes.total, outcomes.failed, p95, outcomes)


def _outcomes(statistics: Document | None) -> Outcomes:
    """X-Ray counts throttles among the errors; here each request counts once."""
    counts = statistics or {}
    errors, faults = counts.get("ErrorStatistics") or {}, counts.get("FaultStatistics")
    throttles = int(errors.get("ThrottleCount") or 0)
    return Outcomes(
        ok=int(counts.get("OkCount") or 0),
        errors=int(errors.get("TotalCount") or 0) - throttles,
        faults=int((faults or {}).get("TotalCount") or 0),
        throttles=throttles,
    )


def _latencies(item: Document) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds, from the histogram; NaN if none."""
    buckets = item.get("ResponseTimeHistogram") or []
    values = [1000 * float(bucket["Value"]) for bucket in buckets]
    counts = [int(bucket["Count"]) for bucket in buckets]
    p50, p95 = percentiles(values, [50, 95], counts)
    return float(p50), float(p95)
