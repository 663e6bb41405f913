"""Checks of regular expressions by the engine that runs them, RE2."""

import re
from functools import cache

import duckdb

# quoted text, an escape, a class, or what opens a capturing group
_TOKEN = re.compile(
    r"\\Q.*?(?:\\E|\Z)|\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]"
    r"|(?P<open>\((?!\?)|\(\?P?<(?P<name>\w+)>)",
    re.DOTALL,
)


def pattern_error(pattern: str) -> str | None:
    """RE2's error message for `pattern`, None if it is valid."""
    try:
        with _engine().cursor() as cursor:
            cursor.execute("SELECT regexp_matches('', $1)", [pattern]).fetchall()
    except duckdb.Error as error:
        return str(error).splitlines()[0].removeprefix("Invalid Input Error: ")
    return None


def finds(pattern: str, text: str) -> bool:
    """True if a valid `pattern` matches in `text`; time is linear in its length."""
    whole = text.encode(errors="replace").decode()
    with _engine().cursor() as cursor:
        query = "SELECT regexp_matches($1, $2)"
        return bool(cursor.execute(query, [whole, pattern]).fetchall()[0][0])


def has_group(pattern: str) -> bool:
    """True if a valid `pattern` has a capturing group."""
    return any(token["open"] for token in _TOKEN.finditer(pattern))


def group_names(pattern: str) -> list[str | None]:
    """The capturing groups of a valid `pattern` in order; None has no name."""
    groups = (token for token in _TOKEN.finditer(pattern) if token["open"])
    return [token["name"] for token in groups]


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """An empty database in memory, made at the first regular expression."""
    return duckdb.connect(":memory:")
