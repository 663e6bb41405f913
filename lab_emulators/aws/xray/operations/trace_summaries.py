"""GetTraceSummaries: the traces of a time range, newest first, page by page."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import islice
from typing import Any

from lab_emulators.aws.validation import check
from lab_emulators.aws.xray.core import Operation, Parameters, XRayCore, time_range
from lab_emulators.aws.xray.errors import invalid_request
from lab_emulators.aws.xray.summary_document import summary_document
from lab_emulators.aws.xray.trace_filters import TraceFilter, TraceFilters
from lab_emulators.aws.xray.trace_summary import TraceSummary, summarize

PAGE = 100
"""Summaries in one answer; AWS does not say how many it gives."""

MAX_HOURS = 24
"""The longest time range of a request."""

SAMPLED = 1000
"""Traces that are read when `Sampling` is on without a strategy: the newest."""


Position = tuple[float, str]
"""Rank of a trace in the answer: its time, its id."""

_TIMES: dict[str, Callable[[TraceSummary], float]] = {
    "TraceId": lambda summary: summary.start,
    "Event": lambda summary: summary.updated,
    "Service": lambda summary: summary.end,
}


def operations(core: XRayCore) -> Mapping[str, Operation]:
    """The operation that lists traces."""
    return {"GetTraceSummaries": GetTraceSummaries(core).get}


class GetTraceSummaries:
    """Searches the summaries of all traces; a touched trace is summarized again."""

    def __init__(self, core: XRayCore) -> None:
        self._summaries = core.traces.derive(summarize)
        self._filters = TraceFilters(core.group_filters)

    def get(self, parameters: Parameters) -> dict[str, Any]:
        """`GetTraceSummaries`: a page, and `NextToken` if there may be more.

        TracesProcessedCount counts the traces that were searched for this page; they
        begin at ApproximateTime.
        """
        check("xray", "GetTraceSummaries", parameters)
        start, end = time_range(parameters, MAX_HOURS)
        time_of = _TIMES[parameters.get("TimeRangeType") or "TraceId"]
        after = _position(parameters.get("NextToken"))
        holds = self._filters.of(parameters.get("FilterExpression") or "")
        summaries = self._summaries.values().values()
        ranked = [
            ((when, item.id), item)
            for item in summaries
            if start <= (when := time_of(item)) < end
        ]
        ranked.sort(key=lambda pair: pair[0], reverse=True)
        selected = _sampled(ranked, parameters)
        return _page(selected, after, holds, start)


def _page(
    ranked: Sequence[tuple[Position, TraceSummary]],
    after: Position | None,
    holds: TraceFilter,
    start: float,
) -> dict[str, Any]:
    rest = [p for p in ranked if after is None or p[0] < after]
    matching: list[tuple[int, TraceSummary]] = list(
        islice(_matching(rest, holds), PAGE + 1)
    )
    last = len(rest) if len(matching) <= PAGE else matching[PAGE - 1][0] + 1
    answer: dict[str, Any] = {
        "TraceSummaries": [
            {**summary_document(item), "MatchedEventTime": rest[number][0][0]}
            for number, item in matching[:PAGE]
        ],
        "ApproximateTime": start if last == len(rest) else rest[last - 1][0][0],
        "TracesProcessedCount": last,
    }
    if len(matching) > PAGE:
        answer["NextToken"] = _token(rest[last - 1][0])
    return answer


def _matching(
    ranked: Sequence[tuple[Position, TraceSummary]], holds: TraceFilter
) -> Iterator[tuple[int, TraceSummary]]:
    for number, (_, item) in enumerate(ranked):
        if holds(item):
            yield number, item


def _sampled(
    ranked: list[tuple[Position, TraceSummary]], parameters: Parameters
) -> list[tuple[Position, TraceSummary]]:
    """The traces that sampling selects.

    AWS only names the strategies. Here PartialScan reads that share of the range's
    traces, the newest; FixedRate selects each trace with that probability, decided by
    its id.
    """
    strategy = parameters.get("SamplingStrategy")
    if parameters.get("Sampling") is False or not (
        strategy or parameters.get("Sampling")
    ):
        return ranked
    if not strategy:
        return ranked[:SAMPLED]
    share = strategy.get("Value", 1.0)
    if not 0 <= share <= 1:
        raise invalid_request("'SamplingStrategy.Value' must be from 0 to 1")
    if strategy.get("Name") == "PartialScan":
        return ranked[: round(len(ranked) * share)]
    return [position for position in ranked if _hash_fraction(position[1].id) < share]


def _hash_fraction(trace_id: str) -> float:
    """A number from 0 to 1, the same for a trace every time."""
    number = blake2b(trace_id.encode(), digest_size=8).digest()
    return int.from_bytes(number, "big") / 2**64


def _token(position: Position) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


def _position(token: str | None) -> Position | None:
    if not token:
        return None
    try:
        when, identity = json.loads(base64.urlsafe_b64decode(token.encode()))
        return float(when), str(identity)
    except (ValueError, TypeError) as error:
        raise invalid_request("Invalid NextToken") from error
