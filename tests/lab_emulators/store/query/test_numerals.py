"""Texts compared with a number, beside what a conversion of all of them says."""

import duckdb
import pytest

from lab_emulators.store.query.expr import (
    Column,
    Op,
    definite,
    literal,
    predicate,
    real,
)
from lab_emulators.store.query.numerals import numeral_is
from lab_emulators.store.query.render import Params, Renderer
from lab_emulators.store.schema.batch import ColumnType

TEXT = Column("text", ColumnType.STRING)
TEXTS = ["5", "5.0", "+5", "5e0", " 5", "5\n", "1_0", "inf", "nan", "9", "-1", "", None]


@pytest.mark.parametrize("op", [Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE])
@pytest.mark.parametrize("text", TEXTS)
def test_a_comparison_is_that_of_the_numbers(op: Op, text: str | None) -> None:
    params, five = Params(), literal(5.0)
    render = Renderer(lambda node: "t", params)
    plain = definite(predicate(op, real(Op.TO_NUMBER, TEXT), five))
    both = f"{render(numeral_is(op, TEXT, five))}, {render(plain)}"
    row = "(SELECT CAST($9 AS VARCHAR) AS t)"
    values = {"1": 5.0, "9": text}
    found = duckdb.execute(f"SELECT {both} FROM {row}", values).fetchall()
    assert found[0][0] is found[0][1]
