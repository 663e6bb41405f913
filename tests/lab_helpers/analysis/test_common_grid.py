"""Grids that are compared stand on the same buckets, and lose no event."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lab_helpers.analysis import HeatmapGrid
from lab_helpers.analysis.common_grid import common_grid

BEGIN = pd.Timestamp("2026-03-02T10:00:00Z")


def grid_of(edges: list[float], counts: list[list[float]]) -> HeatmapGrid:
    times = [BEGIN + pd.Timedelta(minutes=i) for i in range(len(counts[0]) + 1)]
    return HeatmapGrid(
        pd.DatetimeIndex(times), np.array(edges), np.array(counts), "log"
    )


COARSE = grid_of([1, 10, 100], [[4, 1], [2, 0]])
FINE = grid_of([10, 10**1.5, 100, 10**2.5, 1000], [[1, 0], [2, 0], [3, 7], [0, 1]])


def test_the_buckets_are_those_of_the_coarser_one_continued() -> None:
    for left, right in (common_grid(COARSE, FINE), common_grid(FINE, COARSE)[::-1]):
        assert left.edges == pytest.approx([1, 10, 100, 1000])
        assert np.array_equal(left.edges, right.edges)
        assert left.counts == pytest.approx(np.array([[4, 1], [2, 0], [0, 0]]))
        assert right.counts == pytest.approx(np.array([[0, 0], [3, 0], [3, 8]]))


def test_a_bucket_that_is_cut_gives_each_part_its_share() -> None:
    cut = grid_of([10**0.5, 10**1.25], [[3, 6]])
    _, spread = common_grid(COARSE, cut)
    assert spread.counts == pytest.approx(np.array([[2, 4], [1, 2]]))


def test_no_event_is_lost() -> None:
    random = np.random.default_rng(3)
    one = grid_of([1.1**i for i in range(41)], random.integers(0, 9, (40, 5)).tolist())
    other = grid_of([0.3 * 1.3**i for i in range(31)], [[1.0] * 5] * 30)
    left, right = common_grid(one, other)
    assert left.per_step == pytest.approx(one.per_step)
    assert right.per_step == pytest.approx(other.per_step)


def test_steps_of_time_become_equal_where_one_is_a_multiple() -> None:
    slow = replace(
        COARSE,
        times=pd.DatetimeIndex([BEGIN + pd.Timedelta(hours=i) for i in (0, 1, 2)]),
    )
    left, right = common_grid(FINE, slow)
    assert left.step_s == right.step_s == 3600
    assert left.total == FINE.total


def test_grids_on_the_same_buckets_stay_as_they_are() -> None:
    left, right = common_grid(COARSE, COARSE)
    assert np.array_equal(left.counts, right.counts)
    assert left.edges == pytest.approx(COARSE.edges)


def test_an_empty_grid_changes_nothing() -> None:
    empty = replace(COARSE, counts=COARSE.counts * 0)
    assert common_grid(empty, FINE) == (empty, FINE)


def test_scales_and_units_must_be_the_same() -> None:
    with pytest.raises(ValueError, match="'right' is linear in ms"):
        common_grid(COARSE, replace(FINE, scale="linear"))
    with pytest.raises(ValueError, match="'right' is log in bytes"):
        common_grid(COARSE, replace(FINE, unit="bytes"))
