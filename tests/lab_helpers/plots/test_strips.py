from collections.abc import Callable

import pytest
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from lab_helpers import plots
from lab_helpers.analysis import Edge, Outcomes, Service, ServiceMap
from lab_helpers.plots import Picture, strips
from lab_helpers.plots.theme import LIGHT

Words = Callable[[Picture], str]
MIXED = Outcomes(ok=80, errors=12, faults=6, throttles=2)


@pytest.fixture
def xray_map() -> ServiceMap:
    """Visitors, a service with all four outcomes, and a host nobody knows."""
    services = (
        Service("127.0.0.1", 40, 0, 9, 20, Outcomes(ok=40), "remote"),
        Service("client", 0, 0, float("nan"), float("nan"), None, "client"),
        Service("kittiwake-api", 100, 20, 40, 120, MIXED),
    )
    edges = (
        Edge("client", "kittiwake-api", 100, 20, 120, MIXED),
        Edge("kittiwake-api", "127.0.0.1", 40, 0, 22, Outcomes(ok=40)),
    )
    return ServiceMap(services, edges)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_can_be_read(
    xray_map: ServiceMap, theme: plots.ThemeName, legible: Callable[[Picture], None]
) -> None:
    legible(plots.service_map(xray_map, theme=theme))


def test_a_strip_is_divided_as_the_outcomes_are(xray_map: ServiceMap) -> None:
    axes = plots.service_map(xray_map).figure.axes[0]
    parts = [p for p in axes.patches if type(p) is Rectangle]
    widths = {p.get_facecolor(): p.get_width() for p in parts if p.get_hatch()}
    assert len(widths) == 3
    full = next(p.get_width() for p in parts if not p.get_hatch())
    assert full == pytest.approx(sum(widths.values()) / 0.2, rel=0.01)


def test_every_outcome_has_a_hatch_of_its_own_beside_its_color() -> None:
    assert set(strips.HATCHES) == set(LIGHT.outcomes) == set(strips.LEGEND)
    assert len(set(strips.HATCHES.values())) == len(strips.HATCHES)


def test_visitors_errors_are_neither_red_nor_a_failure(said: Words) -> None:
    asked = Outcomes(ok=90, errors=10)
    services = (
        Service("api", 100, 10, 9, 20, asked),
        Service("feed", 100, 10, 9, 20, asked),
    )
    edges = (Edge("api", "feed", 100, 10, 20, asked),)
    picture = plots.service_map(ServiceMap(services, edges))
    axes = picture.figure.axes[0]
    drawn = [*(p.get_edgecolor() for p in axes.patches)]
    assert to_rgba(LIGHT.alarm) not in drawn
    assert LIGHT.alarm not in {text.get_color() for text in axes.texts}
    assert LIGHT.client_error in {text.get_color() for text in axes.texts}
    assert "✖" not in said(picture)
    assert {"10 % visitors' errors", "visitor's error (4xx)"} <= set(
        said(picture).splitlines()
    )
    assert "fails" not in picture.alt
    assert picture.alt.endswith("api gets the most visitors' errors (4xx), about 10 %.")


def test_faults_stay_red_and_are_what_fails(xray_map: ServiceMap) -> None:
    picture = plots.service_map(xray_map)
    drawn = [p.get_edgecolor() for p in picture.figure.axes[0].patches]
    assert to_rgba(LIGHT.alarm) in drawn
    assert "kittiwake-api fails most, about 6 %." in picture.alt
    assert "visitors' errors (4xx), about 14 %." in picture.alt


def test_the_box_names_faults_first_and_the_largest_share_beside(
    xray_map: ServiceMap, said: Words
) -> None:
    words = said(plots.service_map(xray_map))
    assert "✖ 6 % 5xx, 12 % 4xx" in words
    assert "remote, 40 calls" in words
    assert "visitors" in words


def test_the_legend_names_only_what_occurs(xray_map: ServiceMap, said: Words) -> None:
    assert "throttle (429)" in said(plots.service_map(xray_map))
    calm = ServiceMap((Service("a", 3, 0, 1, 2, Outcomes(ok=3)),), ())
    words = said(plots.service_map(calm))
    assert "all ok" in words
    assert "throttle" not in words


def test_a_map_without_outcomes_has_no_strips(graph: ServiceMap) -> None:
    axes = plots.service_map(graph).figure.axes[0]
    assert not [p for p in axes.patches if type(p) is Rectangle]
