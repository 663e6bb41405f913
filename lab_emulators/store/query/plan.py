"""What to compute from which rows: a query plan without a vendor or SQL in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lab_emulators.store.query.expr import TRUE, Expr
from lab_emulators.store.schema.batch import ColumnType
from lab_emulators.store.schema.model import TableInfo

MEASURE = "measure"
"""The scope of a `Column` that stands for a measure or derived value of a group."""


@dataclass(frozen=True, slots=True)
class Source:
    """Rows of `tables` from `start_ns` up to, not including, `end_ns`.

    `types` has the type each key is read as; a table whose column has another type
    has its values converted, and one without the column has no values.
    """

    tables: tuple[TableInfo, ...]
    types: Mapping[str, ColumnType]
    start_ns: int
    end_ns: int


class Match(StrEnum):
    """What a row needs of a lookup: a partner, perhaps a partner, or none."""

    SOME = "some"
    MAYBE = "maybe"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Lookup:
    """Partner rows from the same source, at most one for each row: the earliest.

    A partner fulfills `where` (over columns of scope `name`) and equals the row in
    each pair of `on`: an expression of the row, one of the partner.
    """

    name: str
    on: tuple[tuple[Expr, Expr], ...]
    where: Expr
    match: Match = Match.SOME


class Aggregate(StrEnum):
    """Ways to sum up the rows of a group; all but DISTINCT, MIN, MAX by weight.

    PEAK is the largest weight of rows in progress at once, `args[0]` being a row's
    duration in milliseconds. STEP_* take that aggregate for each time step and then
    its difference to the previous step that has one.
    """

    COUNT = "count"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    DISTINCT = "distinct"
    QUANTILE = "quantile"
    HISTOGRAM = "histogram"
    PEAK = "peak"
    STEP_AVG = "step avg"
    STEP_SUM = "step sum"
    STEP_MAX = "step max"


STEPPED = {
    Aggregate.STEP_AVG: "avg",
    Aggregate.STEP_SUM: "sum",
    Aggregate.STEP_MAX: "max",
}


@dataclass(frozen=True, slots=True)
class Bins:
    """`count` equal bins of width `step` from `low`; the last one is closed."""

    low: float
    step: float
    count: int


@dataclass(frozen=True, slots=True)
class Measure:
    """One aggregate of `args` over the rows that fulfill `where`.

    `point` is the quantile, 0 to 1; `bins` those of a histogram. DISTINCT takes
    several arguments as one value; rows where all are absent are skipped.
    """

    aggregate: Aggregate
    args: tuple[Expr, ...] = ()
    where: Expr = TRUE
    point: float = 0.0
    bins: Bins | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    """`count` time steps of `width_ns` from `first_ns`, which holds the start."""

    first_ns: int
    width_ns: int
    count: int


class OrderBy(StrEnum):
    """What an order refers to, by its place in the plan."""

    KEY = "k"
    MEASURE = "m"
    DERIVED = "d"


@dataclass(frozen=True, slots=True)
class Order:
    """Sort by key, measure or derived value number `place`; absent values last."""

    by: OrderBy
    place: int
    descending: bool = False


class Part(StrEnum):
    """Which rows of an answer: groups, their steps, all rows, their steps, the rest."""

    GROUPS = "groups"
    STEPS = "steps"
    TOTAL = "total"
    TOTAL_STEPS = "total steps"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Plan:
    """Group the rows of `source` by `keys` and measure each group.

    `derived` and `having` are over measures: a `Column` with scope `MEASURE` and key
    `m0`, `m1`, … or `d0`, …. Groups that fulfill `having`, in `orders` and then by
    key, up to `limit`, are GROUPS; those beyond are OTHER. Without `weighted` every
    row counts once.
    """

    source: Source
    where: Expr = TRUE
    lookups: tuple[Lookup, ...] = ()
    keys: tuple[Expr, ...] = ()
    measures: tuple[Measure, ...] = (Measure(Aggregate.COUNT),)
    derived: tuple[Expr, ...] = ()
    having: Expr = TRUE
    orders: tuple[Order, ...] = ()
    limit: int = 1000
    steps: Steps | None = None
    parts: tuple[Part, ...] = (Part.GROUPS,)
    weighted: bool = True
