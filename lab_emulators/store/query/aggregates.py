"""Measures as SQL: from a relation of rows to one row of measures for each group."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from lab_emulators.store.query.inputs import Cells
from lab_emulators.store.query.pipeline import (
    STEPPED,
    Bins,
    Fold,
    TimeSteps,
)

NS_PER_MS = 1_000_000
# longer than any window, and short enough that time + duration stays within 64 bits
# until the year 2261
LONGEST_MS = 1e10

Relation = Callable[[str], str]
"""Function from the name of a base relation to the text after FROM."""

_PLAIN = {
    Fold.SUM: "sum({0})",
    Fold.AVG: "avg({0})",
    Fold.MIN: "min({0})",
    Fold.MAX: "max({0})",
    Fold.COUNT: "count({0})",
    Fold.DISTINCT: "count(DISTINCT {0})",
    Fold.STDDEV: "stddev_samp({0})",
}
_BY_WEIGHT = {Fold.SUM: "sum({0} * w)", Fold.AVG: "sum({0} * w){1} / sum(w)"}


@dataclass(frozen=True, slots=True)
class Grouping:
    """Writes measures at any level of grouping.

    The relation `rows` has keys and the columns in `cells`, and as far as they are
    needed `t` (time step), `w` (sample rate, None where rows count once) and `z`
    (time). `bins` names the relation with the bins of each histogram.
    """

    rows: str
    cells: Sequence[Cells]
    times: TimeSteps | None
    weighted: bool
    bins: dict[int, str] = field(default_factory=dict)

    @property
    def simple(self) -> bool:
        """True if one pass over the rows computes all measures."""
        return all(self._plain(index) for index in range(len(self.cells)))

    def select(self, relation: Relation, by: Sequence[str], *, every: bool) -> str:
        """Columns `by` and `m0`, `m1`, …; with `every`, groups without values too."""
        indexes = range(len(self.cells))
        plain = {i: sql for i in indexes if (sql := self._plain(i))}
        rest = list(self._special(relation, by, [i for i in indexes if i not in plain]))
        if len(rest) == 1 and not plain and not every:
            return rest[0]
        measures = [f"{sql} AS m{index}" for index, sql in plain.items()]
        base = grouped([*by, *measures] or ["1 AS one"], relation(self.rows), by)
        if not (by or measures):
            base = "SELECT 1 AS one"
        return _joined(base, rest, by) if rest else base

    def histograms(self) -> Iterator[int]:
        """The numbers of the measures that need bins."""
        for index, cells in enumerate(self.cells):
            if cells.fold is Fold.HISTOGRAM:
                yield index

    def binned(self, index: int, by: Sequence[str]) -> str:
        """The relation with weights by group and bin, of one histogram."""
        cells = self.cells[index]
        bins, value = cells.bins or Bins(0.0, 1.0, 1), cells.values[0]
        bin_ = f"floor(({value} - {bins.low!r}) / {bins.step!r}::DOUBLE)"
        bin_ = f"CAST(least(greatest({bin_}, 0), {bins.count - 1}) AS INTEGER) AS b"
        finite = " AND ".join([*cells.present, f"isfinite({value})"])
        weight = "sum(w)" if self.weighted else "count(*)"
        columns = [*by, bin_, f"CAST({weight} AS BIGINT) AS n"]
        return grouped(columns, f"{self.rows} WHERE {finite}", [*by, "b"])

    def _plain(self, index: int) -> str | None:
        """The aggregate in one expression, or None where it takes a query."""
        cells = self.cells[index]
        fold, value = cells.fold, "".join(cells.values[:1])
        if fold in (Fold.HISTOGRAM, Fold.PEAK, *STEPPED):
            return None
        if fold is Fold.QUANTILE:
            return None if self.weighted else self._quantile(cells)
        if fold in (Fold.FIRST, Fold.LAST):
            by = cells.order
            rank = by[0] if len(by) == 1 else f"row({', '.join(by)})"
            name = "arg_min" if fold is Fold.FIRST else "arg_max"
            return f"{name}({value}, {rank}){_filter(cells.condition)}"
        if self.weighted and fold is Fold.COUNT:
            return f"coalesce(CAST(sum(w){_filter(cells.present)} AS BIGINT), 0)"
        if self.weighted and fold in _BY_WEIGHT:
            clause = _filter(cells.present)
            return f"{_BY_WEIGHT[fold].format(value, clause)}{clause}"
        if cells.others:
            together = f"count(DISTINCT ({', '.join(cells.values)}))"
            return f"{together}{_filter(cells.present)}"
        own = cells.condition
        if fold is Fold.STDDEV:  # the squares of larger numbers are infinite
            own = [f"abs({value}) < 1e150", *own]
        return f"{_PLAIN[fold].format(value or '*')}{_filter(own)}"

    def _quantile(self, cells: Cells) -> str:
        """An element of the list of quantiles that measures of the same values share.

        DuckDB computes an aggregate that is written several times once, and sorts for
        each aggregate.
        """
        alike = [
            one.point
            for one in self.cells
            if (one.fold, one.value, one.where)
            == (Fold.QUANTILE, cells.value, cells.where)
        ]
        clause = _filter(cells.condition)
        points = [f"{point!r}::DOUBLE" for point in alike]
        if len(points) == 1:
            return f"quantile_cont({cells.value}, {points[0]}){clause}"
        listed = f"quantile_cont({cells.value}, [{', '.join(points)}]){clause}"
        return f"({listed})[{alike.index(cells.point) + 1}]"

    def _special(
        self, relation: Relation, by: Sequence[str], indexes: Iterable[int]
    ) -> Iterator[str]:
        quantiles: dict[str | None, list[int]] = {}
        for index in indexes:
            cells = self.cells[index]
            if cells.fold is Fold.QUANTILE:
                quantiles.setdefault(cells.value, []).append(index)
            elif cells.fold is Fold.HISTOGRAM:
                yield _histogram(relation(self.bins[index]), by, index)
            elif cells.fold is Fold.PEAK:
                yield self._peak(relation, by, index)
            else:
                yield self._stepped(relation, by, index)
        for alike in quantiles.values():
            yield self._quantiles(relation, by, alike)

    def _quantiles(
        self, relation: Relation, by: Sequence[str], indexes: Sequence[int]
    ) -> str:
        """Each value repeated by its weight, without repeating it: running weights.

        Those of the same value share one sorting, whatever rows each of them counts.
        """
        # Of values sorted with running weights, number n of the repeated values (from
        # 0) is the least value whose running weight is more than n.
        cells = [self.cells[index] for index in indexes]
        wheres = list(dict.fromkeys(c.where for c in cells))
        groups = f"PARTITION BY {', '.join(by)} " if by else ""
        weights = [
            f"sum(w){_filter([where] if where else [])} OVER ({over}) AS {name}{i}"
            for i, where in enumerate(wheres)
            for name, over in (
                ("upto", f"{groups}ORDER BY x ROWS UNBOUNDED PRECEDING"),
                ("n", groups),
            )
        ]
        counted = [] if None in wheres else [f"({' OR '.join(map(str, wheres))})"]
        value = cells[0].value
        running = (
            f"SELECT {', '.join([*by, f'{value} AS x', *weights])} "
            f"FROM {relation(self.rows)} "
            f"WHERE {' AND '.join([f'{value} IS NOT NULL', *counted])}"
        )
        columns = [
            f"{_interpolated(c.point, wheres.index(c.where))} AS m{index}"
            for index, c in zip(indexes, cells, strict=True)
        ]
        return grouped([*by, *columns], f"({running})", by)

    def _peak(self, relation: Relation, by: Sequence[str], index: int) -> str:
        """The largest running total of starts and ends; ends come first in a tie."""
        # A sweep over starts (+weight) and ends (-weight) in the order of time. What is
        # in progress when a step begins counts there too, so steps have moments also.
        groups = [name for name in by if name != "t"]
        moments = " UNION ALL ".join(self._moments(relation, by, self.cells[index]))
        over = f"PARTITION BY {', '.join(groups)} " if groups else ""
        running = (
            f"SELECT *, sum(delta) OVER ({over}ORDER BY moment, kind "
            f"ROWS UNBOUNDED PRECEDING) AS busy FROM ({moments})"
        )
        measure = f"CAST(max(busy) AS BIGINT) AS m{index}"
        return grouped([*by, measure], f"({running}) WHERE kind > 0", by)

    def _moments(
        self, relation: Relation, by: Sequence[str], cells: Cells
    ) -> Iterator[str]:
        """Ends (kind 0) and starts (1) of rows, and the beginning of each step (2)."""
        lead = "".join(f"{name}, " for name in by if name != "t")
        rows = f"{relation(self.rows)} WHERE {' AND '.join(cells.present)}"
        weight = "w" if self.weighted else "1"
        stepped = self.times if "t" in by else None
        step = step_of("z", stepped) if stepped else "0"
        duration = f"least({cells.value}, {LONGEST_MS!r}) * {NS_PER_MS}"
        end = f"z + CAST(greatest(round({duration}), 1) AS BIGINT)"
        yield (
            f"SELECT {lead}z AS moment, 1 AS kind, {weight} AS delta, {step} AS t "
            f"FROM {rows}"
        )
        yield (
            f"SELECT {lead}{end} AS moment, 0 AS kind, -{weight} AS delta, 0 AS t "
            f"FROM {rows}"
        )
        if stepped:
            begins = f"{stepped.first_ns} + i * {stepped.width_ns} AS moment"
            yield (
                f"SELECT {lead}{begins}, 2 AS kind, 0 AS delta, "
                "CAST(i AS INTEGER) AS t "
                f"FROM (SELECT DISTINCT {lead}0 AS zero FROM {rows}), "
                f"range({stepped.count}) AS steps(i)"
            )

    def _stepped(self, relation: Relation, by: Sequence[str], index: int) -> str:
        """An aggregate for each step, less that of the step before."""
        cells = self.cells[index]
        name = STEPPED[cells.fold]
        aggregate = f"{name}({cells.value})"
        if self.weighted and name != "max":
            over = " / sum(w)" if name == "avg" else ""
            aggregate = f"sum({cells.value} * w){over}"
        groups = [column for column in by if column != "t"]
        steps = grouped(
            [*groups, "t", f"{aggregate} AS x"],
            f"{relation(self.rows)} WHERE {' AND '.join(cells.present)}",
            [*groups, "t"],
        )
        over = f"PARTITION BY {', '.join(groups)} " if groups else ""
        change = f"SELECT *, x - lag(x) OVER ({over}ORDER BY t) AS d FROM ({steps})"
        if "t" in by:
            return f"SELECT {', '.join(by)}, d AS m{index} FROM ({change})"
        return grouped([*by, f"{name}(d) AS m{index}"], f"({change})", by)


def step_of(time: str, steps: TimeSteps) -> str:
    """The number of the step that holds `time`."""
    return f"CAST(({time} - {steps.first_ns}) // {steps.width_ns} AS INTEGER)"


def grouped(columns: Sequence[str], source: str, by: Sequence[str]) -> str:
    """`SELECT columns FROM source GROUP BY by`."""
    group = f" GROUP BY {', '.join(by)}" if by else ""
    return f"SELECT {', '.join(columns)} FROM {source}{group}"


def _filter(conditions: Sequence[str]) -> str:
    return f" FILTER (WHERE {' AND '.join(conditions)})" if conditions else ""


def _interpolated(point: float, index: int) -> str:
    """The value at `point` between the two that running weights say surround it."""
    at = f"({point!r}::DOUBLE * (n{index} - 1))"
    low = f"min(x) FILTER (WHERE upto{index} > floor{at})"
    high = f"min(x) FILTER (WHERE upto{index} > ceil{at})"
    return f"{low} + ({high} - {low}) * any_value({at} - floor{at})"


def _histogram(relation: str, by: Sequence[str], index: int) -> str:
    bins = grouped([*by, "b", "sum(n) AS n"], relation, [*by, "b"])
    pairs = f"list({{'b': b, 'n': CAST(n AS BIGINT)}}) AS m{index}"
    return grouped([*by, pairs], f"({bins})", by)


def _joined(base: str, rest: Sequence[str], by: Sequence[str]) -> str:
    if "t" in by:
        # a step without rows may still have a value: rows in progress since before
        joins = [f"FULL JOIN ({sql}) USING ({', '.join(by)})" for sql in rest]
        return f"SELECT * FROM ({base}) {' '.join(joins)}"
    joins = []
    for index, sql in enumerate(rest):
        same = [f"g.{name} IS NOT DISTINCT FROM g{index}.{name}" for name in by]
        on = " AND ".join(same) or "TRUE"
        joins.append(f"LEFT JOIN ({sql}) AS g{index} ON {on}")
    hidden = f" EXCLUDE ({', '.join(by)})" if by else ""
    others = "".join(f", g{index}.*{hidden}" for index in range(len(rest)))
    return f"SELECT g.*{others} FROM ({base}) AS g {' '.join(joins)}"
