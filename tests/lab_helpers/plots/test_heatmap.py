from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lab_helpers import plots
from lab_helpers.analysis import HeatmapGrid
from lab_helpers.plots import Picture

themes = pytest.mark.parametrize("theme", ["light", "dark"])
Words = Callable[[Picture], str]


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
        (60, "20 minutes", "10:10"),
        (720, "4 hours", "12:00"),
        (5, "about 100 s", "10:00:50"),
        (0.1, "about 1 s", "10:00:01"),
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
    assert told.endswith(f"is there from {since} UTC.")


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
