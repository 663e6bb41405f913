"""The database file: its settings, opening it, and refusing other files."""

import os
from dataclasses import dataclass
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from lab_emulators.store.durability.records import FORMAT, LAYOUT
from lab_emulators.store.schema.model import (
    DiskFullError,
    ForeignStoreError,
    StoreBusyError,
)


@dataclass(frozen=True, slots=True)
class DatabaseOptions:
    """Resources of the database: memory, threads (None: all cores), log.

    A checkpoint writes the last, incomplete row group of a table anew, which at the
    default threshold (16 MiB) costs as much as all the rest: 128 MiB of log are about
    one row group of spans (122,880 rows).
    """

    memory_limit: str = "512MB"
    threads: int | None = None
    checkpoint_threshold: str = "128MiB"


def connect(path: Path, options: DatabaseOptions) -> DuckDBPyConnection:
    """The store's file, made if it is not there.

    Raises StoreBusyError if another process, or this one, has it open, and
    ForeignStoreError if it is damaged, of another program or of another version: it is
    then left as it is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and path.stat().st_size == 0:
        path.unlink()  # a process was killed while it made the file
    fresh = not path.exists() or _is_blank(path, options)
    con = _open(path, options, read_only=False)
    if fresh:
        con.execute(f"BEGIN; {LAYOUT}; COMMIT")
    return con


def _is_blank(path: Path, options: DatabaseOptions) -> bool:
    """True if the file is empty, False if it has a store; changes nothing in it."""
    con = _open(path, options, read_only=True)
    try:
        names = con.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
        ).fetchall()
        if not names:
            return True
        if ("lab.meta",) not in names:
            raise ForeignStoreError(path, "is a database of another program")
        layout = con.execute("SELECT format FROM lab.meta").fetchall()[0][0]
        if layout != FORMAT:
            raise ForeignStoreError(
                path, f"has layout {layout}, this lab writes {FORMAT}"
            )
    except duckdb.Error as error:
        raise unreadable(path, error) from error
    finally:
        con.close()
    return False


def _open(
    path: Path, options: DatabaseOptions, *, read_only: bool
) -> DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": options.memory_limit,
        "threads": min(options.threads or 1024, os.cpu_count() or 1),
        "temp_directory": f"{path}.tmp",
        "checkpoint_threshold": options.checkpoint_threshold,
        "autoinstall_known_extensions": "false",
    }
    try:
        return duckdb.connect(str(path), read_only=read_only, config=config)
    except duckdb.Error as error:
        if _is_held(error):
            raise StoreBusyError(path) from error
        raise DiskFullError.of(error) or unreadable(path, error) from error


def _is_held(error: duckdb.Error) -> bool:
    """True if a process has the file open: another (POSIX, Windows) or this one."""
    text = str(error)
    return (
        "Could not set lock" in text
        or "used by another process" in text
        or isinstance(error, duckdb.ConnectionException)
    )


def unreadable(path: Path, error: duckdb.Error) -> ForeignStoreError:
    """The error for a file that the database cannot read."""
    return ForeignStoreError(path, f"cannot be read ({str(error).splitlines()[0]})")
