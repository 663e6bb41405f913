"""The way of Arrow tables into the database."""

import pyarrow as pa
from duckdb import DuckDBPyConnection


def insert_from(con: DuckDBPyConnection, sql: str, incoming: pa.Table) -> None:
    """Run an INSERT that says FROM incoming.

    DuckDB finds the Arrow table by the name of the variable, so the parameter must
    be called as it is; nothing has to be registered, nor taken back after an error.
    """
    con.execute(sql)
