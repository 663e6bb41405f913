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
    ColumnExistsError,
    ColumnInfo,
    DiskFullError,
    ForeignStoreError,
    NoSuchColumnError,
    NoSuchTableError,
    OverloadedError,
    QueryInterruptedError,
    QueryMemoryError,
    StoreBusyError,
    StoreClosedError,
    StoreError,
    TableExistsError,
    TableInfo,
    TooManyColumnsError,
)
from lab_emulators.store.store import Store

__all__ = [
    "ARROW_TYPES",
    "Batch",
    "ColumnExistsError",
    "ColumnInfo",
    "ColumnType",
    "DiskFullError",
    "Documents",
    "ForeignStoreError",
    "Key",
    "Limits",
    "NoSuchColumnError",
    "NoSuchTableError",
    "OverloadedError",
    "QueryInterruptedError",
    "QueryMemoryError",
    "Reader",
    "Row",
    "Store",
    "StoreBusyError",
    "StoreClosedError",
    "StoreError",
    "TableExistsError",
    "TableInfo",
    "TooManyColumnsError",
    "Value",
    "plain_text",
]
