import itertools

import pytest

from lab_emulators.store import Batch, ColumnType, Row, TooManyColumnsError
from lab_emulators.store.schema.batch import Value
from lab_emulators.store.schema.catalog import Catalog
from lab_emulators.store.schema.fit import Fitter

FLOAT, INTEGER = ColumnType.FLOAT, ColumnType.INTEGER
BOOLEAN, STRING = ColumnType.BOOLEAN, ColumnType.STRING


def fit(*batches: list[dict[str, Value]], limit: int = 100) -> Catalog:
    ids = (f"id{number}" for number in itertools.count())
    fitter = Fitter(now_ns=7, new_id=ids.__next__, max_columns=limit)
    rows = [[Row(1, 1, cells) for cells in batch] for batch in batches]
    return fitter.fit(Catalog(), [Batch.from_rows("t", "T", batch) for batch in rows])


def types(catalog: Catalog) -> dict[str, ColumnType]:
    return {key: c.type for key, c in catalog.tables["t"].columns.items()}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, "x"], INTEGER),
        (["x", 1], STRING),
        ([1, 1.5], FLOAT),
        ([1.0, 1], FLOAT),
        ([True, 1.5], BOOLEAN),
        ([1, True], INTEGER),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_the_first_value_decides_the_type_and_a_float_widens_integers(
    values: list[Value], expected: ColumnType, *, together: bool
) -> None:
    rows = [{"a": value} for value in values]
    catalog = fit(rows) if together else fit(*[[row] for row in rows])
    assert types(catalog) == {"a": expected}


def test_keys_that_differ_in_case_are_different_columns() -> None:
    columns = fit([{"Name": 1, "name": "x"}]).tables["t"].columns
    assert columns["Name"].physical != columns["name"].physical
    assert (columns["Name"].type, columns["name"].type) == (INTEGER, STRING)


def test_a_new_table_takes_label_and_time_and_numbers_are_never_shared() -> None:
    info = fit([{"a": 1}], [{"b": 1}]).tables["t"]
    names = [info.physical, *(c.physical for c in info.columns.values())]
    assert (info.label, info.created_ns, len(set(names))) == ("T", 7, 3)


def test_one_column_more_than_the_limit_is_refused_by_table() -> None:
    assert len(types(fit([{"a": 1, "b": 2}], limit=2))) == 2
    with pytest.raises(
        TooManyColumnsError, match="'t' may have at most 2 columns"
    ) as caught:
        fit([{"a": 1}], [{"b": 2, "c": 3}], limit=2)
    assert (caught.value.table, caught.value.limit) == ("t", 2)


def test_a_batch_without_rows_creates_nothing() -> None:
    assert fit([]).tables == {}


def test_a_row_without_values_creates_its_table() -> None:
    assert types(fit([{}])) == {}
