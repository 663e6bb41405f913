from collections.abc import Callable

import pandas as pd
import pytest

from lab_helpers import plots
from lab_helpers.plots import Picture

Words = Callable[[Picture], str]


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
    assert "average usually about 20 ms, at most about 30 ms" in picture.alt


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
