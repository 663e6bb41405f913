from collections.abc import Callable
from typing import Any

from lab_helpers.analysis import EDGE_COLUMNS, ServiceMap

Results = Callable[..., dict[str, Any]]


def _row(parent: str | None, service: str, calls: int, **more: object) -> dict:
    row = {"service.name": service, "COUNT": calls, "P50(duration_ms)": 1, **more}
    row["P95(duration_ms)"] = 5
    return row | ({"parent.service.name": parent} if parent else {})


def test_edges_are_grouped_by_the_parents_service(
    fake, client, results: Results
) -> None:
    fake.add_dataset("api", ("error", "boolean"))
    fake.data = results(
        _row("api", "feed", 8, **{"SUM(lab_failed)": 2}), _row(None, "api", 9)
    )
    frame = client.service_edges()
    assert list(frame) == list(EDGE_COLUMNS)
    assert frame["service"].tolist() == ["api", "feed"]
    assert frame["parent"].tolist() == [None, "api"]
    assert frame["errors"].tolist() == [0, 2]
    assert frame["p95_ms"].dtype == "float64"
    assert (
        repr(ServiceMap.from_edges(frame).edges[0]) == "api → feed: 8 calls, p95 5 ms"
    )


def test_errors_are_not_asked_for_where_there_never_was_one(
    fake, client, results: Results
) -> None:
    fake.add_dataset("api")
    fake.data = results(_row("api", "feed", 8))
    assert client.service_edges()["errors"].tolist() == [0]
    (spec,) = fake.bodies("POST /1/queries")
    assert spec["breakdowns"] == ["parent.service.name", "service.name"]
    assert "calculated_fields" not in spec


def test_no_spans_are_no_edges(fake, client) -> None:
    fake.add_dataset("api")
    frame = client.service_edges()
    assert len(frame) == 0
    assert not ServiceMap.from_edges(frame).services
