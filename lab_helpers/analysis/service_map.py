"""Service maps: services and the calls between them, with latencies and errors."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from lab_helpers.analysis import words
from lab_helpers.analysis.outcomes import Outcomes
from lab_helpers.analysis.percentiles import percentile


@dataclass(frozen=True, slots=True, repr=False)
class Service:
    """A service: requests it got (from outside or from others), errors, latencies.

    `p50_ms` and `p95_ms` are NaN where the source gives counts only. `outcomes` splits
    the requests as X-Ray does, `kind` is the type of its node there; other sources have
    neither.
    """

    name: str
    requests: int
    errors: int
    p50_ms: float
    p95_ms: float
    outcomes: Outcomes | None = None
    kind: str = ""

    @property
    def error_share(self) -> float:
        """Errors per request, 0 to 1."""
        return self.errors / self.requests if self.requests else 0.0

    @property
    def failure_share(self) -> float:
        """Share of requests, 0 to 1, that the service failed to answer (5xx).

        Where the outcomes are not known, these are all errors.
        """
        return _failures(self.outcomes, self.error_share)

    @property
    def client_error_share(self) -> float:
        """Share of requests, 0 to 1, that were the visitors' errors (4xx)."""
        return _client_errors(self.outcomes)

    def __repr__(self) -> str:
        return (
            f"{self.name}: {words.plural(self.requests, 'request')}, "
            f"{words.share(self.error_share)} errors, "
            f"p95 {words.duration(self.p95_ms)}"
        )


@dataclass(frozen=True, slots=True, repr=False)
class Edge:
    """The calls from one service to another (or to itself)."""

    caller: str
    callee: str
    calls: int
    errors: int
    p95_ms: float
    outcomes: Outcomes | None = None

    @property
    def error_share(self) -> float:
        """Errors per call, 0 to 1."""
        return self.errors / self.calls if self.calls else 0.0

    @property
    def failure_share(self) -> float:
        """Share of calls, 0 to 1, that the callee failed to answer (5xx)."""
        return _failures(self.outcomes, self.error_share)

    @property
    def client_error_share(self) -> float:
        """Share of calls, 0 to 1, that were the visitors' errors (4xx)."""
        return _client_errors(self.outcomes)

    def __repr__(self) -> str:
        return (
            f"{self.caller} → {self.callee}: {words.plural(self.calls, 'call')}, "
            f"p95 {words.duration(self.p95_ms)}"
        )


@dataclass(frozen=True, slots=True, repr=False)
class ServiceMap:
    """Services by name and edges by caller and callee, always in the same order."""

    services: tuple[Service, ...]
    edges: tuple[Edge, ...]

    @classmethod
    def from_spans(cls, frame: pd.DataFrame) -> Self:
        """The map of spans (TRACE_COLUMNS, of any number of traces).

        A request to a service is a span whose parent is another service's or is not
        there; a call of a service to itself is a server span below its own client span.
        A `sample_rate` column weighs the spans.
        """
        spans = frame[frame["annotation"] == "span"].copy()
        spans["sample_rate"] = spans.get("sample_rate", 1)
        parents = spans[["trace_id", "span_id", "service", "kind"]]
        parents = parents.drop_duplicates(["trace_id", "span_id"])
        parents.columns = pd.Index(["trace_id", "parent_id", "caller", "caller_kind"])
        joined = spans.merge(parents, how="left", on=["trace_id", "parent_id"])
        to_itself = (joined["kind"] == "server") & (joined["caller_kind"] == "client")
        entries = joined[(joined["caller"] != joined["service"]) | to_itself]
        calls = entries[entries["caller"].notna()]
        services = [
            _service(str(name), group) for name, group in entries.groupby("service")
        ]
        edges = [
            Edge(str(caller), str(callee), *_numbers(group, 95))
            for (caller, callee), group in calls.groupby(["caller", "service"])
        ]
        return cls(tuple(services), tuple(edges))

    @classmethod
    def from_edges(cls, frame: pd.DataFrame) -> Self:
        """The map of a frame with EDGE_COLUMNS, such as `client.service_edges()` gives.

        Rows without a parent are requests from outside. Rows from a service to itself
        are its inner spans and are left out. A service's latencies are those of its
        busiest way in, since percentiles cannot be added up.
        """
        rows = frame[frame["service"].notna()]
        inner = rows["parent"].notna() & (rows["parent"] == rows["service"])
        rows = rows[~inner].sort_values(["service", "parent"])
        calls = rows[rows["parent"].notna()]
        named = set(rows["service"]) | set(calls["parent"])
        services = [
            _service_of_edges(str(name), rows[rows["service"] == name])
            for name in sorted(named)
        ]
        edges = [
            Edge(str(row.parent), str(row.service), *_edge_numbers(row))
            for row in calls.sort_values(["parent", "service"]).itertuples()
        ]
        return cls(tuple(services), tuple(edges))

    def service(self, name: str) -> Service:
        """The service of that name; KeyError names those there are."""
        for service in self.services:
            if service.name == name:
                return service
        raise KeyError(f"no service {name!r} among {[s.name for s in self.services]}")

    def __repr__(self) -> str:
        calls = sum(edge.calls for edge in self.edges)
        return (
            f"service map of {words.plural(len(self.services), 'service')} and "
            f"{words.plural(len(self.edges), 'edge')} ({words.plural(calls, 'call')})"
        )


def _failures(outcomes: Outcomes | None, errors: float) -> float:
    """The share of faults; of all errors where nobody told 4xx and 5xx apart."""
    if outcomes is None:
        return errors
    return outcomes.faults / outcomes.total if outcomes.total else 0.0


def _client_errors(outcomes: Outcomes | None) -> float:
    if outcomes is None or not outcomes.total:
        return 0.0
    return outcomes.client_errors / outcomes.total


def _numbers(group: pd.DataFrame, p: float) -> tuple[int, int, float]:
    rates = group["sample_rate"]
    failed = group["error"].astype("boolean").fillna(value=False).astype(bool)
    errors = rates[failed]
    latency = percentile(group["duration_ms"], p, rates)
    return int(rates.sum()), int(errors.sum()), latency


def _service(name: str, group: pd.DataFrame) -> Service:
    requests, errors, p95 = _numbers(group, 95)
    median = percentile(group["duration_ms"], 50, group["sample_rate"])
    return Service(name, requests, errors, median, p95)


def _edge_numbers(row: object) -> tuple[int, int, float]:
    errors = _whole(getattr(row, "errors", 0))
    return _whole(row.calls), errors, _number(getattr(row, "p95_ms", np.nan))  # type: ignore[attr-defined]


def _service_of_edges(name: str, rows: pd.DataFrame) -> Service:
    if rows.empty:
        return Service(name, 0, 0, float("nan"), float("nan"))
    busiest = rows.iloc[int(rows["calls"].to_numpy().argmax())]
    errors = int(rows["errors"].fillna(0).sum()) if "errors" in rows else 0
    return Service(
        name,
        int(rows["calls"].sum()),
        errors,
        _number(busiest.get("p50_ms")),
        _number(busiest.get("p95_ms")),
    )


def _whole(value: object) -> int:
    return 0 if pd.isna(value) else int(value)  # type: ignore[call-overload]


def _number(value: object) -> float:
    return float("nan") if pd.isna(value) else float(value)  # type: ignore[call-overload,arg-type]
