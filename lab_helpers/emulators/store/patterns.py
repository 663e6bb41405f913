"""Is a regular expression one the store's engine (RE2) can run?"""

from functools import cache

import duckdb


def pattern_error(pattern: str) -> str | None:
    """What is wrong with `pattern`, in RE2's words; None if nothing is."""
    try:
        with _engine().cursor() as cursor:
            cursor.execute("SELECT regexp_matches('', $1)", [pattern]).fetchall()
    except duckdb.Error as error:
        return str(error).removeprefix("Invalid Input Error: ")
    return None


def group_count(pattern: str) -> int:
    """How many capturing groups a valid `pattern` has, up to 9."""
    with _engine().cursor() as cursor:
        for group in range(1, 10):
            try:
                query = "SELECT regexp_extract('', $1, $2)"
                cursor.execute(query, [pattern, group]).fetchall()
            except duckdb.Error:
                return group - 1
    return 9


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """An empty database in memory, made at the first regular expression."""
    return duckdb.connect(":memory:")
