"""SQL expressions that fit a value of one type into a column of another.

The rules are ours (the vendor publishes none): a decimal string becomes a number, a
number or boolean becomes its JSON-like text, an integer becomes a float, a whole
float becomes an integer; everything else is NULL. Where the value changed or was
refused, its original is kept in `_misfits`, as JSON under the column's physical name.
"""

from collections.abc import Mapping

from lab_emulators.store.schema.batch import ColumnType

SQL_TYPES: dict[ColumnType, str] = {
    ColumnType.STRING: "VARCHAR",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.FLOAT: "DOUBLE",
    ColumnType.BOOLEAN: "BOOLEAN",
}

EXACT = 2**53
"""Integers up to here, either sign, are floats without loss."""

_INTEGER_TEXT = "[+-]?[0-9]+"
_FLOAT_TEXT = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"

Sources = Mapping[ColumnType, str]
"""For one column, the SQL expression of its values of each type; one is not NULL."""


def fitted(sources: Sources, kind: ColumnType) -> str:
    """The value as `kind`, NULL where it does not fit."""
    parts = [_cast(source, came, kind) for came, source in sources.items()]
    known = [part for part in parts if part] or [f"CAST(NULL AS {SQL_TYPES[kind]})"]
    return known[0] if len(known) == 1 else f"coalesce({', '.join(known)})"


def misfit(sources: Sources, kind: ColumnType) -> str | None:
    """The JSON text of the original where it differs from what `fitted` gives."""
    cases = [
        f"WHEN {_differs(source, came, kind)} THEN {_json(source, came)}"
        for came, source in sources.items()
        if came is not kind
    ]
    return f"CASE {' '.join(cases)} END" if cases else None


def merged_misfits(by_column: Mapping[str, str]) -> str:
    """One JSON object of all misfits of a row by physical name, NULL without any."""
    if not by_column:
        return "CAST(NULL AS VARCHAR)"
    members = ", ".join(
        f"""'"{name}":' || {text}""" for name, text in by_column.items()
    )
    return f"nullif('{{' || concat_ws(',', {members}) || '}}', '{{}}')"


def originals(column: str, kind: ColumnType) -> dict[ColumnType, str]:
    """The stored values of `column` as they came, by type, out of it and `_misfits`."""
    # A value that fitted is in the column alone; otherwise `_misfits` has the original,
    # whose JSON type tells the type of the value.
    original = f"json_extract(_misfits, '$.{column}')"
    shape = f"json_type({original})"
    by_type = {
        ColumnType.STRING: f"CASE {shape} WHEN 'VARCHAR' THEN {original} ->> '$' END",
        ColumnType.INTEGER: f"CASE WHEN {shape} IN ('UBIGINT', 'BIGINT') "
        f"THEN CAST({original} AS BIGINT) END",
        ColumnType.FLOAT: f"CASE {shape} WHEN 'DOUBLE' THEN CAST({original} AS DOUBLE) "
        f"WHEN 'OBJECT' THEN CAST({original} ->> '$.float' AS DOUBLE) END",
        ColumnType.BOOLEAN: f"CASE {shape} WHEN 'BOOLEAN' "
        f"THEN CAST({original} AS BOOLEAN) END",
    }
    plain = f"CASE WHEN {original} IS NULL THEN {column} END"
    by_type[kind] = f"coalesce({by_type[kind]}, {plain})"
    return by_type


def moved_misfits(misfits: str, old: str, new: str, original: str) -> str:
    """`misfits` without the member `old`, and with `original` as member `new`."""
    forget = f"json_merge_patch(coalesce({misfits}, '{{}}'), '{{\"{old}\":null}}')"
    keep = f"""'{{"{new}":' || coalesce({original}, 'null') || '}}'"""
    merged = f"CAST(json_merge_patch({forget}, {keep}) AS VARCHAR)"
    return f"nullif({merged}, '{{}}')"


def _cast(source: str, came: ColumnType, kind: ColumnType) -> str | None:
    if came is kind:
        return source
    match came, kind:
        case (ColumnType.FLOAT, ColumnType.STRING):  # the sign of a NaN says nothing
            return (
                f"CASE WHEN isnan({source}) THEN 'nan' "
                f"ELSE CAST({source} AS VARCHAR) END"
            )
        case (_, ColumnType.STRING):
            return f"CAST({source} AS VARCHAR)"
        case (ColumnType.INTEGER, ColumnType.FLOAT):
            return f"CAST({source} AS DOUBLE)"
        case (ColumnType.FLOAT, ColumnType.INTEGER):
            return (
                f"CASE WHEN {source} = trunc({source}) "
                f"THEN TRY_CAST({source} AS BIGINT) END"
            )
        case (ColumnType.STRING, ColumnType.INTEGER):
            return _parsed(source, _INTEGER_TEXT, "BIGINT")
        case (ColumnType.STRING, ColumnType.FLOAT):
            number = _parsed(source, _FLOAT_TEXT, "DOUBLE")
            return f"CASE WHEN isfinite({number}) THEN {number} END"
    return None


def _parsed(source: str, pattern: str, sql_type: str) -> str:
    return (
        f"CASE WHEN regexp_full_match({source}, '{pattern}') "
        f"THEN TRY_CAST({source} AS {sql_type}) END"
    )


def _differs(source: str, came: ColumnType, kind: ColumnType) -> str:
    if (came, kind) == (ColumnType.INTEGER, ColumnType.FLOAT):
        return f"{source} NOT BETWEEN -{EXACT} AND {EXACT}"
    return f"{source} IS NOT NULL"


def _json(source: str, came: ColumnType) -> str:
    if came is ColumnType.STRING:
        return f"CAST(to_json({source}) AS VARCHAR)"
    text = f"CAST({source} AS VARCHAR)"
    if came is not ColumnType.FLOAT:
        return text
    # JSON has no NaN and no infinity, and a bare word would look like a string.
    odd = f"""'{{"float":"' || {text} || '"}}'"""
    return f"CASE WHEN isfinite({source}) THEN {text} ELSE {odd} END"
