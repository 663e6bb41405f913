"""Groups and their levels: what is computed, and that only what is needed is read."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab_emulators.store import Batch, ColumnType, Row, Store
from lab_emulators.store.query import (
    LEVEL,
    RANK,
    STEP,
    TRUE,
    Aggregate,
    Bins,
    By,
    Column,
    Fold,
    Keep,
    Level,
    Lookup,
    Match,
    Measure,
    Pipeline,
    Rollup,
    Rows,
    SampleRate,
    Sort,
    TimeSteps,
    literal,
    predicate,
    real,
)
from lab_emulators.store.query.compile import compile_pipeline
from lab_emulators.store.query.expr import Call, Literal, Op
from lab_emulators.store.query.render import Params, Renderer

ROUTE = Column("route", ColumnType.STRING)
MS = Column("ms", ColumnType.FLOAT)
N = Column("n", ColumnType.INTEGER)
COUNT = {"n": Measure(Fold.COUNT)}
BY_ROUTE = Aggregate({"route": ROUTE}, COUNT, weighted=True)
TIMES = TimeSteps(0, 10, 2)
ROWS = [
    Row(0, 1, {"route": "/a", "ms": 1.0, "secret": "x"}),
    Row(5, 2, {"route": "/a", "ms": 3.0}),
    Row(12, 1, {"route": "/b", "ms": 8.0}),
    Row(13, 1, {"ms": 9.0}),
]

Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder: Path = tmp_path_factory.mktemp("rollup")
    with Store.open(folder / "events.duckdb") as opened:
        opened.append([Batch.from_rows("one", "one", ROWS)])
        other = [Row(1, 1, {"route": 7, "ms": 2}), Row(99, 5, {"route": 8})]
        opened.append([Batch.from_rows("two", "two", other)])
        yield opened


@pytest.fixture
def rows(store: Store) -> Callable[..., Rows]:
    def make(*names: str, end_ns: int = 20) -> Rows:
        tables = [table for table in store.tables() if table.name in names]
        types = {"route": ColumnType.STRING, "ms": ColumnType.FLOAT}
        return Rows(tuple(tables), types, 0, end_ns)

    return make


@pytest.fixture
def ask(store: Store, rows: Callable[..., Rows]) -> Ask:
    """The columns of those names that the steps leave, as they come."""

    def run(show: str, *steps: Any, tables: Any = ("one",)) -> list[dict[str, Any]]:
        columns = {name: Column(name, ColumnType.STRING) for name in show.split()}
        with store.reader() as reader:
            found = reader.run(Pipeline(rows(*tables), steps, columns))
        return list(found.table.to_pylist())

    return run


def rollup(aggregate: Aggregate, *levels: Level, **more: Any) -> Rollup:
    chosen = {"derived": {}, "having": TRUE, "by": (), "limit": 1000, **more}
    return Rollup(aggregate, levels=(Level.GROUPS, *levels), **chosen)


def test_groups_sort_by_key_with_absent_keys_last(ask: Ask) -> None:
    step = Aggregate({"route": ROUTE}, COUNT)
    rows = ask("route n", step, Sort((By(ROUTE),)))
    assert [tuple(r.values()) for r in rows] == [("/a", 2), ("/b", 1), (None, 1)]


def test_weights_count_rows_as_often(ask: Ask) -> None:
    average = Measure(Fold.AVG, MS)
    step = Aggregate({}, {**COUNT, "avg": average}, weighted=True)
    assert ask("n avg", step) == [{"n": 5, "avg": (1 + 3 * 2 + 8 + 9) / 5}]


def test_a_condition_is_of_one_measure_alone(ask: Ask) -> None:
    slow = predicate(Op.GT, MS, literal(2.0))
    measures = {**COUNT, "slow": Measure(Fold.COUNT, where=slow)}
    for weighted, counts in ((False, (4, 3)), (True, (5, 4))):
        (row,) = ask("n slow", Aggregate({}, measures, weighted=weighted))
        assert tuple(row.values()) == counts


def test_several_values_are_told_apart_as_one(ask: Ask) -> None:
    both = Measure(Fold.DISTINCT, ROUTE, others=(MS,))
    assert ask("n", Aggregate({}, {"n": both})) == [{"n": 4}]


def test_quantiles_of_one_value_each_have_their_point(ask: Ask) -> None:
    fast = predicate(Op.LT, MS, literal(5.0))
    measures = {
        "low": Measure(Fold.QUANTILE, MS, 0.0),
        "high": Measure(Fold.QUANTILE, MS, 1.0),
        "fast": Measure(Fold.QUANTILE, MS, 1.0, where=fast),
    }
    for weighted in (False, True):
        step = Aggregate({}, measures, weighted=weighted)
        assert ask("low high fast", step) == [{"low": 1.0, "high": 9.0, "fast": 3.0}]


def test_orders_limits_and_the_rest(ask: Ask) -> None:
    step = rollup(
        BY_ROUTE,
        Level.TOTAL,
        Level.OTHER,
        by=(By(N, descending=True),),
        limit=1,
    )
    found = {r["level"]: (r["route"], r["n"]) for r in ask("level route n", step)}
    assert found == {"groups": ("/a", 3), "total": (None, 5), "other": (None, 2)}


def test_having_and_derived_values_are_over_measures(ask: Ask) -> None:
    half = real(Op.DIVIDE, real(Op.TO_FLOAT, N), literal(2.0))
    having = predicate(Op.GT, N, literal(1))
    step = rollup(BY_ROUTE, Level.TOTAL, derived={"half": half}, having=having)
    rows = ask("level route half", step)
    assert [tuple(r.values()) for r in rows] == [
        ("groups", "/a", 1.5),
        ("total", None, 2.5),
    ]


def test_steps_carry_the_rank_of_their_group(ask: Ask) -> None:
    timed = Aggregate({"route": ROUTE}, COUNT, weighted=True, times=TIMES)
    rows = ask("level rank step n", rollup(timed, Level.STEPS))
    assert [LEVEL.key, RANK.key, STEP.key] == ["level", "rank", "step"]
    steps = {(r["rank"], r["step"]): r["n"] for r in rows if r["level"] == Level.STEPS}
    assert steps == {(1, 0): 3, (2, 1): 1, (3, 1): 1}


def test_a_histogram_lists_its_bins_at_every_level(ask: Ask) -> None:
    measure = Measure(Fold.HISTOGRAM, MS, bins=Bins(0.0, 5.0, 2))
    timed = Aggregate({}, {"h": measure}, weighted=True, times=TIMES)
    rows = ask("level step h", rollup(timed, Level.STEPS))
    found = {(r["level"], r["step"]): {p["b"]: p["n"] for p in r["h"]} for r in rows}
    assert found == {
        ("groups", None): {0: 3, 1: 2},
        ("steps", 0): {0: 3},
        ("steps", 1): {1: 2},
    }


def test_several_tables_are_brought_to_one_type(ask: Ask) -> None:
    step = Aggregate({"route": ROUTE}, COUNT)
    rows = ask("route", step, Sort((By(ROUTE),)), tables=("one", "two"))
    assert [row["route"] for row in rows] == ["/a", "/b", "7", None]


def test_no_table_has_no_rows(ask: Ask) -> None:
    assert ask("n", BY_ROUTE, tables=()) == []
    assert ask("n", Aggregate({}, COUNT, weighted=True), tables=()) == [{"n": 0}]


@pytest.mark.parametrize(
    "match, expected", [(Match.SOME, 2), (Match.MAYBE, 4), (Match.NONE, 2)]
)
def test_a_lookup_finds_partners(ask: Ask, match: Match, expected: int) -> None:
    other = Column("route", ColumnType.STRING, "p")
    fast = predicate(Op.LT, Column("ms", ColumnType.FLOAT, "p"), literal(5.0))
    lookup = Lookup("p", ((ROUTE, other),), fast, match)
    assert ask("n", lookup, Aggregate({}, COUNT)) == [{"n": expected}]


def test_a_partner_is_the_earliest_there_is(ask: Ask) -> None:
    route, ms = (Column(c.key, c.type, "p") for c in (ROUTE, MS))
    lookup = Lookup("p", ((ROUTE, route),), TRUE)
    step = Aggregate({"route": ROUTE}, {"ms": Measure(Fold.MAX, ms)})
    rows = ask("route ms", lookup, step, Sort((By(ROUTE),)))
    assert [tuple(r.values()) for r in rows] == [("/a", 1.0), ("/b", 8.0)]


def test_a_column_may_be_called_like_a_part_of_the_row(store: Store) -> None:
    names = ("_time", "_rate", "c0", "m0", "level", "\0time")
    cells = {name: f"<{name}>" for name in names}
    store.append([Batch.from_rows("odd", "odd", [Row(3, 2, dict(cells))])])
    types = dict.fromkeys(names, ColumnType.STRING)
    keys = {name: Column(name, ColumnType.STRING) for name in names}
    with store.reader() as reader:
        info = reader.table("odd")
        assert info is not None
        steps = (Aggregate(dict(keys), COUNT, weighted=True),)
        odd = Rows((info,), types, 0, 20)
        found = reader.run(Pipeline(odd, steps, {**keys, "n": N})).table
    assert found.to_pylist() == [{**cells, "n": 2}]


def test_only_the_columns_of_a_pipeline_are_read(
    store: Store, rows: Callable[..., Rows]
) -> None:
    step = Aggregate({"route": ROUTE}, COUNT)
    sql = compile_pipeline(Pipeline(rows("one"), (step,), {"route": ROUTE})).sql
    table = store.table("one")
    assert table is not None
    assert table.columns["route"].physical in sql
    for unread in (table.columns["ms"].physical, table.columns["secret"].physical):
        assert f'"{unread}"' not in sql
    assert "_rate" not in sql and "count(" not in sql


def test_percentiles_of_one_value_share_its_rows_whatever_they_filter(
    rows: Callable[..., Rows],
) -> None:
    def sorts(*limits: float) -> int:
        measures = {
            f"q{limit}": Measure(
                Fold.QUANTILE, MS, 0.5, where=predicate(Op.LT, MS, literal(limit))
            )
            for limit in limits
        }
        step = Aggregate({}, measures, weighted=True)
        show = {name: Column(name, ColumnType.FLOAT) for name in measures}
        sql = compile_pipeline(Pipeline(rows("one"), (step,), show)).sql
        return sql.count("MATERIALIZED") + sql.count(" AS x,")

    assert sorts(1.0, 2.0, 3.0) == sorts(1.0)


def test_the_sample_rate_of_a_row_can_be_asked_for(
    store: Store, rows: Callable[..., Rows]
) -> None:
    step = Aggregate({}, {"most": Measure(Fold.MAX, SampleRate())})
    show = {"most": Column("most", ColumnType.INTEGER)}
    for end, expected in ((20, 1), (100, 5)):
        with store.reader() as reader:
            window = rows("two", end_ns=end)
            found = reader.run(Pipeline(window, (Keep(TRUE), step), show)).table
        assert found.to_pylist() == [{"most": expected}]


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
