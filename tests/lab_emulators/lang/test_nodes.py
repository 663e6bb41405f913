"""Trees of nodes: what is below a node, and how to change it."""

from dataclasses import dataclass
from typing import Any

from lab_emulators.lang.nodes import (
    AllOf,
    Binary,
    Field,
    FunctionCall,
    In,
    Node,
    Not,
    Number,
    Text,
    depth_of,
    mapped,
    parts,
    too_deep,
    walk,
)
from lab_emulators.lang.source import Span

A, B, ONE = Field("a"), Field("b"), Number(1)


@dataclass(frozen=True, slots=True)
class Between(Node):
    """A node of one language only."""

    subject: Any
    low: Any
    high: Any


def test_where_a_node_stands_is_no_part_of_what_it_is() -> None:
    assert Field("a", span=Span(3, 4)) == Field("a")
    assert hash(Field("a", span=Span(3, 4))) == hash(Field("a"))


def test_the_parts_of_a_node_come_in_the_order_they_are_written() -> None:
    assert parts(Binary("+", A, ONE)) == (A, ONE)
    assert parts(In(A, (ONE, B))) == (A, ONE, B)
    assert parts(Between(A, ONE, B)) == (A, ONE, B)
    assert parts(FunctionCall("now", ())) == parts(Text("x")) == ()


def test_a_walk_meets_every_node_from_left_to_right() -> None:
    inner = FunctionCall("f", (ONE, B))
    tree: Any = AllOf((Binary("=", A, inner), Not(B)))
    assert list(walk(tree)) == [
        *(tree, tree.parts[0], A, inner, ONE, B),
        *(tree.parts[1], B),
    ]


def test_every_part_is_changed_and_the_rest_stays() -> None:
    found = mapped(In(A, (ONE, B), span=Span(1, 9)), lambda part: Not(part))
    assert found == In(Not(A), (Not(ONE), Not(B)))
    assert found.span == (1, 9)
    assert mapped(A, lambda part: B) is A
    assert mapped(Between(A, ONE, B), lambda part: ONE) == Between(ONE, ONE, ONE)


def test_the_depth_of_a_tree_is_counted_without_recursion() -> None:
    tree: Any = A
    for _ in range(5_000):
        tree = Not(tree)
    assert depth_of(tree) == 5_001
    assert too_deep(tree, 5_000) is A
    assert too_deep(tree, 5_001) is None
