"""Pipelines of steps over rows: a relational plan without a vendor or SQL in it.

Columns have unique names: a step adds names, none takes one over. An expression names
what the steps before it left: `Column(name, type)`, and, until the first `Aggregate`,
`EventTime()` and `SampleRate()`. `compile` makes one statement of a pipeline.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lab_emulators.store.query.expr import TRUE, Column, Expr
from lab_emulators.store.schema.batch import ColumnType
from lab_emulators.store.schema.model import TableInfo


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of `tables` from `start_ns` up to, not including, `end_ns`.

    `starts_ns`, unless None, has a start for each table instead.
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


class Match(StrEnum):
    """Joins of a lookup: rows with a partner, all rows, or rows without one."""

    SOME = "some"
    MAYBE = "maybe"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Lookup:
    """Joins each row with at most one partner from the same `Rows`: the earliest.

    A partner fulfills `where` (over columns of scope `name`) and equals the row in
    each pair of `on`: an expression of the row, one of the partner. Later steps name
    the partner's columns with that scope.
    """

    name: str
    on: tuple[tuple[Expr, Expr], ...]
    where: Expr
    match: Match = Match.SOME


class Fold(StrEnum):
    """Ways to sum up the values of a group; absent values never count.

    FIRST and LAST are by `order`; without values COUNT and DISTINCT are 0, the others
    absent. STDDEV is that of a sample. HISTOGRAM is a list of `{b: bin, n: weight}`.
    PEAK is the largest number of rows in progress at once, the value being a row's
    duration in milliseconds. STEP_* take that fold for each time step and then its
    difference to the previous step that has one.
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
    HISTOGRAM = "histogram"
    PEAK = "peak"
    STEP_AVG = "step avg"
    STEP_SUM = "step sum"
    STEP_MAX = "step max"


STEPPED = {Fold.STEP_AVG: "avg", Fold.STEP_SUM: "sum", Fold.STEP_MAX: "max"}


@dataclass(frozen=True, slots=True)
class Bins:
    """`count` equal bins of width `step` from `low`; the last one is closed."""

    low: float
    step: float
    count: int


@dataclass(frozen=True, slots=True)
class Measure:
    """One fold of `value` over the rows that fulfill `where`.

    COUNT without a value counts rows. `point` is the quantile, 0 to 1, interpolated
    between two values; `bins` are those of a histogram. DISTINCT takes `value` and
    `others` as one value, which is absent where all of them are.
    """

    fold: Fold
    value: Expr | None = None
    point: float = 0.0
    order: tuple[Expr, ...] = ()
    where: Expr = TRUE
    others: tuple[Expr, ...] = ()
    bins: Bins | None = None

    @property
    def inputs(self) -> tuple[Expr, ...]:
        """The expressions the measure reads."""
        value = () if self.value is None else (self.value,)
        return (*value, *self.others, *self.order, self.where)


@dataclass(frozen=True, slots=True)
class TimeSteps:
    """`count` time steps of `width_ns` from `first_ns`, which holds the start."""

    first_ns: int
    width_ns: int
    count: int


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One row for each combination of `keys`, with its measures; order is lost.

    Without keys there is one row, even where there are no rows to sum up. If
    `weighted`, a row counts as often as its sample rate says in COUNT, SUM, AVG,
    QUANTILE, HISTOGRAM, PEAK and STEP_*; `times` are the steps of the last.
    """

    keys: Mapping[str, Expr]
    measures: Mapping[str, Measure]
    weighted: bool = False
    times: TimeSteps | None = None


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


class Level(StrEnum):
    """Levels of the rows of a `Rollup`: the first groups, their time steps, …

    TOTAL is of all rows, TOTAL_STEPS of all rows for each time step, OTHER of the
    rows whose groups are beyond the limit.
    """

    GROUPS = "groups"
    STEPS = "steps"
    TOTAL = "total"
    TOTAL_STEPS = "total steps"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Rollup:
    """Aggregates at several levels at once; its rows say of which level they are.

    GROUPS are what `Aggregate`, `Extend`, `Keep`, `Sort` and `Limit` would leave, with
    absent keys last; `derived` and `having` are over keys and measures. Every level of
    `levels` has the same measures and derived values. Besides these a row has `LEVEL`,
    `RANK` (of its group, from 1) and, where there are levels of time steps, `STEP`
    (counted from 0); they come in order of rank.
    """

    aggregate: Aggregate
    derived: Mapping[str, Expr]
    having: Expr
    by: tuple[By, ...]
    limit: int
    levels: tuple[Level, ...]


LEVEL = Column("level", ColumnType.STRING)
RANK = Column("rank", ColumnType.INTEGER)
STEP = Column("step", ColumnType.INTEGER)

Step = Extend | Keep | Lookup | Aggregate | Sort | Limit | Dedup | Rollup


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Rows, the steps they take, and the values to show of what is left.

    With `tally` the answer says how many rows passed the first so many steps.
    """

    rows: Rows
    steps: tuple[Step, ...]
    show: Mapping[str, Expr]
    tally: int | None = None
