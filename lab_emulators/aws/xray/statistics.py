"""Statistics and histograms of observations, of all subjects at once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from lab_emulators.aws.xray.observations import RequestOutcome, Rows

_MS_BITS = 42  # milliseconds from 1970 to 2109 fit, and so does every duration
_MAX_MS = 2**_MS_BITS - 1
_OUTCOMES = len(RequestOutcome)


@dataclass(frozen=True, slots=True)
class SubjectStatistics:
    """Statistics of a node or an edge: counts by outcome, seconds, times, histogram.

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


def statistics_of(rows: Rows) -> Mapping[int, SubjectStatistics]:
    """The statistics of every subject number that occurs in `rows`."""
    if not len(rows):
        return {}
    subjects, index = np.unique(rows["subject"], return_inverse=True)
    size = len(subjects)
    # Subjects are numbered 0, 1, …, so that `bincount` sums every column for all of
    # them in one pass; counts by outcome are a matrix laid out row by row.
    cells = index * _OUTCOMES + rows["outcome"]
    counts = np.bincount(cells, minlength=size * _OUTCOMES)
    done = rows["outcome"] != RequestOutcome.IN_PROGRESS
    took = rows["end"] - rows["start"]
    seconds = np.bincount(index[done], weights=took[done], minlength=size)
    start, end = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(start, index, rows["start"])
    np.maximum.at(end, index, rows["end"])
    sent = np.bincount(index, weights=rows["sent"], minlength=size) > 0
    entry = np.bincount(index, weights=rows["entry"], minlength=size) > 0
    histograms = _histograms(index[done], took[done], size)
    columns = (counts.reshape(size, _OUTCOMES), seconds, start, end, sent, entry)
    lists = (subjects.tolist(), *(column.tolist() for column in columns), histograms)
    return {
        subject: SubjectStatistics(tuple(counted), *rest)
        for subject, counted, *rest in zip(*lists, strict=True)
    }


def merged(statistics: Sequence[SubjectStatistics]) -> SubjectStatistics:
    """The sum of several statistics; there is at least one."""
    if len(statistics) == 1:
        return statistics[0]
    histogram: Counter[int] = Counter()
    for each in statistics:
        histogram.update(dict(each.histogram))
    return SubjectStatistics(
        tuple(map(sum, zip(*(each.counts for each in statistics), strict=True))),
        sum(each.seconds for each in statistics),
        min(each.start for each in statistics),
        max(each.end for each in statistics),
        any(each.sent for each in statistics),
        any(each.entry for each in statistics),
        tuple(sorted(histogram.items())),
    )


def _histograms(index: Any, took: Any, size: int) -> list[tuple[tuple[int, int], ...]]:
    """Pairs (milliseconds, count) for each subject, the shortest first.

    One sort for all subjects: subject and milliseconds share one 64-bit key.
    """
    ms = np.clip(np.rint(took * 1000), 0, _MAX_MS).astype(np.int64)
    keys, counts = np.unique((index << _MS_BITS) | ms, return_counts=True)
    bounds = np.searchsorted(keys >> _MS_BITS, np.arange(size + 1))
    pairs = list(zip((keys & _MAX_MS).tolist(), counts.tolist(), strict=True))
    return [tuple(pairs[low:high]) for low, high in pairwise(bounds.tolist())]
