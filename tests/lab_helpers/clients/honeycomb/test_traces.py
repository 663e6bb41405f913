from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from lab_helpers.analysis import TRACE_COLUMNS, TraceTree
from lab_helpers.clients import HoneycombError
from lab_helpers.clients.honeycomb.traces import TIME, plain_id

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
COLUMNS = [
    ("trace.trace_id", "string"),
    ("trace.span_id", "string"),
    ("trace.parent_id", "string"),
    ("name", "string"),
    ("service.name", "string"),
    ("span.kind", "string"),
    ("status_code", "integer"),
    ("duration_ms", "float"),
    ("items", "integer"),
]
ROOT = {
    "trace.trace_id": TRACE,
    "trace.span_id": "a" * 16,
    "name": "GET /",
    "service.name": "api",
    "span.kind": "server",
    "status_code": 2,
    "error": True,
    TIME: 1772445600.123457,
    "MAX(duration_ms)": 12,
    "items": 3,
}
EVENT = {
    "trace.trace_id": TRACE,
    "trace.parent_id": "a" * 16,
    "name": "exception",
    "service.name": "api",
    "meta.annotation_type": "span_event",
    TIME: 1772445600.12,
}


@pytest.fixture
def trace(fake, client, results: Callable[..., dict[str, Any]]) -> pd.DataFrame:
    """A root span and its event, as the client returns them."""
    fake.add_dataset("api", *COLUMNS)
    fake.data = results(ROOT, EVENT)
    return client.trace(TRACE, extra=["items", "unknown"])


def test_a_trace_has_its_columns_and_those_asked_for(trace: pd.DataFrame) -> None:
    assert list(trace) == [*TRACE_COLUMNS, "items", "unknown"]
    assert trace["items"].tolist() == [None, 3]
    assert trace["unknown"].isna().all()


def test_rows_are_in_order_of_time_to_the_microsecond(trace: pd.DataFrame) -> None:
    assert trace["annotation"].tolist() == ["span_event", "span"]
    assert trace["start"].dtype == "datetime64[ns, UTC]"
    assert trace["start"][1] == pd.Timestamp("2026-03-02T10:00:00.123457Z")


def test_status_error_and_duration_have_plain_types(trace: pd.DataFrame) -> None:
    assert trace["status"].tolist() == ["unset", "error"]
    assert trace["error"].tolist() == [False, True]
    assert trace["duration_ms"].dtype == "float64"
    assert trace["parent_id"].tolist() == ["a" * 16, None]


def test_a_trace_makes_a_tree(trace: pd.DataFrame) -> None:
    (root,) = TraceTree.from_frame(trace).nodes
    assert root.error
    assert root.annotations[0].name == "exception"


def test_only_columns_that_exist_are_asked_for(fake, trace: pd.DataFrame) -> None:
    (spec,) = fake.bodies("POST /1/queries")
    assert "meta.annotation_type" not in spec["breakdowns"]
    assert "unknown" not in spec["breakdowns"]
    assert {TIME, "items", "trace.span_id"} <= set(spec["breakdowns"])
    assert spec["filters"] == [{"column": "trace.trace_id", "op": "=", "value": TRACE}]
    assert fake.bodies("POST /1/query_results")[0]["limit"] == 10_000


def test_an_older_trace_is_found_by_looking_back_a_week(
    fake, client, results: Callable[..., dict[str, Any]]
) -> None:
    fake.add_dataset("api", *COLUMNS)
    with pytest.raises(HoneycombError, match="no spans of it in api"):
        client.trace(TRACE, "api")
    ranges = [spec["time_range"] for spec in fake.bodies("POST /1/queries")]
    assert ranges == [7200, 604_800]


def test_an_unknown_trace_says_what_to_check(fake, client) -> None:
    fake.add_dataset("api", ("name", "string"))
    with pytest.raises(HoneycombError) as caught:
        client.trace(TRACE)
    assert "force_flush" in caught.value.advice
    assert "sampled" in caught.value.advice
    assert not fake.bodies("POST /1/queries")


def test_ids_come_as_text_or_as_a_number() -> None:
    assert plain_id(int(TRACE, 16)) == TRACE
    assert plain_id(f" 0x{TRACE.upper()} ") == TRACE
    assert plain_id(1) == "0" * 31 + "1"
