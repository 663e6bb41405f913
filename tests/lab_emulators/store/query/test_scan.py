"""The rows of a pipeline's tables, and the values of their JSON."""

from collections.abc import Callable
from typing import Any

from lab_emulators.store import ColumnType
from lab_emulators.store.query.compile import compile_pipeline
from lab_emulators.store.query.expr import Column, Op, literal, predicate, real
from lab_emulators.store.query.fields import json_text
from lab_emulators.store.query.pipeline import By, Keep, Limit, Pipeline, Sort

MESSAGE = Column("message", ColumnType.STRING)
TABLE = Column("table", ColumnType.STRING)
SEQ = Column("seq", ColumnType.INTEGER)
MS = real(Op.TO_NUMBER, json_text(MESSAGE, ["ms"]))
ROUTE = json_text(MESSAGE, ["http.route"], ["http", "route"])
Ask = Callable[..., list[tuple[Any, ...]]]


def test_fields_are_read_from_json_and_only_from_json(ask: Ask) -> None:
    rows = ask(Sort((By(SEQ),)), show={"route": ROUTE, "ms": MS})
    assert rows == [("/a", 1), ("/a", 3), (None, None), ("/b", 8), ("/b", None)]


def test_a_document_is_read_once_whatever_is_asked_of_it(
    pipeline: Callable[..., Pipeline],
) -> None:
    made = pipeline(Keep(predicate(Op.GT, MS, literal(1.0))), show={"route": ROUTE})
    assert compile_pipeline(made).sql.count("json_extract_string") == 1


def test_rows_know_the_table_they_come_from(ask: Ask) -> None:
    rows = ask(show={"table": TABLE, "seq": SEQ}, tables=("one", "two", "empty"))
    assert sorted(rows) == [*(("one", i) for i in range(5)), ("two", 0)]


def test_what_is_only_shown_is_read_after_the_limit(
    pipeline: Callable[..., Pipeline],
) -> None:
    keep, show = Keep(predicate(Op.GT, MS, literal(1.0))), {"m": MESSAGE, "r": ROUTE}
    before, after = compile_pipeline(pipeline(keep, Limit(1), show=show)).sql.split(
        "LIMIT 1"
    )
    assert before.count("json_extract_string") == 1
    assert after.count("json_extract_string") == 1


def test_a_late_value_is_that_of_its_row(ask: Ask) -> None:
    rows = ask(Sort((By(SEQ),)), Limit(1, skip=3), show={"m": MESSAGE, "r": ROUTE})
    assert rows == [('{"http.route": "/b", "ms": 8}', "/b")]
