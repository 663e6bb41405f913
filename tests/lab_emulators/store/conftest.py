"""A store in a temporary folder, and its rows as they were sent."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lab_emulators.store import Batch, ColumnType, Row, Store
from lab_emulators.store.query.expr import Expr
from lab_emulators.store.query.pipeline import Pipeline, Rows, Step

Cells = list[dict[str, Any]]
EVENTS = [
    '{"http": {"route": "/a"}, "ms": 1}',
    '{"http.route": "/a", "ms": "3"}',
    "not JSON at all",
    '{"http.route": "/b", "ms": 8}',
    '{"http.route": "/b", "ms": "soon"}',
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.duckdb"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """An empty store whose clock ticks once a reading, from 1,000."""
    ticks = itertools.count(1_000)
    with Store.open(path, clock=lambda: next(ticks)) as opened:
        yield opened


@pytest.fixture
def batch() -> Callable[..., Batch]:
    """A batch of table `events` with one row for each dict, at 1, 2, 3 … ns."""

    def build(*values: dict[str, Any], table: str = "events") -> Batch:
        rows = [Row(place, 1, cells) for place, cells in enumerate(values, start=1)]
        return Batch.from_rows(table, table.title(), rows)

    return build


@pytest.fixture
def cells() -> Callable[..., Cells]:
    """The stored rows of a table by key, without the empty cells."""

    def read(store: Store, table: str = "events") -> Cells:
        with store.reader() as reader:
            info = reader.table(table)
            assert info is not None
            rows = reader.execute(f"SELECT * FROM {info.physical}").to_pylist()
        names = {column.physical: key for key, column in info.columns.items()}
        return [
            {names[c]: row[c] for c in row if c in names and row[c] is not None}
            for row in rows
        ]

    return read


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Two tables with messages, the second with one of them, and an empty one."""
    folder: Path = tmp_path_factory.mktemp("stages")
    with Store.open(folder / "events.duckdb") as opened:
        rows = [Row(i, 1, {"message": m, "seq": i}) for i, m in enumerate(EVENTS)]
        opened.append([Batch.from_rows("one", "one", rows)])
        opened.append([Batch.from_rows("two", "two", rows[:1])])
        opened.create_table("empty", label="empty")
        yield opened


@pytest.fixture
def pipeline(staged: Store) -> Callable[..., Pipeline]:
    """A pipeline over those tables, the first one unless others are named."""

    def make(
        *steps: Step,
        show: Mapping[str, Expr],
        tables: tuple[str, ...] = ("one",),
        tally: int | None = None,
        end_ns: int = 100,
    ) -> Pipeline:
        found = tuple(info for name in tables if (info := staged.table(name)))
        types = {"message": ColumnType.STRING, "seq": ColumnType.INTEGER}
        rows = Rows(found, types, 0, end_ns, {"table": tables})
        return Pipeline(rows, steps, show, tally)

    return make


@pytest.fixture
def ask(
    staged: Store, pipeline: Callable[..., Pipeline]
) -> Callable[..., list[tuple[Any, ...]]]:
    """The shown values of every row, in order."""

    def run(*steps: Step, **settings: Any) -> list[tuple[Any, ...]]:
        with staged.reader() as reader:
            outcome = reader.run(pipeline(*steps, **settings))
        return [tuple(row.values()) for row in outcome.table.to_pylist()]

    return run
