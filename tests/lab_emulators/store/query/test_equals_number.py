"""Texts that equal a number, beside what a conversion of all of them says."""

import duckdb
import pytest

from lab_emulators.store import ColumnType
from lab_emulators.store.query import (
    Column,
    Op,
    definite,
    equals_number,
    literal,
    predicate,
    real,
)
from lab_emulators.store.query.render import Params, Renderer

TEXT = Column("text", ColumnType.STRING)
TEXTS = ["5", "5.0", "+5", "5e0", " 5", "5\n", "1_0", "inf", "nan", "9", "-1", "", None]


@pytest.mark.parametrize("number", [5.0, 10.0, float("inf")])
@pytest.mark.parametrize("text", TEXTS)
def test_it_is_the_comparison_of_numbers(text: str | None, number: float) -> None:
    params, value = Params(), literal(number)
    render = Renderer(lambda node: "t", params)
    plain = definite(predicate(Op.EQ, real(Op.TO_NUMBER, TEXT), value))
    both = f"{render(equals_number(TEXT, value))}, {render(plain)}"
    row = "(SELECT CAST($9 AS VARCHAR) AS t)"
    values = {"1": number, "9": text}
    found = duckdb.execute(f"SELECT {both} FROM {row}", values).fetchall()
    assert found[0][0] is found[0][1]
