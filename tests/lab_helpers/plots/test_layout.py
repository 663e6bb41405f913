from lab_helpers.analysis import Edge, Service, ServiceMap
from lab_helpers.plots.layout import arrange


def _map(*ways: str) -> ServiceMap:
    """`ab` is a call from a to b."""
    names = sorted(set("".join(ways)))
    services = tuple(Service(name, 1, 0, 1, 1) for name in names)
    return ServiceMap(services, tuple(Edge(w[0], w[1], 1, 0, 1) for w in ways))


def test_callers_stand_left_of_those_they_call() -> None:
    positions = arrange(_map("ab", "bc", "ac")).positions
    assert [positions[name][0] for name in "abc"] == [0, 1, 2]


def test_an_arrow_over_a_column_gets_a_row_of_its_own() -> None:
    layout = arrange(_map("ab", "bc", "ac"))
    (point,) = layout.ways["a", "c"]
    assert point[0] == 1
    assert point[1] != layout.positions["b"][1]


def test_no_two_services_share_a_place() -> None:
    graph = _map("ab", "ac", "ad", "be", "ce", "de", "ee", "fa")
    positions = list(arrange(graph).positions.values())
    assert len(set(positions)) == len(positions) == 6


def test_a_circle_of_calls_still_has_a_layout() -> None:
    positions = arrange(_map("ab", "bc", "ca")).positions
    assert sorted(x for x, _ in positions.values()) == [0, 1, 2]


def test_a_column_follows_the_order_of_its_callers() -> None:
    positions = arrange(_map("ac", "ad", "de", "cf")).positions
    assert (positions["c"][1] > positions["d"][1]) == (
        positions["f"][1] > positions["e"][1]
    )
