"""GetTraceSummaries: which traces, newest first, page by page."""

import base64
import json
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import Any

from lab_emulators.aws.errors import invalid_request
from lab_emulators.aws.languages.xray_filter.compile import Predicate, compile_filter
from lab_emulators.aws.validation import check
from lab_emulators.aws.xray.core import Core, Operation, Parameters, time_range
from lab_emulators.aws.xray.summary_document import summary
from lab_emulators.aws.xray.trace_summary import Digest, digest

PAGE = 100
"""Summaries in one answer; AWS does not say how many it gives."""

MAX_HOURS = 24
"""The longest time range that may be asked for."""

SAMPLED = 1000
"""Traces looked at when `Sampling` is on without a strategy: the newest."""

FILTERS_KEPT = 4
"""Filters whose verdicts on each trace are remembered."""

SAID_KEPT = 100_000
"""Verdicts remembered of one filter; beyond, they are given anew."""

Place = tuple[float, str]
"""Where a trace stands in the order of an answer: its time, its id."""

_TIMES: dict[str, Callable[[Digest], float]] = {
    "TraceId": lambda digest: digest.start,
    "Event": lambda digest: digest.updated,
    "Service": lambda digest: digest.end,
}


def operations(core: Core) -> Mapping[str, Operation]:
    """The operation that lists traces."""
    return {"GetTraceSummaries": Summaries(core).get}


class Summaries:
    """The traces of one region; of each only what was touched is digested again."""

    def __init__(self, core: Core) -> None:
        self._digests = core.archive.derive(digest)
        self._verdicts = Verdicts(core.group_filters)

    def get(self, parameters: Parameters) -> dict[str, Any]:
        """A page of summaries, and `NextToken` if there may be more.

        TracesProcessedCount counts what this page looked at; what it looked at
        begins at ApproximateTime.
        """
        check("xray", "GetTraceSummaries", parameters)
        start, end = time_range(parameters, MAX_HOURS)
        time_of = _TIMES[parameters.get("TimeRangeType") or "TraceId"]
        after = _place(parameters.get("NextToken"))
        verdict = self._verdicts.of(parameters.get("FilterExpression") or "")
        found = self._digests.values().values()
        places = [
            ((when, item.id), item)
            for item in found
            if start <= (when := time_of(item)) < end
        ]
        places.sort(key=lambda pair: pair[0], reverse=True)
        chosen = _sampled(places, parameters)
        return _page(chosen, after, verdict, start)


class Verdicts:
    """Filters, and what each said of every trace it has seen."""

    def __init__(self, groups: Mapping[str, str]) -> None:
        self._groups = groups
        self._kept: OrderedDict[Any, Verdict] = OrderedDict()

    def of(self, text: str) -> "Verdict":
        """The verdict of a filter expression; FilterError."""
        groups = dict(self._groups)
        key = text, tuple(groups.items()) if "group" in text.lower() else ()
        verdict = self._kept.pop(key, None) or Verdict(compile_filter(text, groups))
        self._kept[key] = verdict
        if len(self._kept) > FILTERS_KEPT:
            self._kept.popitem(last=False)
        return verdict


@dataclass(frozen=True, slots=True)
class _Said:
    digest: Digest
    holds: bool


class Verdict:
    """A predicate that is asked once about each state of a trace."""

    def __init__(self, predicate: Predicate) -> None:
        self._predicate = predicate
        self._said: dict[str, _Said] = {}

    def __call__(self, item: Digest) -> bool:
        said = self._said.get(item.id)
        if said is None or said.digest is not item:
            if len(self._said) >= SAID_KEPT:
                self._said.clear()
            said = self._said[item.id] = _Said(item, self._predicate(item))
        return said.holds


def _page(
    places: Sequence[tuple[Place, Digest]],
    after: Place | None,
    verdict: Verdict,
    start: float,
) -> dict[str, Any]:
    rest = [p for p in places if after is None or p[0] < after]
    found: list[tuple[int, Digest]] = list(islice(_matching(rest, verdict), PAGE + 1))
    last = len(rest) if len(found) <= PAGE else found[PAGE - 1][0] + 1
    answer: dict[str, Any] = {
        "TraceSummaries": [
            {**summary(item), "MatchedEventTime": rest[number][0][0]}
            for number, item in found[:PAGE]
        ],
        "ApproximateTime": start if last == len(rest) else rest[last - 1][0][0],
        "TracesProcessedCount": last,
    }
    if len(found) > PAGE:
        answer["NextToken"] = _token(rest[last - 1][0])
    return answer


def _matching(
    places: Sequence[tuple[Place, Digest]], verdict: Verdict
) -> Iterator[tuple[int, Digest]]:
    for number, (_, item) in enumerate(places):
        if verdict(item):
            yield number, item


def _sampled(
    places: list[tuple[Place, Digest]], parameters: Parameters
) -> list[tuple[Place, Digest]]:
    """The part that sampling leaves.

    AWS names the strategies and no more: PartialScan is taken to look at that share
    of the range's traces, the newest; FixedRate to take each trace with that chance,
    decided by its id.
    """
    strategy = parameters.get("SamplingStrategy")
    if parameters.get("Sampling") is False or not (
        strategy or parameters.get("Sampling")
    ):
        return places
    if not strategy:
        return places[:SAMPLED]
    share = strategy.get("Value", 1.0)
    if not 0 <= share <= 1:
        raise invalid_request("SamplingStrategy.Value must be from 0 to 1")
    if strategy.get("Name") == "PartialScan":
        return places[: round(len(places) * share)]
    return [place for place in places if _chance(place[1].id) < share]


def _chance(trace_id: str) -> float:
    """A number from 0 to 1, the same for a trace every time."""
    number = blake2b(trace_id.encode(), digest_size=8).digest()
    return int.from_bytes(number, "big") / 2**64


def _token(place: Place) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _place(token: str | None) -> Place | None:
    if not token:
        return None
    try:
        when, identity = json.loads(base64.urlsafe_b64decode(token.encode()))
        return float(when), str(identity)
    except (ValueError, TypeError) as error:
        raise invalid_request("Invalid NextToken") from error
