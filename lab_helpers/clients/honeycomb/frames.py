"""Honeycomb's query results as DataFrames with proper types."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pandas as pd

Document = Mapping[str, Any]

ALWAYS_FLOAT = re.compile(r"(AVG|P\d+|RATE_\w+)\(")
"""Results that are fractions by nature, even when every one of them is whole."""


def of_result(document: Document, spec: Document, *, series: bool) -> pd.DataFrame:
    """The rows of a finished query result, columns in the order of the spec.

    With `series` one row per time step and group, `time` (datetime64[ns, UTC]) first.
    Group values and aggregates that Honeycomb left out are missing values.
    """
    data = document.get("data") or {}
    rows = data.get("series" if series else "results") or []
    records = [dict(row.get("data") or {}) for row in rows]
    names = _names(spec, records)
    columns = {name: column([row.get(name) for row in records], name) for name in names}
    frame = pd.DataFrame(columns, index=range(len(records)))
    if series:
        times = utc([row.get("time") for row in rows])
        frame.insert(0, "time", times, allow_duplicates=True)
    return frame


def aggregates(value: object) -> dict[str, Any]:
    """Totals by aggregate name, whether or not they come wrapped in `data`.

    Honeycomb's API description shows both shapes.
    """
    found = cast(Document, value) if isinstance(value, Mapping) else {}
    inner = found.get("data")
    return dict(inner if isinstance(inner, Mapping) else found)


def label(calculation: Document) -> str:
    """The key of a calculation in a result: its name, or `P99(duration_ms)`."""
    if calculation.get("name"):
        return str(calculation["name"])
    column_name = calculation.get("column")
    op = str(calculation.get("op"))
    return f"{op}({column_name})" if column_name else op


def utc(values: Sequence[object]) -> "pd.Series[pd.Timestamp]":
    """RFC 3339 texts as datetime64[ns, UTC]; empty and null become missing."""
    texts = pd.Series([value or None for value in values], dtype="object")
    return pd.to_datetime(texts, utc=True, format="ISO8601").dt.as_unit("ns")


def column(values: Sequence[object], name: str = "") -> "pd.Series[Any]":
    """Values of one column in the type they share; missing ones stay missing."""
    kinds = {type(value) for value in values if value is not None}
    gaps = any(value is None for value in values)
    if kinds and kinds <= {int, float} and (float in kinds or ALWAYS_FLOAT.match(name)):
        return pd.Series(values, dtype="float64")
    if kinds == {int}:
        return pd.Series(values, dtype="Int64" if gaps else "int64")
    if kinds == {bool}:
        return pd.Series(values, dtype="boolean" if gaps else "bool")
    if kinds == {str}:
        return pd.Series(values, dtype="str")
    return pd.Series(values, dtype="object")


def _names(spec: Document, records: Sequence[Document]) -> list[str]:
    """Breakdowns, calculations and formulas of the spec, then what else came."""
    names = [str(name) for name in spec.get("breakdowns") or []]
    names += [label(item) for item in spec.get("calculations") or [{"op": "COUNT"}]]
    names += [str(item["name"]) for item in spec.get("formulas") or []]
    names += [key for record in records for key in record]
    return list(dict.fromkeys(names))
