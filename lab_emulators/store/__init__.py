"""The store: wide typed events in a journal and a DuckDB file; all SQL there is."""

from lab_emulators.store.query.reader import Reader
from lab_emulators.store.schema.batch import Batch, ColumnType, Row, Value
from lab_emulators.store.schema.model import (
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
from lab_emulators.store.store import Store

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
