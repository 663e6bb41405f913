import json
from typing import Any

import pandas as pd

from lab_helpers.analysis import TRACE_COLUMNS, TraceTree
from lab_helpers.clients.xray import traces

TRACE_ID = "1-5759e988-bd862e3fe1be46a994272793"
REQUEST = {"method": "GET", "url": "http://127.0.0.1/home"}


def _trace(*documents: dict[str, Any]) -> dict[str, Any]:
    return {
        "Id": TRACE_ID,
        "Segments": [
            {"Id": item["id"], "Document": json.dumps(item)} for item in documents
        ],
    }


def _segment(number: int, name: str, **more: Any) -> dict[str, Any]:
    times = {"start_time": 1700000000.5, "end_time": 1700000000.75}
    return {"id": f"{number:016x}", "name": name, "trace_id": TRACE_ID, **times, **more}


def _sub(number: int, name: str, **more: Any) -> dict[str, Any]:
    found = _segment(number, name, **more)
    del found["trace_id"]
    return found


API = _segment(
    1,
    "api",
    http={"request": REQUEST, "response": {"status": 200}},
    subsegments=[
        _sub(2, "rank", annotations={"plan": "paid"}, subsegments=[_sub(3, "sort")]),
        _sub(4, "127.0.0.1", namespace="remote"),
    ],
)
FEED = _segment(5, "feed", parent_id=f"{4:016x}", http={"request": REQUEST}, fault=True)


def test_a_trace_has_the_columns_of_a_honeycomb_trace() -> None:
    frame = traces.frame(_trace(API, FEED))
    assert tuple(frame.columns) == TRACE_COLUMNS
    assert frame["start"].dt.tz is not None
    assert frame["duration_ms"].round(3).eq(250).all()


def test_segments_and_subsegments_of_two_services_make_one_tree() -> None:
    tree = TraceTree.from_frame(traces.frame(_trace(FEED, API)))
    assert [root.name for root in tree.roots] == ["api"]
    parents = {node.name: node.parent_id for node in tree.nodes}
    assert parents["sort"] == f"{2:016x}"
    assert parents["feed"] == f"{4:016x}"
    assert not tree.findings


def test_namespaces_and_requests_become_kinds() -> None:
    frame = traces.frame(_trace(API, FEED)).set_index("name")
    wanted = {"api": "server", "feed": "server", "127.0.0.1": "client"}
    assert frame["kind"].to_dict() == wanted | {"rank": "internal", "sort": "internal"}


def test_a_subsegment_belongs_to_the_service_that_sent_it() -> None:
    alone = _segment(6, "late", type="subsegment", parent_id=f"{3:016x}")
    below = _segment(7, "later", type="subsegment", parent_id=f"{6:016x}")
    frame = traces.frame(_trace(below, alone, API, FEED)).set_index("name")
    assert frame["service"].to_dict() == {
        "api": "api",
        "rank": "api",
        "sort": "api",
        "127.0.0.1": "api",
        "feed": "feed",
        "late": "api",
        "later": "api",
    }


def test_what_nobody_sent_is_left_out_unless_asked_for() -> None:
    guess = _segment(9, "127.0.0.1", inferred=True, parent_id=f"{4:016x}")
    assert len(traces.frame(_trace(API, guess))) == 4
    assert len(traces.frame(_trace(API, guess), inferred=True)) == 5


def test_error_fault_and_throttle_all_mark_the_row() -> None:
    frame = traces.frame(_trace(API, FEED)).set_index("name")
    assert frame["error"].to_dict()["feed"]
    assert frame.loc["feed", "status"] == "error"
    assert not frame.loc["api", "error"]


def test_extra_columns_are_paths_into_the_document() -> None:
    paths = ["annotations.plan", "http.response.status", "http.no.where"]
    frame = traces.frame(_trace(API), extra=paths).set_index("name")
    assert frame.loc["rank", "annotations.plan"] == "paid"
    assert frame.loc["api", "http.response.status"] == 200
    assert frame["http.no.where"].isna().all()


def test_what_has_not_ended_has_no_duration() -> None:
    open_still = _segment(1, "api", in_progress=True)
    del open_still["end_time"]
    frame = traces.frame(_trace(open_still))
    assert pd.isna(frame.loc[0, "duration_ms"])
