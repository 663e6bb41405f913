from collections.abc import Callable

import pandas as pd
import pytest

from lab_helpers.analysis import FaultKind, TraceTree
from lab_helpers.analysis.trace_tree import uncovered

Frame = Callable[..., pd.DataFrame]


def _kinds(tree: TraceTree) -> list[FaultKind]:
    return [found.kind for found in tree.findings]


def test_children_stand_below_their_parent_in_order_of_start(frame: Frame) -> None:
    tree = TraceTree.from_frame(
        frame(
            ("c", "a", 50, 10), ("b", "a", 5, 20), ("d", "b", 6, 1), ("a", None, 0, 90)
        )
    )
    assert [(n.span_id, n.depth) for n in tree.nodes] == [
        ("a", 0),
        ("b", 1),
        ("d", 2),
        ("c", 1),
    ]
    assert not tree.findings


def test_own_time_leaves_out_children_but_their_overlap_only_once(frame: Frame) -> None:
    tree = TraceTree.from_frame(
        frame(("a", None, 0, 100), ("b", "a", 10, 40), ("c", "a", 30, 40))
    )
    assert tree.nodes[0].self_ms == 40


def test_a_child_outside_its_parent_takes_no_time_from_it(frame: Frame) -> None:
    tree = TraceTree.from_frame(frame(("a", None, 0, 10), ("b", "a", 5, 100)))
    assert tree.nodes[0].self_ms == 5
    assert tree.duration_ms == 105
    assert _kinds(tree) == [FaultKind.ENDS_AFTER_PARENT]
    assert "ends 95 ms after its parent" in tree.findings[0].sentence


def test_a_span_with_an_unknown_parent_is_an_orphan_at_the_top(frame: Frame) -> None:
    tree = TraceTree.from_frame(frame(("a", None, 0, 10), ("b", "gone", 5, 2)))
    assert [node.orphan for node in tree.roots] == [False, True]
    assert _kinds(tree) == [FaultKind.MISSING_PARENT]
    assert "names the parent gone" in tree.findings[0].sentence


def test_a_trace_whose_root_never_arrived_says_so(frame: Frame) -> None:
    tree = TraceTree.from_frame(frame(("b", "gone", 5, 2)))
    assert _kinds(tree) == [FaultKind.NO_ROOT, FaultKind.MISSING_PARENT]


def test_several_roots_are_reported(frame: Frame) -> None:
    tree = TraceTree.from_frame(frame(("a", None, 0, 10), ("b", None, 20, 10)))
    assert _kinds(tree) == [FaultKind.SEVERAL_ROOTS]
    assert "'work a' (api), 'work b' (api)" in tree.findings[0].sentence


def test_a_circle_of_parents_is_cut_at_its_first_span(frame: Frame) -> None:
    tree = TraceTree.from_frame(
        frame(("r", None, 0, 9), ("x", "z", 1, 5), ("y", "x", 2, 2), ("z", "y", 3, 1))
    )
    assert [node.span_id for node in tree.nodes] == ["r", "x", "y", "z"]
    assert _kinds(tree) == [FaultKind.CYCLE]


def test_a_span_that_is_its_own_parent_is_a_circle(frame: Frame) -> None:
    tree = TraceTree.from_frame(frame(("a", "a", 0, 9)))
    assert FaultKind.CYCLE in _kinds(tree)
    assert len(tree.nodes) == 1


def test_an_id_used_twice_keeps_both_spans(frame: Frame) -> None:
    tree = TraceTree.from_frame(
        frame(("a", None, 0, 9), ("b", "a", 1, 1), ("b", "a", 4, 1))
    )
    assert len(tree.nodes) == 3
    assert _kinds(tree) == [FaultKind.DUPLICATE_ID, FaultKind.DUPLICATE_ID]


def test_a_remote_child_that_starts_early_tells_how_far_its_clock_is_off(
    frame: Frame,
) -> None:
    tree = TraceTree.from_frame(
        frame(("a", None, 100, 40, "api"), ("b", "a", 80, 30, "feed"))
    )
    (found,) = tree.findings
    assert found.kind is FaultKind.CLOCK_SKEW
    assert found.offset_ms == -25
    assert "the clock of feed seems to be about 25 ms behind" in found.sentence


def test_a_local_child_that_starts_early_is_not_blamed_on_clocks(frame: Frame) -> None:
    tree = TraceTree.from_frame(frame(("a", None, 100, 40), ("b", "a", 80, 30)))
    assert _kinds(tree) == [FaultKind.STARTS_BEFORE_PARENT]


def test_a_microsecond_of_rounding_is_no_oddity(frame: Frame) -> None:
    rows = frame(("a", None, 0.001, 10), ("b", "a", 0, 5, "feed"), ("c", "a", 5, 5.002))
    assert not TraceTree.from_frame(rows).findings


def test_spans_without_or_with_negative_duration_are_reported(frame: Frame) -> None:
    tree = TraceTree.from_frame(
        frame(("a", None, 0, 9), ("b", "a", 1, 0), ("c", "a", 2, -3))
    )
    assert _kinds(tree) == [FaultKind.ZERO_DURATION, FaultKind.NEGATIVE_DURATION]
    assert tree.nodes[0].self_ms == 9


def test_span_events_and_links_belong_to_their_span(
    span: Callable[..., dict[str, object]],
) -> None:
    rows = [
        span("a", None, 0, 9),
        span(None, "a", 4, float("nan"), annotation="span_event", name="retry", n=2),
        span(None, "a", 0, float("nan"), annotation="link", name=""),
    ]
    (node,) = TraceTree.from_frame(pd.DataFrame(rows)).nodes
    assert [note.kind for note in node.annotations] == ["link", "span_event"]
    assert node.annotations[1].attributes == {"n": 2}


def test_extra_columns_are_attributes_where_they_have_a_value(
    span: Callable[..., dict[str, object]],
) -> None:
    rows = [span("a", None, 0, 9, items=3), span("b", "a", 1, 2)]
    nodes = TraceTree.from_frame(pd.DataFrame(rows)).nodes
    assert [dict(node.attributes) for node in nodes] == [{"items": 3}, {}]


def test_the_critical_path_adds_up_to_the_root(frame: Frame) -> None:
    tree = TraceTree.from_frame(
        frame(("a", None, 0, 100), ("b", "a", 10, 40), ("c", "a", 30, 60))
    )
    path = {part.node.span_id: part.ms for part in tree.critical_path()}
    assert path == {"c": 60, "b": 20, "a": 20}


def test_a_chain_of_thousands_of_spans_is_no_problem(frame: Frame) -> None:
    rows = [(str(i), str(i - 1) if i else None, i, 5000 - i) for i in range(3000)]
    tree = TraceTree.from_frame(frame(*rows))
    assert tree.nodes[-1].depth == 2999
    assert len(tree.text().splitlines()) == 3000


def test_the_drawing_shows_branches_durations_and_findings(frame: Frame) -> None:
    tree = TraceTree.from_frame(
        frame(("a", None, 0, 9), ("b", "a", 1, 4), ("c", "b", 2, 1), ("d", "a", 6, 0.5))
    )
    assert tree.text().splitlines() == [
        "work a (api)        9 ms",
        "├─ work b (api)     4 ms",
        "│  └─ work c (api)  1 ms",
        "└─ work d (api)     500 µs",
    ]


def test_a_tree_says_what_it_holds(frame: Frame) -> None:
    rows = frame(("a", None, 0, 9), ("b", "gone", 1, 4, "feed"))
    assert repr(TraceTree.from_frame(rows)) == (
        "trace 4bf92f35: 2 spans in 2 services, 9 ms, 0 errors; 1 finding"
    )
    assert repr(TraceTree.from_frame(rows.iloc[:0])) == "trace without spans"


def test_a_frame_of_two_traces_or_without_columns_is_refused(frame: Frame) -> None:
    rows = frame(("a", None, 0, 9), ("b", None, 1, 4))
    rows.loc[1, "trace_id"] = "other"
    with pytest.raises(ValueError, match="2 traces"):
        TraceTree.from_frame(rows)
    with pytest.raises(ValueError, match="duration_ms"):
        TraceTree.from_frame(rows.drop(columns="duration_ms"))


@pytest.mark.parametrize(
    ("parts", "left"),
    [
        ([], 10),
        ([(2, 4), (3, 6)], 6),
        ([(-5, 3), (8, 20)], 5),
        ([(20, 30)], 10),
        ([(0, 10), (2, 3)], 0),
    ],
)
def test_overlap_counts_once_and_what_lies_outside_not_at_all(
    parts: list[tuple[int, int]], left: int
) -> None:
    assert uncovered((0, 10), parts) == left


@pytest.mark.parametrize(
    ("name", "code", "status_code", "client_error"),
    [
        ("http.status_code", 404, 404, True),
        ("http.response.status_code", 429.0, 429, True),
        ("http.response.status", "400", 400, True),
        ("http.status_code", 500, 500, False),
        ("http.status_code", 399, 399, False),
        ("http.status_code", "none", None, False),
        ("app.code", 404, None, False),
    ],
)
def test_a_span_that_answered_4xx_did_not_fail(
    span: Callable[..., dict[str, object]],
    name: str,
    code: object,
    status_code: int | None,
    client_error: bool,  # noqa: FBT001  a column of the table above
) -> None:
    row = span("a", None, 0, 10, error=True) | {name: code}
    (node,) = TraceTree.from_frame(pd.DataFrame([row])).nodes
    assert (node.status_code, node.client_error) == (status_code, client_error)
    assert node.failed is not client_error
