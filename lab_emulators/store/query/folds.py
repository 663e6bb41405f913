"""Measures of a pipeline's groups as SQL aggregates."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lab_emulators.store.query.expr import Expr
from lab_emulators.store.query.pipeline import Fold, Measure
from lab_emulators.store.query.render import Renderer

_PLAIN = {
    Fold.SUM: "sum({0})",
    Fold.AVG: "avg({0})",
    Fold.MIN: "min({0})",
    Fold.MAX: "max({0})",
    Fold.DISTINCT: "count(DISTINCT {0})",
    # squares of larger numbers are none any more
    Fold.STDDEV: "stddev_samp({0}) FILTER (WHERE abs({0}) < 1e150)",
}


@dataclass
class Folds:
    """The columns that a group's measures read, and the aggregates over them.

    What is read or computed alike is so once; quantiles of one value share a list.
    """

    render: Renderer
    _columns: dict[str, str] = field(default_factory=dict)
    _aggregates: dict[str, str] = field(default_factory=dict)
    _points: dict[str, list[float]] = field(default_factory=dict)

    def place(self, expr: Expr) -> str:
        """The name under which an expression is read."""
        sql = self.render(expr)
        return self._columns.setdefault(sql, f"a{len(self._columns)}")

    def measured(self, measure: Measure) -> str:
        """What a measure is called after grouping."""
        if measure.value is None:
            return self._named("count(*)")
        value = self.place(measure.value)
        if measure.fold is Fold.QUANTILE:
            return self._quantile(value, measure.point)
        if measure.fold in (Fold.FIRST, Fold.LAST):
            by = [self.place(one) for one in measure.order]
            name = "arg_min" if measure.fold is Fold.FIRST else "arg_max"
            rank = by[0] if len(by) == 1 else f"row({', '.join(by)})"
            return self._named(f"{name}({value}, {rank})")
        if measure.fold is Fold.COUNT:
            return self._named(f"count({value})")
        return self._named(_PLAIN[measure.fold].format(value))

    def columns(self) -> str:
        """What to select before grouping."""
        read = [f"{sql} AS {name}" for sql, name in self._columns.items()]
        return ", ".join(read) or "1 AS nothing"

    def aggregates(self) -> Iterator[str]:
        """What to select for each group, besides its keys."""
        for sql, name in self._aggregates.items():
            yield f"{sql} AS {name}"
        for place, (value, points) in enumerate(self._points.items()):
            listed = ", ".join(f"{point!r}::DOUBLE" for point in points)
            yield f"quantile_cont({value}, [{listed}]) AS q{place}"

    def _named(self, sql: str) -> str:
        return self._aggregates.setdefault(sql, f"m{len(self._aggregates)}")

    def _quantile(self, value: str, point: float) -> str:
        points = self._points.setdefault(value, [])
        if point not in points:
            points.append(point)
        place = list(self._points).index(value)
        return f"q{place}[{points.index(point) + 1}]"
