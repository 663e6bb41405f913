"""Pictures of live traffic say when their machine was too busy for them."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import pytest

from lab_helpers import plots
from lab_helpers.analysis import HeatmapGrid, ServiceMap
from lab_helpers.plots import Picture
from lab_helpers.traffic import MachineLoad
from lab_helpers.traffic.load import REMEDY

BUSY = MachineLoad(share=0.1)
CALM = MachineLoad(share=0.9)
WORDS = BUSY.notice
VERDICT = "This machine was too busy: this picture is false."

Draw = Callable[..., Picture]


@dataclass(frozen=True)
class Run:
    """A run of visitors, as far as a picture is concerned."""

    machine: MachineLoad

    @property
    def notice(self) -> str:
        return self.machine.notice


@pytest.fixture(params=["heatmap", "lines", "response times", "map"])
def draw(
    request: pytest.FixtureRequest,
    grid: HeatmapGrid,
    spans: pd.DataFrame,
    graph: ServiceMap,
) -> Draw:
    """A kind of picture that is handed a report."""
    times = pd.DataFrame({"service": "api", "ms": [3.0, 40.0, 90.0], "count": 9})
    drawings: dict[str, Draw] = {
        "heatmap": lambda **o: plots.heatmap(grid, percentiles=(50, 95), **o),
        "lines": lambda **o: plots.percentiles_over_time(spans, **o),
        "response times": lambda **o: plots.response_times(times, **o),
        "map": lambda **o: plots.service_map(graph, **o),
    }
    return drawings[request.param]


def test_a_busy_machine_is_in_the_picture_and_in_its_sentence(
    draw: Draw, said: Callable[[Picture], str]
) -> None:
    picture = draw(report=Run(BUSY))
    assert VERDICT in " ".join(said(picture).split())
    live = draw(report=Run(CALM))
    assert picture.alt == f"{VERDICT} {live.alt}"
    assert repr(picture) == picture.caption == f"{WORDS} {live.alt}"
    assert f'alt="{VERDICT}' in picture._repr_html_()
    assert draw(report=Run(BUSY), alt="Mine.").alt == f"{VERDICT} Mine."


def test_what_to_do_is_said_once(draw: Draw, said: Callable[[Picture], str]) -> None:
    picture = draw(report=Run(BUSY))
    assert REMEDY not in " ".join(said(picture).split())
    assert picture._repr_html_().count(REMEDY) == 1
    assert repr(picture).count(REMEDY) == 1


def test_a_machine_with_time_to_spare_changes_nothing(draw: Draw) -> None:
    picture = draw(report=Run(CALM))
    assert "busy" not in picture.alt
    assert picture.figure.get_suptitle() == draw().figure.get_suptitle()
    assert picture.caption == ""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_notice_can_be_read(
    draw: Draw, theme: plots.ThemeName, legible: Callable[[Picture], None]
) -> None:
    legible(draw(report=Run(BUSY), theme=theme))


@pytest.mark.parametrize("runs", [(CALM, BUSY), (BUSY, CALM), (BUSY, BUSY)])
def test_one_busy_run_of_two_makes_their_comparison_false(
    grid: HeatmapGrid,
    said: Callable[[Picture], str],
    legible: Callable[[Picture], None],
    runs: tuple[MachineLoad, MachineLoad],
) -> None:
    picture = plots.compare(grid, grid, reports=tuple(map(Run, runs)))
    drawn = " ".join(said(picture).split())
    assert drawn.count(VERDICT) == picture.alt.count(VERDICT) == 1
    assert picture._repr_html_().count(REMEDY) == 1
    legible(picture)


def test_two_calm_runs_leave_their_comparison_as_it_is(grid: HeatmapGrid) -> None:
    picture = plots.compare(grid, grid, reports=(Run(CALM), Run(CALM)))
    assert "busy" not in picture.alt
    assert picture.figure.get_suptitle() == ""


def test_a_caption_of_its_own_gets_the_notice_too(grid: HeatmapGrid) -> None:
    from lab_helpers.plots.notice import warn
    from lab_helpers.plots.theme import LIGHT

    plain = plots.heatmap(grid)
    captioned = Picture(plain.figure, plain.alt, "See the band.")
    assert warn(captioned, LIGHT, Run(BUSY)).caption == f"{WORDS} See the band."
