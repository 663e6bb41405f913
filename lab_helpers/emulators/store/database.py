"""Opening the file: settings of the database, and telling ours from others."""

import os
from dataclasses import dataclass
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from lab_helpers.emulators.store.model import StoreBusy, StoreForeign
from lab_helpers.emulators.store.schema import FORMAT, LAYOUT


@dataclass(frozen=True, slots=True)
class DatabaseOptions:
    """What the database may use: memory, threads (None: all cores)."""

    memory_limit: str = "512MB"
    threads: int | None = None


def connect(path: Path, options: DatabaseOptions) -> DuckDBPyConnection:
    """The store's file, made if it is not there.

    Raises StoreBusy if another process has it, StoreForeign if it is damaged, of
    another program or of another version; such a file is left as it is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = not path.exists()
    con = _open(path, options)
    if fresh:
        con.execute(LAYOUT)
    found = con.execute("SELECT format FROM lab.meta").fetchall()
    if found != [(FORMAT,)]:
        raise StoreForeign(path, f"has layout version {found}, not {FORMAT}")
    return con


def _open(path: Path, options: DatabaseOptions) -> DuckDBPyConnection:
    config: dict[str, str | int] = {
        "memory_limit": options.memory_limit,
        "threads": options.threads or os.cpu_count() or 1,
        "temp_directory": f"{path}.tmp",
        "autoinstall_known_extensions": "false",
    }
    try:
        return duckdb.connect(str(path), config=config)
    except duckdb.IOException as error:
        if "lock" in str(error):
            raise StoreBusy(path) from error
        raise StoreForeign(path, "is not a readable database") from error
