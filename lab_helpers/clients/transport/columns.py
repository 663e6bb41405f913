"""Values of an answer as one column of a DataFrame, in the type they share."""

from collections.abc import Sequence
from typing import Any

import pandas as pd


def typed(values: Sequence[object], *, fractions: bool = False) -> "pd.Series[Any]":
    """Values of one column in the type they share; missing ones stay missing.

    `fractions` makes numbers floats even when every one of them is whole.
    """
    kinds = {type(value) for value in values if value is not None}
    gaps = any(value is None for value in values)
    if kinds and kinds <= {int, float} and (float in kinds or fractions):
        return pd.Series(values, dtype="float64")
    if kinds == {int}:
        return pd.Series(values, dtype="Int64" if gaps else "int64")
    if kinds == {bool}:
        return pd.Series(values, dtype="boolean" if gaps else "bool")
    if kinds == {str}:
        return pd.Series(values, dtype="str")
    return pd.Series(values, dtype="object")


def utc(values: Sequence[object]) -> "pd.Series[pd.Timestamp]":
    """RFC 3339 texts as datetime64[ns, UTC]; empty and null become missing."""
    texts = pd.Series([value or None for value in values], dtype="object")
    return pd.to_datetime(texts, utc=True, format="ISO8601").dt.as_unit("ns")


def utc_of_seconds(values: Sequence[float | None]) -> "pd.Series[pd.Timestamp]":
    """Unix seconds as datetime64[ns, UTC]; 0 and null become missing."""
    seconds = pd.Series([value or None for value in values], dtype="float64")
    return pd.to_datetime(seconds, unit="s", utc=True).dt.as_unit("ns")
