"""Histograms as values: one for each bucket, inside it, with the sum kept exact.

CloudWatch's percentiles want values, a histogram only says between which bounds they
lay. Each bucket stands for its count of one value; all values lie equally far into
their buckets, as far as makes the sum of all that which was measured.
"""

import math
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    ExponentialHistogramDataPoint,
    HistogramDataPoint,
)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Values above `low`, up to `high`."""

    low: float
    high: float


Counts = Mapping[Bucket, int]


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of values by bucket, and the sum of all values."""

    counts: Counts
    total: float

    def less(self, earlier: "Histogram") -> "Histogram | None":
        """The histogram of the values since then; None when counting has restarted.

        An earlier bucket may be part of one that is wider now: an exponential
        histogram widens its buckets when values lie far apart.
        """
        left = dict(self.counts)
        for old, count in earlier.counts.items():
            wider = old if old in left else _around(old, left)
            if wider is None or left[wider] < count:
                return None
            left[wider] -= count
        filled = {bucket: count for bucket, count in left.items() if count}
        return Histogram(filled, self.total - earlier.total)

    def values(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Values in ascending order, and the count of each."""
        # All values lie at the same fraction of their buckets: solve for the fraction
        # that makes their sum the one that was measured.
        filled = sorted(self._closed())
        least = sum(low * count for low, _, count in filled)
        span = sum((high - low) * count for low, high, count in filled)
        part = min(max((self.total - least) / span, 0.0), 1.0) if span else 0.0
        values = tuple(low + (high - low) * part for low, high, _ in filled)
        return values, tuple(float(count) for _, _, count in filled)

    def _closed(self) -> Iterator[tuple[float, float, int]]:
        """Bounds and counts of buckets that are not empty, without open ends.

        A bucket that is open below ends at 0, or has its upper bound only; one that is
        open above ends where its values would be if all others were in their middle.
        """
        rest = self.total
        last: tuple[float, int] | None = None
        for bucket, count in self.counts.items():
            low = min(0.0, bucket.high) if math.isinf(bucket.low) else bucket.low
            if math.isinf(bucket.high):
                last = low if math.isfinite(bucket.low) else -math.inf, count
                continue
            rest -= (low + bucket.high) / 2 * count
            yield low, bucket.high, count
        if last is not None:
            low, count = last
            mean = rest / count
            low = mean if math.isinf(low) else low
            yield low, max(low, 2 * mean - low), count


def explicit(point: HistogramDataPoint) -> Histogram:
    """A histogram with bounds of its own; without bounds all values are as one."""
    bounds = list(point.explicit_bounds)
    counts = list(point.bucket_counts) or [point.count]
    edges = [-math.inf, *(bounds if point.bucket_counts else ()), math.inf]
    nonzero = {
        Bucket(low, high): count
        for (low, high), count in zip(pairwise(edges), counts, strict=False)
        if count
    }
    return Histogram(nonzero, point.sum)


def exponential(point: ExponentialHistogramDataPoint) -> Histogram:
    """A histogram whose bounds are powers of 2 ** (2 ** -scale)."""
    counts: dict[Bucket, int] = {}
    if point.zero_count:
        threshold = point.zero_threshold
        counts[Bucket(-threshold, threshold)] = point.zero_count
    for sign, side in ((1, point.positive), (-1, point.negative)):
        for index, count in enumerate(side.bucket_counts):
            edges = (
                _power(side.offset + index, point.scale),
                _power(side.offset + index + 1, point.scale),
            )
            if count:
                low, high = sorted(sign * edge for edge in edges)
                counts[Bucket(low, high)] = count
    return Histogram(counts, point.sum)


def _power(index: int, scale: int) -> float:
    """A bound; beyond the range of floats, the largest there is."""
    try:
        return float(2.0 ** (index * 2.0**-scale))
    except OverflowError:
        return sys.float_info.max


def _around(part: Bucket, buckets: Iterable[Bucket]) -> Bucket | None:
    """The bucket that holds all of `part`, bounds being equal but for rounding."""
    for bucket in buckets:
        low = bucket.low <= part.low or math.isclose(bucket.low, part.low)
        high = part.high <= bucket.high or math.isclose(bucket.high, part.high)
        if low and high:
            return bucket
    return None
