"""What to do with rows, step by step: a relational plan without a vendor or SQL in it.

Columns have unique names: a step adds names, none takes one over. An expression names
what the steps before it left: `Column(name, type)`, and `EventTime()` until the first
`Aggregate`. `stages` compiles a pipeline to one statement.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lab_emulators.store.query.expr import Expr
from lab_emulators.store.schema.batch import ColumnType
from lab_emulators.store.schema.model import TableInfo


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of `tables` from `start_ns` up to, not including, `end_ns`.

    `starts_ns`, if given, has a start for each table instead.
    `columns` are what may be read of them, by key; a table without that column has no
    values there. `origins` gives columns with one text for all rows of a table: a
    text for each table, by column name.
    """

    tables: tuple[TableInfo, ...]
    columns: Mapping[str, ColumnType]
    start_ns: int
    end_ns: int
    origins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    starts_ns: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Extend:
    """Adds columns, all computed from what was there before."""

    values: Mapping[str, Expr]


@dataclass(frozen=True, slots=True)
class Keep:
    """Keeps the rows where `condition` is true."""

    condition: Expr


class Fold(StrEnum):
    """Ways to sum up the values of a group; absent values never count.

    FIRST and LAST are by `order`; without values COUNT and DISTINCT are 0, the others
    absent. STDDEV is that of a sample.
    """

    COUNT = "count"
    DISTINCT = "distinct"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    STDDEV = "stddev"
    QUANTILE = "quantile"
    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Measure:
    """One fold of `value`; COUNT without a value counts rows.

    `point` is the quantile, 0 to 1, interpolated between two values.
    """

    fold: Fold
    value: Expr | None = None
    point: float = 0.0
    order: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One row for each combination of `keys`, with its measures; order is lost.

    Without keys there is one row, even where there are no rows to sum up.
    """

    keys: Mapping[str, Expr]
    measures: Mapping[str, Measure]


@dataclass(frozen=True, slots=True)
class By:
    """One value to sort by; absent values come last either way."""

    value: Expr
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Sort:
    """Orders the rows; equal ones stay in the order they had."""

    by: tuple[By, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """The first rows, after `skip` of them."""

    count: int
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Dedup:
    """The first row of each combination of `keys`, and every row that lacks one."""

    keys: tuple[Expr, ...]


Step = Extend | Keep | Aggregate | Sort | Limit | Dedup


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Rows, the steps they take, and the values to show of what is left.

    With `tally` the answer says how many rows passed the first so many steps.
    """

    rows: Rows
    steps: tuple[Step, ...]
    show: Mapping[str, Expr]
    tally: int | None = None
