"""Rows of observations to AWS's statistics and histograms, all subjects at once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from lab_emulators.aws.xray.observations import Outcome, Rows

_MS_BITS = 42  # milliseconds from 1970 to 2109 fit, and so does every duration
_MAX_MS = 2**_MS_BITS - 1
_OUTCOMES = len(Outcome)


@dataclass(frozen=True, slots=True)
class Tally:
    """One node's or edge's share: counts by outcome, seconds, when, a histogram.

    `histogram` maps whole milliseconds to how many requests took that long; what is
    in progress is counted under its outcome only.
    """

    counts: tuple[int, ...]
    seconds: float
    start: float
    end: float
    sent: bool
    entry: bool
    histogram: tuple[tuple[int, int], ...]

    def as_document(self) -> dict[str, Any]:
        """`SummaryStatistics`, of nodes and edges alike."""
        ok, error, throttle, fault, _ = self.counts
        return {
            "OkCount": ok,
            "ErrorStatistics": {
                "ThrottleCount": throttle,
                "OtherCount": error,
                "TotalCount": throttle + error,
            },
            "FaultStatistics": {"OtherCount": fault, "TotalCount": fault},
            "TotalCount": ok + error + throttle + fault,
            "TotalResponseTime": round(self.seconds, 6),
        }

    def histogram_document(self) -> list[dict[str, Any]]:
        """`ResponseTimeHistogram`: one entry for every millisecond that occurs."""
        return [{"Value": ms / 1000, "Count": count} for ms, count in self.histogram]


def tallies_of(rows: Rows) -> Mapping[int, Tally]:
    """The statistics of every subject number that occurs in `rows`."""
    if not len(rows):
        return {}
    subjects, place = np.unique(rows["subject"], return_inverse=True)
    size = len(subjects)
    cells = place * _OUTCOMES + rows["outcome"]
    counts = np.bincount(cells, minlength=size * _OUTCOMES)
    done = rows["outcome"] != Outcome.IN_PROGRESS
    took = rows["end"] - rows["start"]
    seconds = np.bincount(place[done], weights=took[done], minlength=size)
    start, end = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(start, place, rows["start"])
    np.maximum.at(end, place, rows["end"])
    sent = np.bincount(place, weights=rows["sent"], minlength=size) > 0
    entry = np.bincount(place, weights=rows["entry"], minlength=size) > 0
    histograms = _histograms(place[done], took[done], size)
    columns = (counts.reshape(size, _OUTCOMES), seconds, start, end, sent, entry)
    lists = (subjects.tolist(), *(column.tolist() for column in columns), histograms)
    return {
        subject: Tally(tuple(counted), *rest)
        for subject, counted, *rest in zip(*lists, strict=True)
    }


def merged(tallies: Sequence[Tally]) -> Tally:
    """Several tallies as one; there is at least one."""
    if len(tallies) == 1:
        return tallies[0]
    histogram: Counter[int] = Counter()
    for tally in tallies:
        histogram.update(dict(tally.histogram))
    return Tally(
        tuple(map(sum, zip(*(tally.counts for tally in tallies), strict=True))),
        sum(tally.seconds for tally in tallies),
        min(tally.start for tally in tallies),
        max(tally.end for tally in tallies),
        any(tally.sent for tally in tallies),
        any(tally.entry for tally in tallies),
        tuple(sorted(histogram.items())),
    )


def _histograms(place: Any, took: Any, size: int) -> list[tuple[tuple[int, int], ...]]:
    """For each place its (milliseconds, count) pairs, the shortest first."""
    ms = np.clip(np.rint(took * 1000), 0, _MAX_MS).astype(np.int64)
    keys, counts = np.unique((place << _MS_BITS) | ms, return_counts=True)
    bounds = np.searchsorted(keys >> _MS_BITS, np.arange(size + 1))
    pairs = list(zip((keys & _MAX_MS).tolist(), counts.tolist(), strict=True))
    return [tuple(pairs[low:high]) for low, high in pairwise(bounds.tolist())]
