"""Messages in a real store, and which of them a pattern's condition finds."""

import itertools
from collections.abc import Callable, Iterator, Sequence

import pytest

from lab_emulators.aws.languages.filter_pattern import Pattern
from lab_emulators.store import Batch, ColumnType, Row, Store
from lab_emulators.store.query import EventTime, Keep, Pipeline, Rows

Search = Callable[[Pattern], list[bool]]
Stored = Callable[[Sequence[str]], Search]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stored]:
    """Puts messages in a table; says for each whether a condition finds it."""
    numbers = itertools.count()
    with Store.open(tmp_path_factory.mktemp("store") / "logs.duckdb") as store:

        def put(messages: Sequence[str]) -> Search:
            name = f"group-{next(numbers)}"
            rows = [Row(at, 1, {"message": m}) for at, m in enumerate(messages)]
            store.append([Batch.from_rows(name, name, rows)])
            return lambda pattern: _found(store, name, pattern, len(messages))

        yield put


def _found(store: Store, name: str, pattern: Pattern, count: int) -> list[bool]:
    with store.reader() as reader:
        info = reader.table(name)
        assert info is not None
        rows = Rows((info,), {"message": ColumnType.STRING}, 0, count)
        steps = (Keep(pattern.condition()),)
        table = reader.run(Pipeline(rows, steps, {"time": EventTime()})).table
    times = set(table["time"].to_pylist())
    return [at in times for at in range(count)]
