from lab_helpers.analysis import Edge, Service, ServiceMap
from lab_helpers.plots.layout import arrange


def _map(*ways: str) -> ServiceMap:
    """`ab` is a call from a to b."""
    names = sorted(set("".join(ways)))
    services = tuple(Service(name, 1, 0, 1, 1) for name in names)
    return ServiceMap(services, tuple(Edge(w[0], w[1], 1, 0, 1) for w in ways))


def test_callers_stand_left_of_those_they_call() -> None:
    places = arrange(_map("ab", "bc", "ac")).places
    assert [places[name][0] for name in "abc"] == [0, 1, 2]


def test_an_arrow_over_a_column_gets_a_row_of_its_own() -> None:
    layout = arrange(_map("ab", "bc", "ac"))
    (point,) = layout.ways["a", "c"]
    assert point[0] == 1
    assert point[1] != layout.places["b"][1]


def test_no_two_services_share_a_place() -> None:
    graph = _map("ab", "ac", "ad", "be", "ce", "de", "ee", "fa")
    places = list(arrange(graph).places.values())
    assert len(set(places)) == len(places) == 6


def test_a_circle_of_calls_still_has_a_layout() -> None:
    places = arrange(_map("ab", "bc", "ca")).places
    assert sorted(x for x, _ in places.values()) == [0, 1, 2]


def test_a_column_follows_the_order_of_its_callers() -> None:
    places = arrange(_map("ac", "ad", "de", "cf")).places
    assert (places["c"][1] > places["d"][1]) == (places["f"][1] > places["e"][1])
