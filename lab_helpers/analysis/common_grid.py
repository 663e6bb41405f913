"""Two heatmap grids on the same buckets, so that they can be compared."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from lab_helpers.analysis.heatmap import HeatmapGrid

Floats = npt.NDArray[np.float64]


def common_grid(
    left: HeatmapGrid, right: HeatmapGrid
) -> tuple[HeatmapGrid, HeatmapGrid]:
    """Both grids on the buckets of the coarser one, which are continued to hold all.

    Where one step of time is a multiple of the other, the steps become equal, too.
    Grids without events are returned as they are. ValueError: their scales or units
    differ, and so there are no common buckets.
    """
    if not (left.total and right.total):
        return left, right
    if (left.scale, left.unit) != (right.scale, right.unit):
        raise ValueError(
            f"'left' is {_kind(left)} and 'right' is {_kind(right)}; only heatmaps "
            "with the same scale and unit can be compared"
        )
    edges = _common_edges(left, right)
    one, other = _on(left, edges), _on(right, edges)
    step = max(one.step_s, other.step_s)
    return _coarser(one, step), _coarser(other, step)


def _kind(grid: HeatmapGrid) -> str:
    return f"{grid.scale} in {grid.unit or 'no unit'}"


def _common_edges(left: HeatmapGrid, right: HeatmapGrid) -> Floats:
    ways = [_way(grid) for grid in (left, right)]
    base = max(ways, key=lambda way: float(np.diff(way).mean()))
    low, high = min(way[0] for way in ways), max(way[-1] for way in ways)
    below = _continued(base[0], base[0] - base[1], low)
    above = _continued(base[-1], base[-1] - base[-2], high)
    way = np.concatenate([below[::-1], base, above])
    return np.asarray(np.exp(way) if left.scale == "log" else way)


def _way(grid: HeatmapGrid) -> Floats:
    """The edges as they stand along the value axis."""
    return np.log(grid.edges) if grid.scale == "log" else grid.edges


def _continued(end: float, width: float, until: float) -> Floats:
    """Further edges beyond an end, as far as needed to reach a value."""
    number = max(int(np.ceil((until - end) / width - 1e-9)), 0)
    return np.asarray(end + width * np.arange(1, number + 1))


def _on(grid: HeatmapGrid, edges: Floats) -> HeatmapGrid:
    """The grid with other buckets, its events spread evenly over each of its own."""
    if grid.edges.size == edges.size and np.allclose(grid.edges, edges):
        return replace(grid, edges=edges)
    # Counts summed up from below are known at the own edges; between two of them they
    # rise in a straight line. What a new bucket holds is the rise over it.
    way = np.log(edges) if grid.scale == "log" else edges
    rising = np.vstack([np.zeros(grid.counts.shape[1]), np.cumsum(grid.counts, axis=0)])
    read = [np.interp(way, _way(grid), column) for column in rising.T]
    counts = np.diff(np.array(read).T, axis=0)
    return replace(
        grid, edges=edges, counts=np.asarray(np.round(counts, 9), dtype=float)
    )


def _coarser(grid: HeatmapGrid, step: float) -> HeatmapGrid:
    times = step / grid.step_s
    return grid.rebin(steps=round(times)) if times == round(times) else grid
