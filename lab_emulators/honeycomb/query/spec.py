"""`QuerySpec`: a checked query specification, and its document and id."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from lab_emulators.honeycomb.naming import BASE58, ID_LENGTH

Plain = str | int | float | bool
"""Value of a cell or of a filter."""

OPS_WITHOUT_COLUMN = ("COUNT", "CONCURRENCY")
RATE_OPS = ("RATE_AVG", "RATE_SUM", "RATE_MAX")
PERCENTILES = {
    "P001": 0.001,
    "P01": 0.01,
    "P05": 0.05,
    "P10": 0.10,
    "P20": 0.20,
    "P25": 0.25,
    "P50": 0.50,
    "P75": 0.75,
    "P80": 0.80,
    "P90": 0.90,
    "P95": 0.95,
    "P99": 0.99,
    "P999": 0.999,
}
OPS = (
    *OPS_WITHOUT_COLUMN,
    "SUM",
    "AVG",
    "COUNT_DISTINCT",
    "HEATMAP",
    "MAX",
    "MIN",
    *PERCENTILES,
    *RATE_OPS,
)


@dataclass(frozen=True, slots=True)
class Filter:
    """`column op value`; `value` is a tuple for `in` and `not-in`."""

    column: str
    op: str
    value: Plain | tuple[Plain, ...] | None = None


@dataclass(frozen=True, slots=True)
class Calculation:
    """One aggregate, with a name and filters of its own if it has them."""

    op: str
    column: str | None = None
    name: str | None = None
    filters: tuple[Filter, ...] = ()
    any_filter: bool = False

    @property
    def alias(self) -> str:
        """Key of the calculation in results: its name, or `P99(duration_ms)`."""
        if self.name is not None:
            return self.name
        return self.op if self.column is None else f"{self.op}({self.column})"


@dataclass(frozen=True, slots=True)
class Expression:
    """A named calculated field or formula."""

    name: str
    expression: str


@dataclass(frozen=True, slots=True)
class Order:
    """`target` is the alias of a calculation or formula, or a breakdown."""

    target: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Having:
    """`target op value` on result rows; `target` as in `Order`."""

    target: str
    op: str
    value: int | float


@dataclass(frozen=True, slots=True)
class QuerySpec:
    """A valid specification; times in seconds, as sent. See `parse_spec`."""

    text: str
    breakdowns: tuple[str, ...] = ()
    calculations: tuple[Calculation, ...] = (Calculation("COUNT"),)
    filters: tuple[Filter, ...] = ()
    any_filter: bool = False
    calculated_fields: tuple[Expression, ...] = ()
    formulas: tuple[Expression, ...] = ()
    orders: tuple[Order, ...] = ()
    havings: tuple[Having, ...] = ()
    limit: int | None = None
    granularity: int = 0
    time_range: int | None = None
    start_time: int | None = None
    end_time: int | None = None
    usage_mode: bool = False

    def as_document(self) -> dict[str, Any]:
        """The specification as Honeycomb echoes it: as sent, normalized.

        Defaults are left out (`filter_combination: AND`, `order: ascending`),
        a missing `calculations` is COUNT, a missing time is `time_range: 7200`.
        """
        document: dict[str, Any] = json.loads(self.text)
        return document


def spec_id(dataset: str, spec: QuerySpec) -> str:
    """Eleven base58 characters, the same for the same specification and dataset."""
    digest = hashlib.sha256(f"{dataset}\0{spec.text}".encode()).digest()
    number = int.from_bytes(digest, "big")
    letters = []
    for _ in range(ID_LENGTH):
        number, digit = divmod(number, len(BASE58))
        letters.append(BASE58[digit])
    return "".join(letters)
