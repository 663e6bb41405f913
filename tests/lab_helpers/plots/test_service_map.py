from collections.abc import Callable

import pandas as pd
import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from lab_helpers import plots
from lab_helpers.analysis import EDGE_COLUMNS, ServiceMap
from lab_helpers.plots import Picture

Words = Callable[[Picture], str]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_can_be_read(
    graph: ServiceMap, theme: plots.ThemeName, legible: Callable[[Picture], None]
) -> None:
    legible(plots.service_map(graph, theme=theme))


def test_arrows_and_boxes_carry_their_numbers(graph: ServiceMap, said: Words) -> None:
    words = said(plots.service_map(graph))
    assert "11,020 calls\np95 220 ms" in words
    assert "✖ 10 % errors" in words
    assert "no errors" in words
    assert "12,345 requests" in words


def test_more_calls_make_wider_arrows(graph: ServiceMap) -> None:
    patches = plots.service_map(graph).figure.axes[0].patches
    widths = [p.get_linewidth() for p in patches if isinstance(p, FancyArrowPatch)]
    calls = [edge.calls for edge in graph.edges]
    assert sorted(widths) == [w for _, w in sorted(zip(calls, widths, strict=True))]


def test_no_arrow_runs_through_a_service_it_does_not_concern(graph: ServiceMap) -> None:
    axes = plots.service_map(graph).figure.axes[0]
    arrows = [p for p in axes.patches if isinstance(p, FancyArrowPatch)]
    boxes = [p for p in axes.patches if isinstance(p, FancyBboxPatch)]
    for edge, arrow in zip(graph.edges, arrows, strict=True):
        for service, box in zip(graph.services, boxes, strict=True):
            if service.name not in (edge.caller, edge.callee):
                path = arrow._path_original.interpolated(30)  # type: ignore[attr-defined]
                inside = box.get_path().contains_points(path.vertices)
                assert not inside.any(), (edge, service)


def test_the_sentence_ranks_the_calls_and_names_the_worst(graph: ServiceMap) -> None:
    assert plots.service_map(graph).alt == (
        "Service map of 4 services: api calls feed, api calls messages, api calls "
        "search, feed calls messages, search calls search. messages fails most, about "
        "10 %."
    )


def test_frames_of_edges_and_of_spans_are_drawn_as_they_are(
    trace: pd.DataFrame,
) -> None:
    edges = pd.DataFrame([("a", "b", 3, 0, 1.0, 2.0)], columns=list(EDGE_COLUMNS))
    assert "a calls b" in plots.service_map(edges).alt
    assert "api calls feed" in plots.service_map(trace).alt


def test_the_names_of_the_courses_services_are_drawn_whole(said: Words) -> None:
    names = ("kittiwake-api", "kittiwake-messages")
    edges = pd.DataFrame([(*names, 3, 0, 1.0, 2.0)], columns=list(EDGE_COLUMNS))
    assert set(names) <= set(said(plots.service_map(edges)).split())


def test_no_services_are_said_in_the_picture(said: Words) -> None:
    picture = plots.service_map(ServiceMap((), ()))
    assert "No spans of any service" in said(picture)
    assert picture.alt == "Service map without any services."
