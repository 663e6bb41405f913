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


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("axis", ["linear", "log"])
def test_everything_can_be_read(
    spans: pd.DataFrame,
    theme: plots.ThemeName,
    axis: str,
    legible: Callable[[Picture], None],
) -> None:
    legible(plots.percentiles_over_time(spans, theme=theme, log=axis == "log"))


def test_lines_differ_by_dash_and_marker_and_are_named(
    spans: pd.DataFrame, said: Words
) -> None:
    picture = plots.percentiles_over_time(spans)
    lines = picture.figure.axes[0].lines
    assert len({line.get_marker() for line in lines}) == len(lines) == 4
    assert {"average", "p50", "p95", "p99"} <= set(said(picture).splitlines())


def test_the_columns_of_a_query_get_readable_names(said: Words) -> None:
    steps = pd.DataFrame(
        {
            "time": pd.date_range("2026-03-02T10:00Z", periods=3, freq="min"),
            "COUNT": [9, 9, 9],
            "AVG(duration_ms)": [20.0, 30.0, None],
            "P999(duration_ms)": [900.0, 2000.0, None],
        }
    )
    picture = plots.percentiles_over_time(steps)
    words = said(picture).splitlines()
    assert {"average", "p99.9"} <= set(words)
    assert "COUNT" not in words
    assert "average usually about 25 ms, at most about 30 ms" in picture.alt


@pytest.fixture
def noon() -> pd.DataFrame:
    """A day by the hour, of which four hours and one other are slow."""
    hours = pd.date_range("2026-03-02T00:00Z", periods=24, freq="h")
    p95 = [104.0] * 24
    p95[8] = 240.0
    p95[12:16] = [470.0, 480.0, 470.0, 493.0]
    return pd.DataFrame({"time": hours, "p50": [61.0] * 24, "p95": p95})


def test_the_sentence_says_when_a_line_is_high(noon: pd.DataFrame) -> None:
    assert plots.percentiles_over_time(noon).alt == (
        "Lines over 24 time steps: p50 usually about 61 ms, at most about 61 ms; p95 "
        "usually about 100 ms, at most about 490 ms, high from 12:00 to 16:00 UTC."
    )


def test_live_requests_get_one_figure(noon: pd.DataFrame) -> None:
    live = plots.percentiles_over_time(noon, report=Run()).alt
    assert "p50 usually about 60 ms" in live
    assert "at most about 500 ms" in live


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("by", ["moments", "seconds"])
def test_an_incident_is_marked(
    noon: pd.DataFrame,
    theme: plots.ThemeName,
    by: str,
    legible: Callable[[Picture], None],
) -> None:
    moments = (noon["time"][12], noon["time"][16])
    seconds = tuple(moment.timestamp() for moment in moments)
    span = moments if by == "moments" else seconds
    picture = plots.percentiles_over_time(noon, span=span, theme=theme)
    legible(picture)
    (mark,) = picture.figure.axes[0].patches
    assert mark.get_hatch()
    assert picture.alt.endswith("The incident is marked, from 12:00 to 16:00 UTC.")
    names = [text.get_text() for text in picture.figure.legends[0].get_texts()]
    assert "incident" in names


def test_an_incident_must_end_after_it_began(noon: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="'span' must end later than it starts"):
        plots.percentiles_over_time(noon, span=(2000.0, 1000.0))


def test_the_axes_say_their_units(spans: pd.DataFrame, said: Words) -> None:
    words = said(plots.percentiles_over_time(spans, log=True))
    assert "duration (log scale)" in words
    assert "UTC" in words


def test_a_single_step_has_a_time_axis_of_minutes(
    spans: pd.DataFrame, said: Words
) -> None:
    step = spans.iloc[:1].assign(duration_ms=12.0)
    assert "10:00:00" in said(plots.percentiles_over_time(step))


def test_nothing_to_draw_is_said_in_the_picture(
    spans: pd.DataFrame, said: Words
) -> None:
    picture = plots.percentiles_over_time(spans.iloc[:0])
    assert "No values in this time range" in said(picture)
    assert picture.alt == "Lines by time, without any values."
