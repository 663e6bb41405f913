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
    minutes = [0, 3, 6, 8]
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


def test_the_states_are_named_below_as_cloudwatch_names_them(
    errors: pd.DataFrame, history: pd.DataFrame, said: Words
) -> None:
    words = said(plots.alarm(errors, history, threshold=5)).splitlines()
    assert {"INSUFFICIENT_DATA", "OK", "ALARM", "threshold 5"} <= set(words)


def test_a_period_of_zero_has_a_zero_and_counts_have_whole_ticks(
    errors: pd.DataFrame, history: pd.DataFrame, said: Words
) -> None:
    few = errors.assign(Sum=[0, 1, 0, 2, 3, 3, 1, 0, 0, 1])
    axes = plots.alarm(few, history, threshold=2).figure.axes[0]
    assert [text.get_text() for text in axes.texts].count("0") == 4
    ticks = [tick for tick in axes.get_yticks() if tick <= axes.get_ylim()[1]]
    assert ticks == [0, 1, 2, 3]
    parts = plots.alarm(few.assign(Sum=few["Sum"] / 4), history, threshold=1)
    assert any(tick % 1 for tick in parts.figure.axes[0].get_yticks())


def test_the_strip_begins_with_the_state_before_the_first_change(
    errors: pd.DataFrame, history: pd.DataFrame, legible: Callable[[Picture], None]
) -> None:
    late = history.iloc[2:3].assign(time=BEGIN + pd.Timedelta(minutes=11))
    late = late.assign(summary="Alarm updated from OK to ALARM")
    picture = plots.alarm(errors, late, threshold=5)
    legible(picture)
    strip = picture.figure.axes[1]
    assert [name.get_text() for name in strip.texts] == ["OK", "ALARM"]
    first, last = strip.patches
    left, right = strip.get_xlim()
    assert first.get_x() == left  # type: ignore[attr-defined]
    assert last.get_x() + last.get_width() == pytest.approx(right)  # type: ignore[attr-defined]


@pytest.mark.parametrize("threshold", [0.0, 0.5, 2.0, 8.0])
def test_the_name_of_the_threshold_hides_no_zero(
    errors: pd.DataFrame,
    history: pd.DataFrame,
    threshold: float,
    legible: Callable[[Picture], None],
) -> None:
    legible(plots.alarm(errors, history, threshold=threshold))


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


def test_the_sentence_counts_a_bar_on_the_threshold_only_if_that_is_enough(
    errors: pd.DataFrame, history: pd.DataFrame
) -> None:
    inclusive = plots.alarm(errors, history, threshold=2, inclusive=True)
    assert ", 3 at or beyond the threshold of 2;" in inclusive.alt
    exclusive = plots.alarm(errors, history, threshold=2)
    assert ", 2 beyond the threshold of 2;" in exclusive.alt


def test_a_state_too_short_for_its_name_goes_without(
    errors: pd.DataFrame, history: pd.DataFrame, said: Words
) -> None:
    brief = history.assign(
        time=[BEGIN, BEGIN, BEGIN + pd.Timedelta(seconds=5), BEGIN]
    ).iloc[:3]
    assert "INSUFFICIENT" not in said(plots.alarm(errors, brief, threshold=5))


def test_a_short_state_is_named_before_it(
    errors: pd.DataFrame, history: pd.DataFrame, legible: Callable[[Picture], None]
) -> None:
    times = [BEGIN + pd.Timedelta(minutes=8, seconds=s) for s in (0, 5)]
    picture = plots.alarm(errors, history.iloc[2:4].assign(time=times), threshold=5)
    legible(picture)
    name, _ = picture.figure.axes[1].texts
    bar = picture.figure.axes[1].patches[0]
    assert name.get_position()[0] < bar.get_x()  # type: ignore[attr-defined]


def test_no_data_points_and_no_history_are_said(
    errors: pd.DataFrame, history: pd.DataFrame, said: Words
) -> None:
    empty = plots.alarm(errors.iloc[:0], history, threshold=5)
    assert "No data points" in said(empty)
    fresh = plots.alarm(errors, history.iloc[:0], threshold=5)
    assert fresh.alt.endswith("the alarm: no state.")
