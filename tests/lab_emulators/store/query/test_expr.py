"""Building expressions: types, null as false, and sizes."""

import pytest

from lab_emulators.store.query.expr import (
    FALSE,
    MAX_DEPTH,
    TRUE,
    Call,
    Column,
    Expr,
    Literal,
    Op,
    SizeError,
    all_of,
    any_of,
    case,
    coalesce,
    definite,
    literal,
    negate,
    predicate,
    present,
    real,
    text_in,
    walk,
)
from lab_emulators.store.schema.batch import ColumnType

WHOLE = Column("whole", ColumnType.INTEGER)
REAL = Column("real", ColumnType.FLOAT)
TEXT = Column("text", ColumnType.STRING)


@pytest.mark.parametrize(
    "value, kind",
    [
        ("a", ColumnType.STRING),
        (True, ColumnType.BOOLEAN),
        (7, ColumnType.INTEGER),
        (7.0, ColumnType.FLOAT),
        (2**63, ColumnType.FLOAT),
        (-(2**63), ColumnType.INTEGER),
    ],
)
def test_a_literal_has_the_type_of_its_value(value: object, kind: ColumnType) -> None:
    made = literal(value)  # type: ignore[arg-type]
    assert (made.type, made.value) == (kind, value)


def test_integers_and_floats_merge_to_floats() -> None:
    merged = coalesce([WHOLE, REAL])
    assert merged.type is ColumnType.FLOAT
    assert isinstance(merged, Call) and isinstance(merged.args[0], Call)
    assert merged.args[0].op is Op.TO_FLOAT


def test_text_and_numbers_do_not_merge() -> None:
    with pytest.raises(TypeError, match="integer, string"):
        case([(TRUE, WHOLE)], TEXT)


def test_conditions_join_without_needless_calls() -> None:
    one = predicate(Op.EQ, WHOLE, literal(1))
    assert all_of([]) is TRUE and any_of([]) is FALSE
    assert all_of([one]) is one and any_of([one]) is one


def test_only_what_may_be_null_is_made_definite() -> None:
    maybe = predicate(Op.EQ, WHOLE, literal(1))
    sure = present(WHOLE)
    assert definite(sure) is sure and definite(TRUE) is TRUE
    settled = definite(maybe)
    assert isinstance(settled, Call) and settled.op is Op.COALESCE
    negated = negate(maybe)
    assert isinstance(negated, Call) and definite(negated) is negated


@pytest.mark.parametrize(
    "value, spellings",
    [
        ("a", ["a", "a\n"]),
        ("a\n", ["a", "a\n"]),
        ("a\n\n", ["a\n\n"]),
        ("", ["", "\n"]),
    ],
)
def test_text_equality_spells_out_the_trailing_newline(
    value: str, spellings: list[str]
) -> None:
    found = text_in(TEXT, [value])
    assert isinstance(found, Call)
    assert [
        arg.value for arg in found.args[1:] if isinstance(arg, Literal)
    ] == spellings


def test_text_among_nothing_is_false() -> None:
    assert text_in(TEXT, []) is FALSE


def test_walking_meets_every_node_once_parts_first() -> None:
    inner = real(Op.ADD, REAL, literal(1.0))
    outer = real(Op.MULTIPLY, inner, inner)
    nodes = list(walk([outer, inner]))
    assert len(nodes) == 4 and nodes[-1] is outer


def test_expressions_that_double_are_refused_without_writing_them_out() -> None:
    grown: Expr = REAL
    for _ in range(30):
        grown = real(Op.ADD, grown, grown)
    with pytest.raises(SizeError):
        list(walk([grown]))


def test_expressions_that_are_too_deep_are_refused() -> None:
    deep: Expr = REAL
    for _ in range(MAX_DEPTH):
        deep = real(Op.FLOOR, deep)
    with pytest.raises(SizeError):
        list(walk([deep]))
