"""The store: wide typed events in a journal and a DuckDB file; all SQL there is."""

from lab_emulators.store.durability.documents import Documents
from lab_emulators.store.durability.writer import Limits
from lab_emulators.store.query.reader import Reader
from lab_emulators.store.schema.batch import (
    ARROW_TYPES,
    Batch,
    ColumnType,
    Key,
    Row,
    Value,
    plain_text,
)
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
    "ARROW_TYPES",
    "Batch",
    "ColumnExists",
    "ColumnInfo",
    "ColumnType",
    "Documents",
    "Interrupted",
    "Key",
    "Limits",
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
    "plain_text",
]
