import numpy as np
import pandas as pd
import pytest

from lab_helpers.analysis import HeatmapGrid, percentile

BEGIN = pd.Timestamp("2026-03-02T10:00Z")


def _long(rows: list[tuple[float, float, float, float]], **attrs: object):
    """Rows of (minute, low, high, count) as `client.heatmap()` returns them."""
    frame = pd.DataFrame(rows, columns=["time", "low", "high", "count"])
    frame["time"] = BEGIN + pd.to_timedelta(frame["time"], unit="min")
    frame.attrs |= attrs
    return frame


def test_a_long_frame_becomes_a_matrix_with_buckets_up_and_steps_across() -> None:
    rows = [(0, 0, 50, 3), (0, 50, 100, 1), (1, 0, 50, 0), (1, 50, 100, 7)]
    grid = HeatmapGrid.from_frame(_long(rows, column="size", step_s=60))
    assert grid.counts.tolist() == [[3, 0], [1, 7]]
    assert grid.edges.tolist() == [0, 50, 100]
    assert list(grid.times) == [BEGIN + pd.Timedelta(minutes=m) for m in range(3)]
    assert grid.column == "size"


def test_a_step_the_service_left_out_is_an_empty_column() -> None:
    grid = HeatmapGrid.from_frame(_long([(0, 0, 1, 2), (3, 0, 1, 5)], step_s=60))
    assert grid.counts.tolist() == [[2, 0, 0, 5]]


def test_logarithmic_bounds_with_rounding_noise_are_one_edge() -> None:
    edges = [10 ** (0.1 * i) for i in range(4)]
    rows = [
        (m, edges[i] * (1 + m * 1e-12), edges[i + 1], 1)
        for m in range(3)
        for i in range(3)
    ]
    grid = HeatmapGrid.from_frame(_long(rows, scale="log", step_s=60))
    assert grid.counts.shape == (3, 3)
    assert grid.total == 9


def test_buckets_that_differ_by_step_are_spread_without_losing_events() -> None:
    rows = [(0, 0, 100, 8), (1, 0, 30, 3), (1, 30, 60, 6)]
    grid = HeatmapGrid.from_frame(_long(rows, step_s=60))
    assert grid.per_step == pytest.approx([8, 9])
    assert np.diff(grid.edges) == pytest.approx(25)
    assert grid.counts[:, 0] == pytest.approx([2, 2, 2, 2])


def test_an_empty_frame_is_an_empty_grid_that_says_so() -> None:
    grid = HeatmapGrid.from_frame(_long([], column="duration_ms"))
    assert grid.total == 0
    assert repr(grid) == "heatmap of duration_ms: no events"
    assert not grid.bands()


def test_single_spans_are_counted_in_their_step_and_bucket() -> None:
    rows = pd.DataFrame(
        {
            "start": BEGIN + pd.to_timedelta([0, 59, 60, 61], unit="s"),
            "duration_ms": [5.0, 50.0, 50.0, 100.0],
            "sample_rate": [1, 1, 10, 2],
        }
    )
    grid = HeatmapGrid.from_durations(rows, step_s=60, bins=[1, 10, 100])
    assert grid.counts.tolist() == [[1, 0], [1, 12]]


def test_no_span_falls_out_of_automatic_buckets(two_bands: pd.DataFrame) -> None:
    for scale in ("log", "linear"):
        grid = HeatmapGrid.from_durations(two_bands, scale=scale)
        assert grid.total == len(two_bands)


def test_equal_durations_make_buckets_on_either_scale() -> None:
    rows = pd.DataFrame({"start": [BEGIN] * 3, "duration_ms": [5.0] * 3})
    for scale in ("log", "linear"):
        assert HeatmapGrid.from_durations(rows, scale=scale).total == 3


def test_a_percentile_of_buckets_is_within_its_stated_error(
    two_bands: pd.DataFrame,
) -> None:
    grid = HeatmapGrid.from_durations(two_bands, step_s=60, bins=60)
    line = grid.percentile(95)
    minutes = two_bands["start"].dt.floor("60s")
    exact = two_bands.groupby(minutes)["duration_ms"].apply(percentile, 95)
    steps_off = np.abs(line.values - exact.to_numpy())
    calm = slice(0, 10)
    assert (steps_off[calm] <= line.error[calm]).all()
    assert ((line.low <= line.values) & (line.values <= line.high)).all()


def test_percentiles_of_one_bucket_interpolate_inside_it() -> None:
    grid = HeatmapGrid.from_frame(_long([(0, 0, 10, 4)], step_s=60))
    assert grid.percentile(50).values.tolist() == [5]
    assert grid.percentile(100).values.tolist() == [10]


def test_percentile_zero_skips_empty_buckets() -> None:
    rows = [(0, 0, 10, 0), (0, 10, 20, 4), (0, 20, 30, 0)]
    grid = HeatmapGrid.from_frame(_long(rows, step_s=60))
    assert grid.percentile(0).values.tolist() == [10]
    assert grid.percentile(100).values.tolist() == [20]


def test_the_line_of_a_grid_without_events_has_no_value() -> None:
    grid = HeatmapGrid.from_frame(_long([(0, 0, 1, 1), (2, 0, 1, 1)], step_s=60))
    assert np.isnan(grid.percentile(50).values).tolist() == [False, True, False]


def test_a_coarser_grid_keeps_every_event(two_bands: pd.DataFrame) -> None:
    fine = HeatmapGrid.from_durations(two_bands, step_s=60, bins=40)
    coarse = fine.rebin(steps=3, buckets=7)
    assert coarse.counts.shape == (6, 7)
    assert coarse.total == fine.total
    assert coarse.step_s == 180


def test_trimming_leaves_out_empty_time_at_both_ends_only() -> None:
    counts = [0, 0, 4, 0, 5, 0]
    rows = [(minute, 0, 10, count) for minute, count in enumerate(counts)]
    grid = HeatmapGrid.from_frame(_long(rows, step_s=60)).trim()
    assert grid.counts.tolist() == [[4, 0, 5]]
    assert grid.times[0] == BEGIN + pd.Timedelta(minutes=2)
    assert grid.times[-1] == BEGIN + pd.Timedelta(minutes=5)


def test_grids_with_other_edges_do_not_add_up() -> None:
    one = HeatmapGrid.from_frame(_long([(0, 0, 10, 4)], step_s=60))
    two = HeatmapGrid.from_frame(_long([(0, 0, 20, 4)], step_s=60))
    assert one.merge(one).total == 8
    with pytest.raises(ValueError, match="same time and value edges"):
        one.merge(two)


def test_counts_that_do_not_fit_the_edges_are_refused() -> None:
    times = pd.DatetimeIndex([BEGIN, BEGIN + pd.Timedelta("1min")])
    with pytest.raises(ValueError, match=r"\(2, 2\), the edges say \(1, 1\)"):
        HeatmapGrid(times, np.array([0.0, 1.0]), np.zeros((2, 2)))


def test_bands_are_found_where_the_data_has_them(two_bands: pd.DataFrame) -> None:
    fast, slow = HeatmapGrid.from_durations(two_bands, step_s=60).bands()
    assert 15 < fast.peak < 25
    assert 1500 < slow.peak < 2500
    assert slow.first_step >= 10
    assert fast.share + slow.share == pytest.approx(1, abs=0.02)


def test_one_noisy_hump_is_one_band() -> None:
    random = np.random.default_rng(9)
    rows = pd.DataFrame(
        {"start": [BEGIN] * 2000, "duration_ms": random.lognormal(3, 0.4, 2000)}
    )
    assert len(HeatmapGrid.from_durations(rows, bins=50).bands()) == 1
