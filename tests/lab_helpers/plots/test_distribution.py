from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import pytest

from lab_helpers import plots
from lab_helpers.plots import Picture

Words = Callable[[Picture], str]


@dataclass(frozen=True)
class Run:
    """A run of visitors that the machine had time for."""

    notice: str = ""


@pytest.fixture
def times() -> pd.DataFrame:
    """Two services; `api` has 19 of 20 requests at 10 ms, one at 400 ms."""
    rows = [("api", 10.0, 19), ("api", 400.0, 1), ("feed", 30.0, 5), ("feed", 60.0, 5)]
    return pd.DataFrame(rows, columns=["service", "ms", "count"])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_can_be_read(
    times: pd.DataFrame, theme: plots.ThemeName, legible: Callable[[Picture], None]
) -> None:
    legible(plots.response_times(times, theme=theme))


def test_bars_are_shares_of_the_services_own_requests(times: pd.DataFrame) -> None:
    for axes in plots.response_times(times).figure.axes:
        heights = [bar.get_height() for bar in axes.patches]
        assert sum(heights) == pytest.approx(1)


def test_the_sentence_gives_both_percentiles(times: pd.DataFrame) -> None:
    assert plots.response_times(times).alt == (
        "Response times on one axis: api has its median at about 10 ms and its 95th "
        "percentile at about 30 ms; feed has its median at about 45 ms and its 95th "
        "percentile at about 60 ms."
    )


def test_live_requests_get_one_figure(times: pd.DataFrame) -> None:
    live = plots.response_times(times, report=Run()).alt
    assert "feed has its median at about 40 ms" in live


@pytest.mark.parametrize("services", [2, 3, 5])
def test_the_name_of_the_axis_stands_beside_all_numbers(
    services: int, legible: Callable[[Picture], None]
) -> None:
    names = [f"service-{number}" for number in range(services)]
    rows = [(name, ms, 5) for name in names for ms in (3.0, 30.0, 300.0)]
    frame = pd.DataFrame(rows, columns=["service", "ms", "count"])
    picture = plots.response_times(frame)
    legible(picture)
    figure = picture.figure
    (label,) = (t for t in figure.texts if t.get_text() == "share of requests")
    right = label.get_window_extent().x1
    ticks = [text for axes in figure.axes for text in axes.get_yticklabels()]
    assert all(right < tick.get_window_extent().x0 for tick in ticks)


def test_services_are_chosen_and_ordered(times: pd.DataFrame, said: Words) -> None:
    figure = plots.response_times(times, services=["feed", "none"]).figure
    assert len(figure.axes) == 1
    assert "feed, 10 requests" in said(plots.response_times(times))


def test_no_rows_are_said_in_words(times: pd.DataFrame, said: Words) -> None:
    picture = plots.response_times(times.iloc[:0])
    assert "No response times" in said(picture)
    assert "without any requests" in picture.alt


def test_what_xray_rounded_to_zero_is_still_drawn(
    times: pd.DataFrame, said: Words
) -> None:
    rounded = times.assign(ms=times["ms"].where(times["ms"] > 10, 0.0))
    assert "api, 20 requests" in said(plots.response_times(rounded))
