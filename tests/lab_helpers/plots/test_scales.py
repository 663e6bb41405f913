import pandas as pd
import pytest
from matplotlib.figure import Figure

from lab_helpers.plots import scales


def _ticks(begin: str, end: str) -> list[str]:
    axes = Figure().subplots()
    times = pd.DatetimeIndex([begin, end], tz="UTC")
    axes.set_xlim(*scales.numbers(times))
    scales.time_axis(axes)
    axes.figure.draw_without_rendering()
    return [tick.get_text() for tick in axes.get_xticklabels()]


def test_a_short_axis_shows_seconds_and_a_long_one_the_date() -> None:
    assert "10:00:30" in _ticks("2026-03-02 10:00:00", "2026-03-02 10:01:00")
    assert "10:15" in _ticks("2026-03-02 10:00", "2026-03-02 10:30")
    assert "3 Mar" in _ticks("2026-03-02 10:00", "2026-03-03 16:00")


def test_times_of_another_zone_are_drawn_in_utc() -> None:
    local = pd.DatetimeIndex(["2026-03-02T12:00"], tz="Europe/Helsinki")
    utc = pd.DatetimeIndex(["2026-03-02T10:00"], tz="UTC")
    assert scales.numbers(local) == pytest.approx(scales.numbers(utc))


def test_the_label_names_both_days_if_there_are_two() -> None:
    times = pd.DatetimeIndex(["2026-03-02T10:00", "2026-03-03T16:00"], tz="UTC")
    assert scales.span_of(times) == "2 March 2026, 10:00 to 3 March, 16:00 UTC"


def test_the_label_of_a_whole_day_names_it_once() -> None:
    times = pd.DatetimeIndex(["2026-03-02T00:00", "2026-03-03T00:00"], tz="UTC")
    assert scales.span_of(times) == "2 March 2026, 00:00 to 24:00 UTC"
