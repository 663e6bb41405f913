"""The store: wide typed events in a journal and a DuckDB file; all SQL there is."""

from lab_helpers.emulators.store.batch import Batch, ColumnType, Row, Value
from lab_helpers.emulators.store.model import (
    ColumnExists,
    ColumnInfo,
    Interrupted,
    NoSuchColumn,
    NoSuchTable,
    Overloaded,
    StoreBusy,
    StoreClosed,
    StoreError,
    StoreForeign,
    TableExists,
    TableInfo,
    TooManyColumns,
    TooMuchToAsk,
)
from lab_helpers.emulators.store.reader import Reader
from lab_helpers.emulators.store.store import Store

__all__ = [
    "Batch",
    "ColumnExists",
    "ColumnInfo",
    "ColumnType",
    "Interrupted",
    "NoSuchColumn",
    "NoSuchTable",
    "Overloaded",
    "Reader",
    "Row",
    "Store",
    "StoreBusy",
    "StoreClosed",
    "StoreError",
    "StoreForeign",
    "TableExists",
    "TableInfo",
    "TooManyColumns",
    "TooMuchToAsk",
    "Value",
]
