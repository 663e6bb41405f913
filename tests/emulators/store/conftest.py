"""A store in a temporary folder, and its rows as they were sent."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab_helpers.emulators.store import Batch, Row, Store

Cells = list[dict[str, Any]]


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
