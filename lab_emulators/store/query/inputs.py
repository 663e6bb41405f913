"""Columns that the measures of an aggregate read, as one relation."""

import re
from dataclasses import dataclass, field

from lab_emulators.store.query.expr import TRUE, Expr
from lab_emulators.store.query.pipeline import Bins, Fold, Measure
from lab_emulators.store.query.render import Renderer

# columns of stages, whose names no measure and no part of a statement here has
_SCANNED = re.compile(r"c\d+|_time|_rate")


@dataclass(frozen=True, slots=True)
class Cells:
    """The columns of the rows relation that a measure reads.

    `value` is None for COUNT of rows, `where` for a measure of all rows.
    """

    fold: Fold
    value: str | None
    others: tuple[str, ...]
    order: tuple[str, ...]
    where: str | None
    point: float
    bins: Bins | None

    @property
    def values(self) -> tuple[str, ...]:
        """Columns of the measure's values: of `value`, if any, and of `others`."""
        return self.others if self.value is None else (self.value, *self.others)

    @property
    def condition(self) -> list[str]:
        """The measure's own condition."""
        return [] if self.where is None else [self.where]

    @property
    def present(self) -> list[str]:
        """Conditions a row must meet to have a value for the measure."""
        some = " OR ".join(f"{value} IS NOT NULL" for value in self.values)
        return [f"({some})", *self.condition] if some else self.condition


@dataclass
class Inputs:
    """Columns that the measures of an aggregate read, each expression once."""

    render: Renderer
    columns: dict[str, str] = field(default_factory=dict)
    cells: list[Cells] = field(default_factory=list)

    def column_of(self, expr: Expr) -> str:
        """The name of the column with an expression: its own if it is one already."""
        sql = self.render(expr)
        name = sql if _SCANNED.fullmatch(sql) else f"a{len(self.columns)}"
        return self.columns.setdefault(sql, name)

    def measured(self, measure: Measure) -> str:
        """The name of a measure after grouping; those that are alike share one."""
        cells = Cells(
            measure.fold,
            None if measure.value is None else self.column_of(measure.value),
            tuple(map(self.column_of, measure.others)),
            tuple(map(self.column_of, measure.order)),
            None if measure.where is TRUE else self.column_of(measure.where),
            measure.point,
            measure.bins,
        )
        if cells not in self.cells:
            self.cells.append(cells)
        return f"m{self.cells.index(cells)}"
