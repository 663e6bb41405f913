from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from lab_helpers import plots
from lab_helpers.plots import Picture

Words = Callable[[Picture], str]
BEGIN = pd.Timestamp("2026-03-02T10:00:00Z")


def _at(*minutes: float) -> list[pd.Timestamp]:
    return [BEGIN + pd.Timedelta(minutes=minute) for minute in minutes]


@pytest.fixture
def found() -> pd.DataFrame:
    """Seven occurrences in 1.4, none for a while, then four in 1.6."""
    times = _at(0, 0.2, 1, 1.1, 1.2, 3, 3.5, 20, 20.5, 21, 22)
    return pd.DataFrame({"time": times, "version": ["1.4"] * 7 + ["1.6"] * 4})


@pytest.fixture
def deploys() -> pd.DataFrame:
    return pd.DataFrame({"start": _at(5, 19.8), "revision": ["1.5", "1.6"]})


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_can_be_read(
    found: pd.DataFrame,
    deploys: pd.DataFrame,
    theme: plots.ThemeName,
    legible: Callable[[Picture], None],
) -> None:
    legible(plots.occurrences(found, deploys, theme=theme))


@pytest.mark.parametrize("apart_min", [0.0, 0.05, 1.0])
def test_names_of_deploys_close_together_stand_apart(
    found: pd.DataFrame, apart_min: float, legible: Callable[[Picture], None]
) -> None:
    times = _at(*(18 + apart_min * place for place in range(6)))
    names = [f"revision-{place}-of-many" for place in range(6)]
    deploys = pd.DataFrame({"start": times, "revision": names})
    picture = plots.occurrences(found, deploys)
    legible(picture)
    assert len(picture.figure.axes[0].get_lines()) == 6


def test_every_occurrence_is_in_a_bar(
    found: pd.DataFrame, deploys: pd.DataFrame
) -> None:
    bars = plots.occurrences(found, deploys).figure.axes[0].patches
    assert sum(bar.get_height() for bar in bars) == len(found)  # type: ignore[attr-defined]


def test_time_without_occurrences_is_a_zero_and_not_a_gap(
    found: pd.DataFrame, said: Words
) -> None:
    picture = plots.occurrences(found)
    axes = picture.figure.axes[0]
    begin, end = axes.get_xlim()
    width = axes.patches[0].get_width()  # type: ignore[attr-defined]
    filled = {round((bar.get_x() - begin) / width) for bar in axes.patches}  # type: ignore[attr-defined]
    zeros = said(picture).splitlines().count("0")
    assert zeros - 1 == round((end - begin) / width) - len(filled)  # one is a tick


def test_bars_are_few_enough_to_see_how_often(found: pd.DataFrame) -> None:
    seconds = [BEGIN + pd.Timedelta(seconds=s) for s in (0, 1, 2, 3, 7, 8, 12)]
    axes = plots.occurrences(pd.DataFrame({"time": seconds})).figure.axes[0]
    assert axes.get_ylabel() == "occurrences in 2 s"
    assert [bar.get_height() for bar in axes.patches] == [2, 2, 1, 1, 1]  # type: ignore[attr-defined]


def test_versions_differ_by_hatch_and_are_named(
    found: pd.DataFrame, deploys: pd.DataFrame, said: Words
) -> None:
    picture = plots.occurrences(found, deploys)
    assert len({bar.get_hatch() for bar in picture.figure.axes[0].patches}) == 2
    assert {"1.4", "1.6", "deploy 1.5", "deploy 1.6"} <= set(said(picture).splitlines())


def test_the_sentence_counts_by_version_and_names_the_deploys(
    found: pd.DataFrame, deploys: pd.DataFrame
) -> None:
    assert plots.occurrences(found, deploys).alt == (
        "11 occurrences (7 in 1.4, 4 in 1.6); deploys of 1.5, 1.6."
    )


def test_a_single_occurrence_without_version_or_deploy_is_drawn(
    found: pd.DataFrame, legible: Callable[[Picture], None]
) -> None:
    picture = plots.occurrences(found[["time"]].iloc[:1])
    legible(picture)
    assert picture.alt == "1 occurrence."


def test_rows_of_another_kind_are_stacked_by_another_column(said: Words) -> None:
    seconds = np.arange(0, 7200, 36)
    times = [BEGIN + pd.Timedelta(seconds=float(s)) for s in seconds]
    tenants = ["breakwater", "saltmarsh"] * 100
    lines = pd.DataFrame({"time": times, "tenant": tenants})
    picture = plots.occurrences(lines, by="tenant", unit="line")
    words = said(picture).splitlines()
    assert {"tenant", "breakwater", "Lines by time", "lines in 5 min"} <= set(words)
    assert picture.alt == "200 lines (100 of breakwater, 100 of saltmarsh)."
    empty = plots.occurrences(lines.iloc[:0], unit="line")
    assert empty.alt == "Lines by time, without any."


def test_the_rarest_of_many_groups_are_one(
    legible: Callable[[Picture], None],
) -> None:
    names = [f"tenant-{n}" for n in range(9) for _ in range(20 - n)]
    times = [BEGIN + pd.Timedelta(minutes=n) for n in range(len(names))]
    frame = pd.DataFrame({"time": times, "tenant": names})
    picture = plots.occurrences(frame, by="tenant", unit="line")
    legible(picture)
    assert "54 of others" in picture.alt
    assert "tenant-4" in picture.alt
    assert "tenant-5" not in picture.alt


def test_no_occurrences_are_said(found: pd.DataFrame, said: Words) -> None:
    assert "No occurrences" in said(plots.occurrences(found.iloc[:0]))
