"""Relational prefixes: which spans are counted by what other spans are like."""

from typing import Any

import pytest

# trace A: home -> feed -> query, home -> auth; trace B: home -> feed; plus an event
SPANS = [
    ("A", "1", None, "home", 200),
    ("A", "2", "1", "feed", 500),
    ("A", "3", "2", "query", 500),
    ("A", "4", "1", "auth", 200),
    ("B", "1", None, "home", 404),
    ("B", "2", "1", "feed", 200),
    ("C", "9", "8", "query", 200),
]


@pytest.fixture
def traces(lab: Any) -> str:
    spans = [
        {
            "at": place,
            "trace__trace_id": trace,
            "trace__span_id": span,
            "trace__parent_id": parent,
            "name": name,
            "status": status,
            "id": trace + span,
        }
        for place, (trace, span, parent, name, status) in enumerate(SPANS)
    ]
    event = {"trace__trace_id": "B", "trace__parent_id": "2", "name": "odd", "id": "Be"}
    return str(lab.write(*spans, event | {"meta__annotation_type": "span_event"}))


def counted(lab: Any, traces: str, *filters: tuple[str, str, Any]) -> list[str]:
    """Ids of the rows that pass."""
    given = [{"column": c, "op": op, "value": v} for c, op, v in filters]
    rows = lab.rows({"filters": given, "breakdowns": ["id"]}, traces)
    return sorted(row["id"] for row in rows)


CASES: dict[str, tuple[list[tuple[str, str, Any]], list[str]]] = {
    "root": ([("root.status", "=", 200)], ["A1", "A2", "A3", "A4"]),
    "root with own": (
        [("root.status", "=", 200), ("name", "=", "feed")],
        ["A2"],
    ),
    "root negative": ([("root.status", "!=", 200)], ["B1", "B2", "Be"]),
    "parent": ([("parent.name", "=", "home")], ["A2", "A4", "B2"]),
    "parent twice the same span": (
        [("parent.name", "=", "home"), ("parent.status", "=", 404)],
        ["B2"],
    ),
    "child": ([("child.name", "=", "feed")], ["A1", "B1"]),
    "child conditions meet in one child": (
        [("child.name", "=", "auth"), ("child.status", "=", 500)],
        [],
    ),
    "any": ([("any.name", "=", "auth")], ["A1", "A2", "A3", "A4"]),
    "any conditions meet in one span": (
        [("any.name", "=", "auth"), ("any.status", "=", 500)],
        [],
    ),
    "any and any2 may be two spans": (
        [("any.name", "=", "auth"), ("any2.status", "=", 500)],
        ["A1", "A2", "A3", "A4"],
    ),
    "any2 and any3": (
        [("any2.status", "=", 404), ("any3.name", "=", "feed")],
        ["B1", "B2", "Be"],
    ),
    "events are no candidates": ([("any.name", "=", "odd")], []),
    "none": ([("none.status", "=", 500)], ["B1", "B2", "Be", "C9"]),
    "none of both": (
        [("none.name", "=", "query"), ("none.status", "=", 500)],
        ["B1", "B2", "Be", "C9"],
    ),
    "is_root of a parent": ([("parent.is_root", "=", True)], ["A2", "A4", "B2"]),
}


@pytest.mark.parametrize("case", CASES)
def test_these_spans_are_counted(lab: Any, traces: str, case: str) -> None:
    filters, expected = CASES[case]
    assert counted(lab, traces, *filters) == expected


def test_root_and_parent_can_be_grouped_by_without_a_filter(
    lab: Any, traces: str
) -> None:
    rows = lab.rows({"breakdowns": ["root.status"]}, traces)
    assert rows == [
        {"root.status": 200, "COUNT": 4},
        {"root.status": 404, "COUNT": 3},
        {"COUNT": 1},
    ]
    rows = lab.rows({"breakdowns": ["parent.name"]}, traces)
    assert {row.get("parent.name"): row["COUNT"] for row in rows} == {
        "home": 3,
        "feed": 2,
        None: 3,
    }


def test_the_earliest_child_that_matches_gives_the_group(lab: Any, traces: str) -> None:
    spec = {
        "filters": [{"column": "child.name", "op": "exists"}],
        "breakdowns": ["id", "child.name"],
        "orders": [{"column": "id"}],
    }
    found = [(r["id"], r["child.name"]) for r in lab.rows(spec, traces)]
    assert found == [("A1", "feed"), ("A2", "query"), ("B1", "feed")]


def test_relations_reach_calculated_fields(lab: Any, traces: str) -> None:
    fields = [{"name": "failed", "expression": "$status >= 500"}]
    spec = {
        "calculated_fields": fields,
        "filters": [{"column": "parent.failed", "op": "=", "value": True}],
    }
    assert lab.rows(spec, traces) == [{"COUNT": 1}]


def test_relations_work_together_with_series_and_heatmaps(
    lab: Any, traces: str
) -> None:
    spec = {
        "filters": [{"column": "root.name", "op": "=", "value": "home"}],
        "breakdowns": ["root.status"],
        "calculations": [{"op": "COUNT"}, {"op": "HEATMAP", "column": "status"}],
    }
    answer = lab.ask(spec, traces, disable_series=False)
    counts = [row["data"]["HEATMAP(status)"]["counts"] for row in answer["results"]]
    assert [sum(c) for c in counts] == [4, 2]
    assert sum(entry["data"]["COUNT"] for entry in answer["series"]) == 7


def test_without_trace_columns_no_relation_holds(lab: Any) -> None:
    name = lab.write({"name": "a"})
    some = {"filters": [{"column": "root.name", "op": "exists"}]}
    none = {"filters": [{"column": "none.name", "op": "exists"}]}
    assert lab.rows(some, name) == [{"COUNT": 0}]
    assert lab.rows(none, name) == [{"COUNT": 1}]
