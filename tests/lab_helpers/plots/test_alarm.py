from collections.abc import Callable

import pandas as pd
import pytest

from lab_helpers import plots
from lab_helpers.plots import Picture

Words = Callable[[Picture], str]
BEGIN = pd.Timestamp("2026-03-02T10:00:00Z")


@pytest.fixture
def errors() -> pd.DataFrame:
    """Errors a minute: quiet, then two minutes beyond five, then quiet."""
    times = pd.date_range(BEGIN, periods=10, freq="min")
    return pd.DataFrame({"time": times, "Sum": [0, 1, 0, 2, 9, 12, 1, 0, 0, 1]})


@pytest.fixture
def history() -> pd.DataFrame:
    minutes = [0, 2, 6, 8]
    states = ["INSUFFICIENT_DATA", "OK", "ALARM", "OK"]
    times = [BEGIN + pd.Timedelta(minutes=minute) for minute in minutes]
    return pd.DataFrame({"time": times, "state": states})


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_can_be_read(
    errors: pd.DataFrame,
    history: pd.DataFrame,
    theme: plots.ThemeName,
    legible: Callable[[Picture], None],
) -> None:
    legible(plots.alarm(errors, history, threshold=5, theme=theme))


def test_the_states_are_named_below(
    errors: pd.DataFrame, history: pd.DataFrame, said: Words
) -> None:
    words = said(plots.alarm(errors, history, threshold=5)).splitlines()
    assert {"NO DATA", "OK", "ALARM", "threshold 5"} <= set(words)


def test_bars_beyond_the_threshold_are_hatched(
    errors: pd.DataFrame, history: pd.DataFrame
) -> None:
    axes = plots.alarm(errors, history, threshold=5).figure.axes[0]
    hatched = [bar for bar in axes.patches if bar.get_hatch()]
    assert [bar.get_height() for bar in hatched] == [9, 12]  # type: ignore[attr-defined]


def test_a_bar_on_the_threshold_is_hatched_if_that_is_enough(
    errors: pd.DataFrame, history: pd.DataFrame
) -> None:
    picture = plots.alarm(errors, history, threshold=2, inclusive=True)
    hatched = [bar for bar in picture.figure.axes[0].patches if bar.get_hatch()]
    assert [bar.get_height() for bar in hatched] == [2, 9, 12]  # type: ignore[attr-defined]


def test_the_sentence_counts_periods_and_tells_the_states(
    errors: pd.DataFrame, history: pd.DataFrame
) -> None:
    assert plots.alarm(errors, history, threshold=5).alt == (
        "Sum over 10 periods, 2 beyond the threshold of 5; "
        "the alarm: INSUFFICIENT_DATA → OK → ALARM → OK."
    )


def test_a_state_too_short_for_its_name_goes_without(
    errors: pd.DataFrame, history: pd.DataFrame, said: Words
) -> None:
    brief = history.assign(
        time=[BEGIN, BEGIN, BEGIN + pd.Timedelta(seconds=5), BEGIN]
    ).iloc[:3]
    assert "NO DATA" not in said(plots.alarm(errors, brief, threshold=5))


def test_a_short_last_state_is_named_before_it(
    errors: pd.DataFrame, history: pd.DataFrame, legible: Callable[[Picture], None]
) -> None:
    late = history.iloc[2:3].assign(time=BEGIN + pd.Timedelta(minutes=10, seconds=40))
    picture = plots.alarm(errors, late, threshold=5)
    legible(picture)
    (name,) = picture.figure.axes[1].texts
    bar = picture.figure.axes[1].patches[0]
    assert name.get_position()[0] < bar.get_x()  # type: ignore[attr-defined]


def test_no_data_points_and_no_history_are_said(
    errors: pd.DataFrame, history: pd.DataFrame, said: Words
) -> None:
    empty = plots.alarm(errors.iloc[:0], history, threshold=5)
    assert "No data points" in said(empty)
    fresh = plots.alarm(errors, history.iloc[:0], threshold=5)
    assert fresh.alt.endswith("the alarm: no state.")
