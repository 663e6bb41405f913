"""Honeycomb's query results as DataFrames with proper types."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pandas as pd

from lab_helpers.clients.transport.columns import typed, utc

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
    columns = {name: _column(records, name) for name in names}
    frame = pd.DataFrame(columns, index=range(len(records)))
    if series:
        times = utc([row.get("time") for row in rows])
        frame.insert(0, "time", times, allow_duplicates=True)
    return frame


def aggregates(value: object) -> dict[str, Any]:
    """Totals by aggregate name, whether or not they come wrapped in `data`.

    Honeycomb's API description shows both shapes.
    """
    document = cast(Document, value) if isinstance(value, Mapping) else {}
    inner = document.get("data")
    return dict(inner if isinstance(inner, Mapping) else document)


def label(calculation: Document) -> str:
    """The key of a calculation in a result: its name, or `P99(duration_ms)`."""
    if calculation.get("name"):
        return str(calculation["name"])
    column_name = calculation.get("column")
    op = str(calculation.get("op"))
    return f"{op}({column_name})" if column_name else op


def _column(records: Sequence[Document], name: str) -> "pd.Series[Any]":
    values = [record.get(name) for record in records]
    return typed(values, fractions=bool(ALWAYS_FLOAT.match(name)))


def _names(spec: Document, records: Sequence[Document]) -> list[str]:
    """Breakdowns, calculations and formulas of the spec, then any other column."""
    names = [str(name) for name in spec.get("breakdowns") or []]
    names += [label(item) for item in spec.get("calculations") or [{"op": "COUNT"}]]
    names += [str(item["name"]) for item in spec.get("formulas") or []]
    names += [key for record in records for key in record]
    return list(dict.fromkeys(names))
