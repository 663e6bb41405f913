"""Pipelines as statements: what each step does to the rows."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from lab_emulators.store import ColumnType, Store
from lab_emulators.store.query.compile import compile_pipeline
from lab_emulators.store.query.expr import (
    Column,
    EventTime,
    Op,
    literal,
    predicate,
    real,
    text,
)
from lab_emulators.store.query.fields import json_text
from lab_emulators.store.query.pipeline import (
    Aggregate,
    By,
    Dedup,
    Extend,
    Fold,
    Keep,
    Limit,
    Measure,
    Pipeline,
    Sort,
    Step,
)

MESSAGE = Column("message", ColumnType.STRING)
SEQ = Column("seq", ColumnType.INTEGER)
MS = real(Op.TO_NUMBER, json_text(MESSAGE, ["ms"]))
ROUTE = json_text(MESSAGE, ["http.route"], ["http", "route"])
Ask = Callable[..., list[tuple[Any, ...]]]


def test_what_nobody_reads_is_not_computed(pipeline: Callable[..., Pipeline]) -> None:
    unread = Extend({"unread": text(Op.UPPER, MESSAGE)})
    measures = {"n": Measure(Fold.COUNT), "max": Measure(Fold.MAX, MS)}
    made = pipeline(
        unread,
        Aggregate({}, measures),
        show={"n": Column("n", ColumnType.INTEGER)},
    )
    sql = compile_pipeline(made).sql
    assert "upper" not in sql and "json" not in sql and "max" not in sql


def test_steps_build_on_the_ones_before(ask: Ask) -> None:
    loud = Column("loud", ColumnType.STRING)
    rows = ask(
        Extend({"loud": text(Op.UPPER, ROUTE)}),
        Keep(predicate(Op.EQ, loud, literal("/B"))),
        Extend({"long": text(Op.CONCAT, loud, literal("!"))}),
        show={"long": Column("long", ColumnType.STRING), "seq": SEQ},
    )
    assert sorted(rows) == [("/B!", 3), ("/B!", 4)]


def test_groups_have_their_measures(ask: Ask) -> None:
    number = ColumnType.FLOAT
    measures = {
        "rows": Measure(Fold.COUNT),
        "values": Measure(Fold.COUNT, MS),
        "sum": Measure(Fold.SUM, MS),
        "median": Measure(Fold.QUANTILE, MS, 0.5),
        "most": Measure(Fold.QUANTILE, MS, 1.0),
        "first": Measure(Fold.FIRST, MS, order=(EventTime(), SEQ)),
        "last": Measure(Fold.LAST, MS, order=(SEQ,)),
    }
    route = Column("route", ColumnType.STRING)
    rows = ask(
        Aggregate({"route": ROUTE}, measures),
        Sort((By(route),)),
        show={"route": route} | {name: Column(name, number) for name in measures},
    )
    assert rows == [
        ("/a", 2, 2, 4, 2, 3, 1, 3),
        ("/b", 2, 1, 8, 8, 8, 8, 8),
        (None, 1, 0, None, None, None, None, None),
    ]


@pytest.mark.parametrize(
    "fold, expected",
    [
        (Fold.DISTINCT, 3),
        (Fold.AVG, 4),
        (Fold.MIN, 1),
        (Fold.MAX, 8),
        (Fold.STDDEV, 13**0.5),
    ],
)
def test_every_fold_leaves_out_what_is_absent(
    ask: Ask, fold: Fold, expected: float
) -> None:
    ((found,),) = ask(
        Aggregate({}, {"x": Measure(fold, MS)}),
        show={"x": Column("x", ColumnType.FLOAT)},
    )
    assert found == pytest.approx(expected)


def test_without_keys_there_is_a_row_even_of_nothing(ask: Ask) -> None:
    count = Aggregate({}, {"n": Measure(Fold.COUNT)})
    show = {"n": Column("n", ColumnType.INTEGER)}
    assert ask(count, show=show, end_ns=0) == [(0,)]
    assert ask(count, show=show, tables=()) == [(0,)]
    assert ask(count, show=show, tables=("empty",)) == [(0,)]
    assert ask(count, show={"one": literal(1)}) == [(1,)]


def test_groups_can_be_grouped_again(ask: Ask) -> None:
    n, most = Column("n", ColumnType.INTEGER), Column("most", ColumnType.INTEGER)
    rows = ask(
        Aggregate({"route": ROUTE}, {"n": Measure(Fold.COUNT)}),
        Aggregate({}, {"most": Measure(Fold.MAX, n)}),
        show={"most": most},
    )
    assert rows == [(2,)]


def test_sorting_is_stable_and_puts_the_absent_last(ask: Ask) -> None:
    newest = Sort((By(EventTime(), descending=True),))
    up, down = (Sort((By(ROUTE, descending=d),)) for d in (False, True))
    assert ask(newest, up, show={"seq": SEQ}) == [(1,), (0,), (4,), (3,), (2,)]
    assert ask(newest, down, show={"seq": SEQ}) == [(4,), (3,), (1,), (0,), (2,)]


def test_a_limit_takes_the_first_in_order(ask: Ask) -> None:
    by = Sort((By(SEQ),))
    assert ask(by, Limit(2), show={"seq": SEQ}) == [(0,), (1,)]
    assert ask(by, Limit(2, skip=3), show={"seq": SEQ}) == [(3,), (4,)]
    last = Sort((By(SEQ, descending=True),))
    assert ask(by, Limit(2), last, show={"seq": SEQ}) == [(1,), (0,)]


def test_dedup_keeps_the_first_in_order_and_what_lacks_a_value(ask: Ask) -> None:
    last = Sort((By(SEQ, descending=True),))
    rows = ask(last, Dedup((ROUTE,)), show={"seq": SEQ}, tables=("one", "one"))
    assert rows == [(4,), (2,), (2,), (1,)]


@pytest.mark.parametrize(
    "steps, rows",
    [
        ((Limit(1),), 1),
        ((Aggregate({"route": ROUTE}, {}), Limit(0)), 0),
        ((Aggregate({}, {}),), 1),
        ((Dedup((ROUTE,)), Keep(predicate(Op.EQ, ROUTE, literal("none")))), 0),
        ((), 2),
    ],
)
def test_a_tally_counts_whatever_comes_after(
    staged: Store, pipeline: Callable[..., Pipeline], steps: tuple[Step, ...], rows: int
) -> None:
    keep = Keep(predicate(Op.EQ, ROUTE, literal("/b")))
    made = pipeline(keep, *steps, show={"one": literal(1)}, tally=1)
    with staged.reader() as reader:
        outcome = reader.run(made)
    assert (outcome.tally, outcome.table.num_rows) == (2, rows)
    assert outcome.table.column_names == ["one"]


def test_a_tally_keeps_the_order(ask: Ask) -> None:
    last = Sort((By(SEQ, descending=True),))
    assert ask(last, show={"seq": SEQ}, tally=0) == [(4,), (3,), (2,), (1,), (0,)]


def test_every_table_may_have_a_start_of_its_own(
    staged: Store, pipeline: Callable[..., Pipeline]
) -> None:
    asked = pipeline(show={"message": MESSAGE}, tables=("one", "two"))
    starts = dict(zip(("one", "two"), (0, 100), strict=True))
    with staged.reader() as reader:
        everything = reader.run(asked).table.num_rows
        rows = replace(asked.rows, starts_ns=tuple(starts.values()))
        only = reader.run(replace(asked, rows=rows)).table.num_rows
        alone = reader.run(pipeline(show={"message": MESSAGE})).table
    assert only == alone.num_rows < everything
