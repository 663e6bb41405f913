"""Descriptions of tables and columns, and the errors of the store."""

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab_emulators.store.schema.batch import ColumnType

Properties = Mapping[str, Any]
"""Free JSON the store keeps for its callers, e.g. a description."""

_NO_SPACE = [
    getattr(errno, name)
    for name in ("ENOSPC", "EDQUOT", "EFBIG")  # the disk's, the user's, the file's
    if hasattr(errno, name)
]


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """One column: its public id and key, its type, and its name in SQL.

    Times are nanoseconds since the epoch; `last_written_ns` is None until a row
    brings a value.
    """

    id: str
    key: str
    type: ColumnType
    physical: str
    created_ns: int
    updated_ns: int
    last_written_ns: int | None = None
    properties: Properties = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TableInfo:
    """One table: its name, display label, columns by key, and its name in SQL.

    The SQL table has `_time` (BIGINT, ns), `_rate` (INTEGER), `_misfits` (JSON text
    of originals whose type is not their column's, by physical column name; NULL
    when there are none) and one typed column for each entry of `columns`.
    """

    name: str
    label: str
    physical: str
    created_ns: int
    last_written_ns: int | None = None
    properties: Properties = field(default_factory=dict)
    columns: Mapping[str, ColumnInfo] = field(default_factory=dict)


class StoreError(Exception):
    """The store cannot do what was asked; the text says why and what to try."""


class ForeignStoreError(StoreError):
    """The file is damaged, or was not written by this version of this store."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} {reason}. It was left as it is; move it away to keep it, "
            "or run `lab reset` to start with an empty one."
        )


class StoreBusyError(StoreError):
    """Another process has the file open."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is in use by another process, probably a lab that is still "
            "running: `lab status` shows it and `lab down` stops it."
        )


class StoreClosedError(StoreError):
    """The store was closed."""


class OverloadedError(StoreError):
    """Too much is waiting to be written; nothing of this append was taken."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(
            f"too many rows are waiting to be written, retry in {retry_after_s:.1f} s"
        )
        self.retry_after_s = retry_after_s


class DiskFullError(StoreError):
    """The disk has no space left, and nothing of this was stored."""

    def __init__(self) -> None:
        super().__init__(
            "the disk with the lab's data is full: free some space, then try again. "
            "What was acknowledged before is safe."
        )

    @classmethod
    def of(cls, error: BaseException) -> "DiskFullError | None":
        """The error for one of the system's or of the database's that means it."""
        if isinstance(error, OSError):
            return cls() if error.errno in _NO_SPACE else None
        text = str(error)
        return cls() if any(os.strerror(code) in text for code in _NO_SPACE) else None


class QueryMemoryError(StoreError):
    """A query took more memory than the store may use."""

    def __init__(self) -> None:
        super().__init__(
            "the query takes more memory than there is: ask for fewer calculations "
            "or groups, wider steps or a shorter time"
        )


class QueryInterruptedError(StoreError):
    """A query was ended before it had an answer."""

    def __init__(self) -> None:
        super().__init__("the query was interrupted")


class TooManyColumnsError(StoreError):
    """The rows would give a table more columns than the limit."""

    def __init__(self, table: str, limit: int) -> None:
        super().__init__(
            f"table {table!r} may have at most {limit} columns: put what varies "
            "into values, not into attribute names"
        )
        self.table = table
        self.limit = limit


class NoSuchTableError(StoreError):
    """There is no table of that name."""


class NoSuchColumnError(StoreError):
    """The table has no such column."""


class TableExistsError(StoreError):
    """There is a table of that name already."""


class ColumnExistsError(StoreError):
    """The table has a column of that key already."""
