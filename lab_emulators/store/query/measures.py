"""Measures as SQL: from a relation of rows to one row of measures for each group."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from lab_emulators.store.query.plan import STEPPED, Aggregate, Bins, Measure, Steps

NS_PER_MS = 1_000_000
# longer than any window, and short enough that time + duration stays within 64 bits
# until the year 2261
LONGEST_MS = 1e10

Relation = Callable[[str], str]
"""From the name of a base relation to what stands after FROM."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Where the rows relation has what a measure reads: columns, and a condition."""

    measure: Measure
    args: tuple[str, ...]
    where: str | None

    @property
    def wanted(self) -> list[str]:
        """Conditions a row must meet to have a value for the measure."""
        given = " OR ".join(f"{arg} IS NOT NULL" for arg in self.args)
        return [c for c in (f"({given})" if given else None, self.where) if c]


@dataclass(frozen=True, slots=True)
class Level:
    """Writes the measures of a plan at any level of grouping.

    Rows have `k0`… (keys), `t` (step), `w` (weight, if `weighted`), `z` (time) and
    the columns in `cells`.
    """

    cells: Sequence[Cells]
    steps: Steps | None
    weighted: bool

    def select(self, relation: Relation, by: Sequence[str], *, every: bool) -> str:
        """Columns `by` and `m0`, `m1`, …; with `every`, groups without values too."""
        plain = {i: s for i, c in enumerate(self.cells) if (s := self._plain(c))}
        left = [place for place in range(len(self.cells)) if place not in plain]
        rest = list(self._special(relation, by, left))
        if len(rest) == 1 and not plain and not every:
            return rest[0]
        measures = [f"{sql} AS m{place}" for place, sql in plain.items()]
        base = grouped([*by, *measures] or ["1 AS one"], relation("rows"), by)
        if not (by or measures):
            base = "SELECT 1 AS one"
        return _joined(base, rest, by) if rest else base

    def bins(self, place: int, by: Sequence[str]) -> str:
        """The relation `bins<place>`: weights by group and bin."""
        cells = self.cells[place]
        bins = cells.measure.bins or Bins(0.0, 1.0, 1)
        value = cells.args[0]
        bin_ = f"floor(({value} - {bins.low!r}) / {bins.step!r}::DOUBLE)"
        bin_ = f"CAST(least(greatest({bin_}, 0), {bins.count - 1}) AS INTEGER) AS b"
        wanted = " AND ".join([*cells.wanted, f"isfinite({value})"])
        weight = "sum(w)" if self.weighted else "count(*)"
        columns = [*by, bin_, f"CAST({weight} AS BIGINT) AS n"]
        return grouped(columns, f"rows WHERE {wanted}", [*by, "b"])

    def _plain(self, cells: Cells) -> str | None:
        """The aggregate in one expression, or None where it takes a query."""
        kind, value = cells.measure.aggregate, _numeric(cells)
        weight = "w" if self.weighted else "1"
        given = _filter(cells.wanted)
        if kind is Aggregate.COUNT:
            count = f"CAST(sum(w){given} AS BIGINT)" if self.weighted else ""
            return f"coalesce({count}, 0)" if count else f"count(*){given}"
        if kind is Aggregate.SUM:
            return f"sum({value} * {weight}){given}"
        if kind is Aggregate.AVG and self.weighted:
            return f"sum({value} * w){given} / sum(w){given}"
        if kind is Aggregate.DISTINCT:
            return f"count(DISTINCT ({', '.join(cells.args)})){given}"
        if kind in (Aggregate.MIN, Aggregate.MAX):
            return f"{kind.value}({cells.args[0]}){_filter(cells.wanted[1:])}"
        if kind is Aggregate.AVG:
            return f"avg({value}){_filter(cells.wanted[1:])}"
        if kind is Aggregate.QUANTILE and not self.weighted:
            point = f"{cells.measure.point!r}::DOUBLE"
            return f"quantile_cont({value}, {point}){_filter(cells.wanted[1:])}"
        return None

    def _special(
        self, relation: Relation, by: Sequence[str], places: Iterable[int]
    ) -> Iterator[str]:
        quantiles: dict[tuple[str, ...], list[int]] = {}
        for place in places:
            cells = self.cells[place]
            kind = cells.measure.aggregate
            if kind is Aggregate.QUANTILE:
                quantiles.setdefault(cells.args, []).append(place)
            elif kind is Aggregate.HISTOGRAM:
                yield _histogram(relation(f"bins{place}"), by, place)
            elif kind is Aggregate.PEAK:
                yield self._peak(relation, by, place)
            else:
                yield self._stepped(relation, by, place)
        for alike in quantiles.values():
            yield self._quantiles(relation, by, alike)

    def _quantiles(
        self, relation: Relation, by: Sequence[str], places: Sequence[int]
    ) -> str:
        """Each value repeated by its weight, without repeating it: running weights.

        Those of the same value share one sorting, whatever rows each of them counts.
        """
        cells = [self.cells[place] for place in places]
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
        running = (
            f"SELECT {', '.join([*by, f'{_numeric(cells[0])} AS x', *weights])} "
            f"FROM {relation('rows')} "
            f"WHERE {' AND '.join([*cells[0].wanted[:1], *counted])}"
        )
        columns = [
            f"{_interpolated(c.measure.point, wheres.index(c.where))} AS m{place}"
            for place, c in zip(places, cells, strict=True)
        ]
        return grouped([*by, *columns], f"({running})", by)

    def _peak(self, relation: Relation, by: Sequence[str], place: int) -> str:
        """The largest running total of starts and ends; ends come first in a tie."""
        groups = [name for name in by if name != "t"]
        moments = " UNION ALL ".join(self._moments(relation, by, self.cells[place]))
        over = f"PARTITION BY {', '.join(groups)} " if groups else ""
        running = (
            f"SELECT *, sum(delta) OVER ({over}ORDER BY moment, kind "
            f"ROWS UNBOUNDED PRECEDING) AS busy FROM ({moments})"
        )
        measure = f"CAST(max(busy) AS BIGINT) AS m{place}"
        return grouped([*by, measure], f"({running}) WHERE kind > 0", by)

    def _moments(
        self, relation: Relation, by: Sequence[str], cells: Cells
    ) -> Iterator[str]:
        """Ends (kind 0) and starts (1) of rows, and the beginning of each step (2)."""
        lead = "".join(f"{name}, " for name in by if name != "t")
        rows = f"{relation('rows')} WHERE {' AND '.join(cells.wanted)}"
        weight = "w" if self.weighted else "1"
        stepped = self.steps if "t" in by else None
        step = step_of("z", stepped) if stepped else "0"
        duration = f"least({_numeric(cells)}, {LONGEST_MS!r}) * {NS_PER_MS}"
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

    def _stepped(self, relation: Relation, by: Sequence[str], place: int) -> str:
        """An aggregate for each step, less that of the step before."""
        cells = self.cells[place]
        name = STEPPED[cells.measure.aggregate]
        value, wanted = _numeric(cells), " AND ".join(cells.wanted)
        aggregate = f"{name}({value})"
        if self.weighted and name != "max":
            over = " / sum(w)" if name == "avg" else ""
            aggregate = f"sum({value} * w){over}"
        groups = [column for column in by if column != "t"]
        steps = grouped(
            [*groups, "t", f"{aggregate} AS x"],
            f"{relation('rows')} WHERE {wanted}",
            [*groups, "t"],
        )
        over = f"PARTITION BY {', '.join(groups)} " if groups else ""
        change = f"SELECT *, x - lag(x) OVER ({over}ORDER BY t) AS d FROM ({steps})"
        if "t" in by:
            return f"SELECT {', '.join(by)}, d AS m{place} FROM ({change})"
        return grouped([*by, f"{name}(d) AS m{place}"], f"({change})", by)


def step_of(time: str, steps: Steps) -> str:
    """The number of the step that holds `time`."""
    return f"CAST(({time} - {steps.first_ns}) // {steps.width_ns} AS INTEGER)"


def grouped(columns: Sequence[str], source: str, by: Sequence[str]) -> str:
    """`SELECT columns FROM source GROUP BY by`."""
    group = f" GROUP BY {', '.join(by)}" if by else ""
    return f"SELECT {', '.join(columns)} FROM {source}{group}"


def _numeric(cells: Cells) -> str:
    return f"CAST({cells.args[0]} AS DOUBLE)" if cells.args else ""


def _filter(conditions: Sequence[str]) -> str:
    return f" FILTER (WHERE {' AND '.join(conditions)})" if conditions else ""


def _interpolated(point: float, place: int) -> str:
    """The value at `point` between the two that running weights say surround it."""
    at = f"({point!r}::DOUBLE * (n{place} - 1))"
    low = f"min(x) FILTER (WHERE upto{place} > floor{at})"
    high = f"min(x) FILTER (WHERE upto{place} > ceil{at})"
    return f"{low} + ({high} - {low}) * any_value({at} - floor{at})"


def _histogram(relation: str, by: Sequence[str], place: int) -> str:
    bins = grouped([*by, "b", "sum(n) AS n"], relation, [*by, "b"])
    pairs = f"list({{'b': b, 'n': CAST(n AS BIGINT)}}) AS m{place}"
    return grouped([*by, pairs], f"({bins})", by)


def _joined(base: str, rest: Sequence[str], by: Sequence[str]) -> str:
    if "t" in by:
        # a step without rows may still have a value: rows in progress since before
        joins = [f"FULL JOIN ({sql}) USING ({', '.join(by)})" for sql in rest]
        return f"SELECT * FROM ({base}) {' '.join(joins)}"
    joins = []
    for place, sql in enumerate(rest):
        same = [f"g.{name} IS NOT DISTINCT FROM g{place}.{name}" for name in by]
        on = " AND ".join(same) or "TRUE"
        joins.append(f"LEFT JOIN ({sql}) AS g{place} ON {on}")
    hidden = f" EXCLUDE ({', '.join(by)})" if by else ""
    others = "".join(f", g{place}.*{hidden}" for place in range(len(rest)))
    return f"SELECT g.*{others} FROM ({base}) AS g {' '.join(joins)}"
