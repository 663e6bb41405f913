"""Bands of a latency distribution: its separate humps, and their time steps."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lab_helpers.analysis import words

Floats = npt.NDArray[np.float64]

VALLEY = 0.5
"""Two peaks are separate if the valley between falls below this part of the lower."""

SMALLEST_SHARE = 0.02
"""A hump with less than this share of all events is not called a band."""


@dataclass(frozen=True, slots=True, repr=False)
class Band:
    """One hump: its bounds and peak in the grid's unit, its share of all events.

    `first_step` and `last_step` are the time steps holding its middle 98 %.
    """

    low: float
    peak: float
    high: float
    share: float
    first_step: int
    last_step: int
    unit: str = "ms"

    def __repr__(self) -> str:
        peak, low, high = (
            words.reading(value, self.unit)
            for value in (self.peak, self.low, self.high)
        )
        share = words.share(self.share)
        return f"band around {peak} ({low} to {high}) with {share} of events"


def find(edges: Floats, counts: Floats, unit: str = "ms") -> tuple[Band, ...]:
    """The bands of a grid (m+1 edges, m × n counts), the one with most events first."""
    buckets = counts.sum(axis=1) if counts.size else np.zeros(0)
    if not buckets.sum():
        return ()
    bands = [
        _band(edges, counts, (low, high), unit) for low, high in _cuts(_smooth(buckets))
    ]
    large = [band for band in bands if band.share >= SMALLEST_SHARE]
    return tuple(sorted(large, key=lambda band: -band.share))


def _smooth(buckets: Floats) -> Floats:
    # Neighboring buckets of few events alternate by chance, and each would be a peak.
    width = 3 if buckets.size >= 12 else 1
    kernel = np.array([1.0, 2.0, 1.0]) / 4 if width == 3 else np.ones(1)
    smooth: Floats = np.convolve(buckets, kernel, mode="same")
    return smooth


def _cuts(smooth: Floats) -> list[tuple[int, int]]:
    """Ranges of buckets, one per hump, found by joining peaks over shallow valleys."""
    # From left to right, `highest` is the top of the present hump. A later peak begins
    # a new hump if the valley between is deep enough; else it only may be the new top.
    peaks = _peaks(smooth)
    starts = [0]
    highest = peaks[0]
    for peak in peaks[1:]:
        valley = highest + int(np.argmin(smooth[highest : peak + 1]))
        if smooth[valley] < VALLEY * min(smooth[highest], smooth[peak]):
            starts.append(valley)
            highest = peak
        elif smooth[peak] > smooth[highest]:
            highest = peak
    return list(zip(starts, [*starts[1:], smooth.size], strict=True))


def _peaks(smooth: Floats) -> list[int]:
    padded = np.concatenate([[-1.0], smooth, [-1.0]])
    rising = padded[1:-1] > padded[:-2]
    falling = padded[1:-1] >= padded[2:]
    return [int(i) for i in np.flatnonzero(rising & falling & (smooth > 0))]


def _band(edges: Floats, counts: Floats, rows: tuple[int, int], unit: str) -> Band:
    first, last = rows
    part = counts[first:last]
    buckets = part.sum(axis=1)
    filled = np.flatnonzero(buckets) + first
    top = first + int(np.argmax(buckets))
    steps = np.cumsum(part.sum(axis=0)) / part.sum()
    middle = float(edges[top] + edges[top + 1]) / 2
    return Band(
        low=float(edges[filled[0]]),
        peak=middle,
        high=float(edges[filled[-1] + 1]),
        share=float(part.sum() / counts.sum()),
        first_step=int(np.searchsorted(steps, 0.01)),
        last_step=int(np.searchsorted(steps, 0.99)),
        unit=unit,
    )
