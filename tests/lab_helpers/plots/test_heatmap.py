from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from lab_helpers import plots
from lab_helpers.analysis import HeatmapGrid
from lab_helpers.plots import Picture

themes = pytest.mark.parametrize("theme", ["light", "dark"])
Words = Callable[[Picture], str]


@dataclass(frozen=True)
class Run:
    """A run of visitors that the machine had time for."""

    notice: str = ""


def _every(grid: HeatmapGrid, step_s: float) -> HeatmapGrid:
    """The grid, as if its steps had been so long."""
    steps = [pd.Timedelta(seconds=step_s) * i for i in range(len(grid.times))]
    times = pd.DatetimeIndex([grid.times[0] + step for step in steps])
    return replace(grid, times=times)


@themes
def test_everything_can_be_read(
    grid: HeatmapGrid, theme: plots.ThemeName, legible: Callable[[Picture], None]
) -> None:
    legible(plots.heatmap(grid, percentiles=(50, 95, 99), theme=theme))


@themes
def test_two_heatmaps_can_be_read(
    grid: HeatmapGrid, theme: plots.ThemeName, legible: Callable[[Picture], None]
) -> None:
    legible(plots.compare(grid, grid, theme=theme))


def test_axes_are_named_with_their_units(grid: HeatmapGrid, said: Words) -> None:
    words = said(plots.heatmap(grid))
    assert "time (2 March 2026, 10:00 to 10:20 UTC)" in words
    assert "duration (log scale)" in words
    assert "10 ms" in words
    assert "1 s" in words
    assert "events per cell" in words


def test_the_sentence_names_the_bands_and_when_the_slow_one_began(
    grid: HeatmapGrid,
) -> None:
    assert plots.heatmap(grid).alt == (
        "Heatmap of about 3,000 events over 20 minutes: 2 bands, around 20 ms (80 %) "
        "and 2 s (20 %). The slowest band is there from 10:10 UTC."
    )


@pytest.mark.parametrize(
    ("step_s", "stretch", "since"),
    [
        (60, "20 minutes", "10:10 UTC"),
        (720, "4 hours", "12:00 UTC"),
        (20, "7 minutes", "second 200"),
        (5, "about 100 s", "second 50"),
        (0.1, "about 1 s", "second 1"),
    ],
)
def test_the_sentence_tells_how_long_in_the_unit_that_suits(
    grid: HeatmapGrid, step_s: float, stretch: str, since: str
) -> None:
    begin = grid.times[0]
    times = [begin + pd.Timedelta(seconds=step_s) * i for i in range(len(grid.times))]
    shorter = replace(grid, times=pd.DatetimeIndex(times))
    told = plots.heatmap(shorter).alt
    assert f"events over {stretch}: " in told
    assert told.endswith(f"is there from {since}.")


def test_a_short_run_is_drawn_by_the_second(grid: HeatmapGrid, said: Words) -> None:
    short = _every(grid, 5)
    axes = plots.heatmap(short, percentiles=(50,)).figure.axes[0]
    assert axes.get_xlim() == (0, 100)
    assert axes.lines[0].get_xdata()[0] == 2.5
    words = said(plots.heatmap(short)).splitlines()
    assert "seconds since 10:00:00 UTC on 2 March 2026" in words
    assert {"0", "100"} <= set(words)
    live = said(plots.heatmap(short, report=Run()))
    assert "seconds since the run began\n(2 March 2026, 10:00 UTC)" in live


@themes
def test_two_short_runs_can_be_read(
    grid: HeatmapGrid, theme: plots.ThemeName, legible: Callable[[Picture], None]
) -> None:
    short = _every(grid, 4)
    legible(plots.compare(short, short, theme=theme))
    legible(plots.compare(short, short, theme=theme, reports=[Run()]))


def test_live_requests_get_one_figure_and_a_day_of_the_past_gets_two(
    spans: pd.DataFrame,
) -> None:
    fine = HeatmapGrid.from_durations(spans, bins=[5 * 1.06**i for i in range(120)])
    assert "around 21 ms (80 %) and 2.1 s (20 %)" in plots.heatmap(fine).alt
    live = plots.heatmap(fine, report=Run()).alt
    assert "around 20 ms (80 %) and 2 s (20 %)" in live
    both = plots.compare(fine, fine, reports=[Run()]).alt
    assert both.count("around 20 ms (80 %) and 2 s (20 %)") == 2


def test_no_more_figures_are_said_than_a_bucket_is_narrow(grid: HeatmapGrid) -> None:
    assert "around 20 ms" in plots.heatmap(grid).alt
    coarse = grid.rebin(buckets=3)
    assert "around 20 ms" in plots.heatmap(coarse).alt


def test_no_row_touches_the_frame(grid: HeatmapGrid) -> None:
    low, high = plots.heatmap(grid).figure.axes[0].get_ylim()
    ratio = grid.edges[1] / grid.edges[0]
    assert low == pytest.approx(grid.edges[0] / ratio**2)
    assert high == pytest.approx(grid.edges[-1] * ratio**2)


def test_rows_far_from_every_event_are_not_drawn(spans: pd.DataFrame) -> None:
    wide = HeatmapGrid.from_durations(spans, bins=[0.01 * 1.5**i for i in range(50)])
    low, high = plots.heatmap(wide).figure.axes[0].get_ylim()
    assert low > 1
    assert high < 20_000


def test_a_linear_axis_begins_at_zero(spans: pd.DataFrame) -> None:
    linear = HeatmapGrid.from_durations(spans, scale="linear")
    assert plots.heatmap(linear).figure.axes[0].get_ylim()[0] == 0


def test_cells_without_events_show_the_background(grid: HeatmapGrid) -> None:
    (mesh,) = plots.heatmap(grid).figure.axes[0].collections
    cells = mesh.get_array()
    assert (np.ma.getmaskarray(cells) == (grid.counts == 0)).all()


def test_percentile_lines_differ_by_more_than_color(
    grid: HeatmapGrid, said: Words
) -> None:
    picture = plots.heatmap(grid, percentiles=(50, 95, 99))
    lines = picture.figure.axes[0].lines
    assert len({line.get_linestyle() for line in lines}) == 3
    assert {"p50", "p95", "p99"} <= set(said(picture).splitlines())


def test_a_line_of_one_step_is_still_seen(grid: HeatmapGrid) -> None:
    picture = plots.heatmap(grid.rebin(steps=100), percentiles=(95,))
    (line,) = picture.figure.axes[0].lines
    assert line.get_marker() == "o"


def test_a_long_title_goes_on_in_another_line(
    grid: HeatmapGrid, legible: Callable[[Picture], None]
) -> None:
    legible(
        plots.heatmap(grid, title="From 10:10 on, one request in three is slow " * 3)
    )


def test_the_frame_of_a_query_is_drawn_as_it_is(said: Words) -> None:
    rows = [(pd.Timestamp("2026-03-02T10:00Z"), 1.0, 10.0, 3)]
    frame = pd.DataFrame(rows, columns=["time", "low", "high", "count"])
    frame.attrs |= {"column": "queue_ms", "unit": "ms", "scale": "log", "step_s": 60}
    assert "queue_ms (log scale)" in said(plots.heatmap(frame))


def test_empty_time_at_the_ends_is_left_out_unless_wanted(said: Words) -> None:
    rows = [
        (pd.Timestamp(f"2026-03-02T{h:02}:00Z"), 1.0, 10.0, h == 9) for h in (8, 9, 10)
    ]
    frame = pd.DataFrame(rows, columns=["time", "low", "high", "count"])
    frame["count"] = frame["count"].astype(int)
    frame.attrs |= {"step_s": 3600}
    assert "09:00 to 10:00" in said(plots.heatmap(frame))
    assert "08:00 to 11:00" in said(plots.heatmap(frame, trim=False))


def test_other_units_than_milliseconds_are_not_called_so(said: Words) -> None:
    rows = [(pd.Timestamp("2026-03-02T10:00Z"), 100.0, 200.0, 7)]
    frame = pd.DataFrame(rows, columns=["time", "low", "high", "count"])
    frame.attrs |= {"column": "body.size", "unit": "bytes", "step_s": 60}
    picture = plots.heatmap(frame)
    assert "body.size (linear scale), bytes" in said(picture)
    assert " ms" not in said(picture)
    assert picture.alt.endswith("one band, around 200 bytes.")


def test_nothing_to_draw_is_said_in_the_picture(
    no_grid: HeatmapGrid, said: Words
) -> None:
    picture = plots.heatmap(no_grid, percentiles=(95,))
    assert "No events with duration_ms" in said(picture)
    assert picture.alt == "Heatmap of duration_ms without any events."
    assert picture.png()


def test_side_by_side_both_have_the_same_buckets(spans: pd.DataFrame) -> None:
    one = HeatmapGrid.from_durations(spans, bins=40)
    other = HeatmapGrid.from_durations(spans[spans["duration_ms"] < 500], bins=23)
    left, right = plots.compare(one, other).figure.axes[:2]
    (few,), (many,) = left.collections, right.collections
    rows = [mesh.get_coordinates()[:, 0, 1] for mesh in (few, many)]
    assert np.array_equal(*rows)
    assert many.get_array().sum() == pytest.approx(other.total)


def test_side_by_side_one_number_stands_for_one_band(spans: pd.DataFrame) -> None:
    one = HeatmapGrid.from_durations(spans, bins=[5 * 1.06**i for i in range(120)])
    other = HeatmapGrid.from_durations(spans, bins=[4 * 1.21**i for i in range(40)])
    assert one.bands()[0].peak != other.bands()[0].peak
    left, right = plots.compare(one, other).alt.split("After: ")
    assert left.partition("bands, ")[2].strip() == right.partition("bands, ")[2]


def test_side_by_side_both_times_are_equally_long(grid: HeatmapGrid) -> None:
    half = replace(grid, times=grid.times[:6], counts=grid.counts[:, :5])
    later = replace(half, times=half.times + pd.Timedelta(hours=1))
    for other in (half, later):
        left, right = plots.compare(grid, other).figure.axes[:2]
        assert np.diff(left.get_xlim()) == pytest.approx(np.diff(right.get_xlim()))
    left, right = plots.compare(grid, half).figure.axes[:2]
    assert left.get_xlim() == right.get_xlim()
    short = plots.compare(_every(grid, 5), _every(grid, 4)).figure
    assert [axes.get_xlim() for axes in short.axes[:2]] == [(0, 100), (0, 100)]


def test_what_has_no_common_buckets_is_not_compared(spans: pd.DataFrame) -> None:
    log = HeatmapGrid.from_durations(spans)
    linear = HeatmapGrid.from_durations(spans, scale="linear")
    with pytest.raises(ValueError, match="'left' is log in ms and 'right' is linear"):
        plots.compare(log, linear)


def test_side_by_side_both_have_the_same_axis_and_colors(grid: HeatmapGrid) -> None:
    left, right = plots.compare(grid.rebin(buckets=2), grid).figure.axes[:2]
    assert left.get_ylim() == right.get_ylim()
    assert left.collections[0].get_clim() == right.collections[0].get_clim()


def test_a_missing_side_still_leaves_the_other(
    grid: HeatmapGrid, no_grid: HeatmapGrid, said: Words
) -> None:
    picture = plots.compare(no_grid, grid, titles=("calm", "storm"))
    assert "No events" in said(picture)
    assert "Calm: Heatmap of duration_ms without any events" in picture.alt
    assert picture.png()


def test_ones_own_sentence_wins(grid: HeatmapGrid) -> None:
    assert plots.heatmap(grid, alt="Mine.").alt == "Mine."
