"""Plans as statements: what they compute, and that they read only what they need."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab_emulators.store import Batch, ColumnType, Row, Store
from lab_emulators.store.query.expr import (
    Call,
    Column,
    Literal,
    Op,
    literal,
    predicate,
    real,
)
from lab_emulators.store.query.plan import (
    MEASURE,
    Aggregate,
    Bins,
    Lookup,
    Match,
    Measure,
    Order,
    OrderBy,
    Part,
    Plan,
    Source,
    Steps,
)
from lab_emulators.store.query.render import Params, Renderer
from lab_emulators.store.query.sql import compile_plan, heaviest_weight

ROUTE = Column("route", ColumnType.STRING)
MS = Column("ms", ColumnType.FLOAT)
COUNT = Measure(Aggregate.COUNT)
ROWS = [
    Row(0, 1, {"route": "/a", "ms": 1.0, "secret": "x"}),
    Row(5, 2, {"route": "/a", "ms": 3.0}),
    Row(12, 1, {"route": "/b", "ms": 8.0}),
    Row(13, 1, {"ms": 9.0}),
]

Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder: Path = tmp_path_factory.mktemp("sql")
    with Store.open(folder / "events.duckdb") as opened:
        opened.append([Batch.from_rows("one", "one", ROWS)])
        other = [Row(1, 1, {"route": 7, "ms": 2}), Row(99, 5, {"route": 8})]
        opened.append([Batch.from_rows("two", "two", other)])
        yield opened


@pytest.fixture
def source(store: Store) -> Callable[..., Source]:
    def make(*names: str, end_ns: int = 20) -> Source:
        tables = [table for table in store.tables() if table.name in names]
        types = {"route": ColumnType.STRING, "ms": ColumnType.FLOAT}
        return Source(tuple(tables), types, 0, end_ns)

    return make


@pytest.fixture
def ask(store: Store, source: Callable[..., Source]) -> Ask:
    def run(*names: str, **plan: Any) -> list[dict[str, Any]]:
        statement = compile_plan(Plan(source(*(names or ("one",))), **plan))
        with store.reader() as reader:
            table = reader.execute(statement.sql, statement.params)
        return list(table.to_pylist())

    return run


def test_groups_come_by_key_with_absent_keys_last(ask: Ask) -> None:
    rows = ask(keys=(ROUTE,), weighted=False)
    assert [(r["k0"], r["m0"]) for r in rows] == [("/a", 2), ("/b", 1), (None, 1)]


def test_weights_count_rows_as_often(ask: Ask) -> None:
    (row,) = ask(measures=(COUNT, Measure(Aggregate.AVG, (MS,))))
    assert (row["m0"], row["m1"]) == (5, (1 + 3 * 2 + 8 + 9) / 5)


def test_orders_limits_and_the_rest(ask: Ask) -> None:
    orders = (Order(OrderBy.MEASURE, 0, descending=True),)
    parts = (Part.GROUPS, Part.TOTAL, Part.OTHER)
    rows = ask(keys=(ROUTE,), orders=orders, limit=1, parts=parts)
    found = {row["part"]: (row["k0"], row["m0"]) for row in rows}
    assert found == {"groups": ("/a", 3), "total": (None, 5), "other": (None, 2)}


def test_having_and_derived_values_are_over_measures(ask: Ask) -> None:
    count = Column("m0", ColumnType.INTEGER, MEASURE)
    derived = (real(Op.DIVIDE, real(Op.TO_FLOAT, count), literal(2.0)),)
    having = predicate(Op.GT, count, literal(1))
    rows = ask(keys=(ROUTE,), derived=derived, having=having)
    assert [(row["k0"], row["d0"]) for row in rows] == [("/a", 1.5)]


def test_steps_carry_the_rank_of_their_group(ask: Ask) -> None:
    rows = ask(keys=(ROUTE,), steps=Steps(0, 10, 2), parts=(Part.GROUPS, Part.STEPS))
    steps = {(r["rank"], r["t"]): r["m0"] for r in rows if r["part"] == Part.STEPS}
    assert steps == {(1, 0): 3, (2, 1): 1, (3, 1): 1}


def test_a_histogram_lists_its_bins_at_every_level(ask: Ask) -> None:
    measure = Measure(Aggregate.HISTOGRAM, (MS,), bins=Bins(0.0, 5.0, 2))
    parts = (Part.GROUPS, Part.STEPS)
    rows = ask(measures=(measure,), steps=Steps(0, 10, 2), parts=parts)
    found = {(r["part"], r["t"]): {p["b"]: p["n"] for p in r["m0"]} for r in rows}
    assert found == {
        ("groups", None): {0: 3, 1: 2},
        ("steps", 0): {0: 3},
        ("steps", 1): {1: 2},
    }


def test_several_tables_are_brought_to_one_type(ask: Ask) -> None:
    rows = ask("one", "two", keys=(ROUTE,), weighted=False)
    assert [row["k0"] for row in rows] == ["/a", "/b", "7", None]


def test_no_table_has_no_rows(ask: Ask) -> None:
    assert ask("none", keys=(ROUTE,)) == []
    assert ask("none")[0]["m0"] == 0


@pytest.mark.parametrize(
    "match, expected", [(Match.SOME, 2), (Match.MAYBE, 4), (Match.NONE, 2)]
)
def test_a_lookup_finds_partners(ask: Ask, match: Match, expected: int) -> None:
    other = Column("route", ColumnType.STRING, "p")
    fast = predicate(Op.LT, Column("ms", ColumnType.FLOAT, "p"), literal(5.0))
    lookup = Lookup("p", ((ROUTE, other),), fast, match)
    assert ask(lookups=(lookup,), weighted=False)[0]["m0"] == expected


def test_only_the_columns_of_a_plan_are_read(
    store: Store, source: Callable[..., Source]
) -> None:
    statement = compile_plan(Plan(source("one"), keys=(ROUTE,), weighted=False))
    table = store.table("one")
    assert table is not None
    assert table.columns["route"].physical in statement.sql
    for unread in (table.columns["ms"].physical, table.columns["secret"].physical):
        assert f'"{unread}"' not in statement.sql
    assert "_rate AS w" not in statement.sql and "AS t" not in statement.sql


def test_percentiles_of_one_value_share_its_rows_whatever_they_filter(
    source: Callable[..., Source],
) -> None:
    def scans(*limits: float) -> int:
        wheres = [predicate(Op.LT, MS, literal(limit)) for limit in limits]
        measures = tuple(Measure(Aggregate.QUANTILE, (MS,), w, 0.5) for w in wheres)
        return compile_plan(Plan(source("one"), measures=measures)).sql.count(" rows ")

    assert scans(1.0, 2.0, 3.0) == scans(1.0)


def test_the_heaviest_weight_is_that_of_the_window(
    store: Store, source: Callable[..., Source]
) -> None:
    for end, expected in ((20, 1), (100, 5)):
        statement = heaviest_weight(source("two", end_ns=end))
        with store.reader() as reader:
            found = reader.execute(statement.sql, statement.params)
        assert found.column(0)[0].as_py() == expected


def test_constants_are_bound_and_never_written() -> None:
    params = Params()
    render = Renderer(lambda node: "x", params)
    nasty = "'; DROP TABLE lab; --"
    sql = render(predicate(Op.EQ, ROUTE, literal(nasty)))
    assert sql == "(x = CAST($1 AS VARCHAR))" and params.values == [nasty]


def test_equal_constants_share_a_place_unless_their_types_differ() -> None:
    params = Params()
    values = (1, 1.0, 1, "1", 0.0, -0.0)
    assert [params.bind(v) for v in values] == ["$1", "$2", "$1", "$3", "$4", "$5"]


@pytest.mark.parametrize("op", [op for op in Op if op is not Op.CASE])
def test_every_operation_can_be_written(op: Op) -> None:
    args = tuple(Literal("1", ColumnType.STRING) for _ in range(3))
    render = Renderer(lambda node: "x", Params())
    assert "$1" in render(Call(op, args, ColumnType.STRING))
