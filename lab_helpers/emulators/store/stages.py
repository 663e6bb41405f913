"""A pipeline as one SQL statement: a stage for each step, each reading the one before.

A stage selects only what later ones read. Fields of a JSON column are taken out in the
first stage, all in one reading of the document.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count

import pyarrow as pa

from lab_helpers.emulators.store.atoms import (
    TIME,
    Atom,
    Json,
    Lively,
    atom_of,
    lively,
)
from lab_helpers.emulators.store.expr import (
    Call,
    Column,
    EventTime,
    Expr,
    Op,
    walk,
)
from lab_helpers.emulators.store.folds import Folds
from lab_helpers.emulators.store.pipeline import (
    Aggregate,
    By,
    Dedup,
    Extend,
    Keep,
    Limit,
    Pipeline,
    Rows,
    Sort,
)
from lab_helpers.emulators.store.reader import Reader
from lab_helpers.emulators.store.render import (
    JSON_READERS,
    SQL_TYPES,
    Params,
    Renderer,
    extraction,
    settled,
)
from lab_helpers.emulators.store.scan import cell, quoted
from lab_helpers.emulators.store.sql import Statement

_COSTLY = frozenset({*JSON_READERS, Op.TO_NUMBER, Op.PARSE_NUMBER, Op.EXTRACT})
_KEPT, _BARRIER = "\0kept", "\0barrier"
TALLY = "tally"
THERE = "there"


def compile_pipeline(pipeline: Pipeline) -> Statement:
    """One statement whose columns are `s0`, `s1`, … in the order of `show`.

    With a tally there are two more: `tally`, the same in every row, and `there`, null
    in the one row there is when nothing is left.
    """
    compiler = _Compiler(pipeline)
    return Statement(compiler.statement(), compiler.params.values)


@dataclass(frozen=True, slots=True)
class _Ordering:
    sql: str
    descending: bool

    @property
    def term(self) -> str:
        return f"{self.sql} {'DESC' if self.descending else 'ASC'} NULLS LAST"


@dataclass
class _Compiler:
    pipeline: Pipeline
    params: Params = field(default_factory=Params)
    stages: list[str] = field(default_factory=list)
    scope: dict[Atom, str] = field(default_factory=dict)
    order: list[_Ordering] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)
    _kept: int | None = None

    def statement(self) -> str:
        steps, needed = lively(self.pipeline)
        self._source(needed)
        tally = self._tally_place()
        for place, lean in enumerate(steps):
            self._step(lean, counted=place == tally)
        if tally == len(steps):
            self._count_here()
        render = self._render
        shown = [f"{render(e)} AS s{i}" for i, e in enumerate(self._shown())]
        return f"WITH {', '.join(self.stages)} {self._selected(shown)}"

    def _shown(self) -> Iterable[Expr]:
        return self.pipeline.show.values()

    def _selected(self, shown: Sequence[str]) -> str:
        if self._kept is None:
            columns = ", ".join(shown) or "1 AS nothing"
            return f"SELECT {columns} FROM {self._last}{self._ordered}"
        # the row of the tally stands even where no other is left
        orders = [f"{one.sql} AS by{i}" for i, one in enumerate(self.order)]
        left = ", ".join([f"TRUE AS {THERE}", *shown, *orders])
        terms = [
            _Ordering(f"r.by{i}", one.descending).term
            for i, one in enumerate(self.order)
        ]
        names = [f"r.s{i}" for i in range(len(shown))]
        sorted_ = f" ORDER BY {', '.join(terms)}" if terms else ""
        return (
            f"SELECT {', '.join([f't.n AS {TALLY}', f'r.{THERE}', *names])} "
            f"FROM (SELECT {self._tally} AS n) AS t "
            f"LEFT JOIN (SELECT {left} FROM {self._last}) AS r ON TRUE{sorted_}"
        )

    def _tally_place(self) -> int | None:
        """Where to count: later is as good while no row is added or lost."""
        place = self.pipeline.tally
        steps = self.pipeline.steps
        while (
            place is not None
            and place < len(steps)
            and isinstance(steps[place], Extend | Sort)
        ):
            place += 1
        return place

    def _step(self, lean: Lively, *, counted: bool) -> None:
        step = lean.step
        if counted and not isinstance(step, Aggregate):
            self._count_here()
        match step:
            case Extend(values):
                render = self._render
                made: dict[Atom, str] = {k: render(v) for k, v in values.items()}
                if made:
                    self._stage(lean.after, made)
            case Keep(condition):
                self._keep(condition, lean.after)
            case Aggregate():
                self._aggregate(step, counted=counted)
            case Sort(by):
                self._sort(by, lean.after)
            case Limit():
                self._stage(lean.after, {}, f"{self._ordered}{_limit(step)}")
            case Dedup(keys):
                self._dedup(keys, lean.after)

    @property
    def _render(self) -> Renderer:
        scope, sources = self.scope, self.pipeline.rows.columns

        def named(node: Column | EventTime) -> str:
            return scope[TIME if isinstance(node, EventTime) else node.key]

        def known(expr: Expr) -> str | None:
            atom = atom_of(expr, sources)
            return None if atom is None else scope[atom]

        return Renderer(named, self.params, known)

    @property
    def _last(self) -> str:
        return f"p{len(self.stages) - 1}"

    @property
    def _ordered(self) -> str:
        terms = ", ".join(one.term for one in self.order)
        return f" ORDER BY {terms}" if terms else ""

    def _alias(self) -> str:
        return f"c{next(self._numbers)}"

    def _add(self, sql: str, *, kept: bool = False) -> None:
        """Another stage; `kept` ones are computed once, for several readers."""
        how = "MATERIALIZED" if kept else "NOT MATERIALIZED"
        self.stages.append(f"p{len(self.stages)} AS {how} ({sql})")

    def _stage(
        self,
        after: Iterable[Atom],
        made: Mapping[Atom, str],
        tail: str = "",
        *,
        kept: bool = False,
    ) -> None:
        """Select what is read later, with what is made here."""
        cells: dict[str, str] = {}
        scope: dict[Atom, str] = {}
        for atom in sorted(after, key=repr):
            sql = made[atom] if atom in made else self.scope[atom]
            scope[atom] = cells.setdefault(sql, self._alias())
        order = [
            _Ordering(cells.setdefault(one.sql, self._alias()), one.descending)
            for one in self.order
        ]
        columns = ", ".join(f"{sql} AS {name}" for sql, name in cells.items())
        body = f"SELECT {columns or '1 AS nothing'} FROM {self._last}{tail}"
        self._add(body, kept=kept)
        self.scope, self.order = scope, order

    def _count_here(self) -> None:
        self._stage(list(self.scope), {}, kept=True)
        self._kept = len(self.stages) - 1
        self._tally = f"(SELECT count(*) FROM {self._last})"

    def _keep(self, condition: Expr, after: Iterable[Atom]) -> None:
        """Keep rows; a costly condition is computed as a column first.

        DuckDB computes what an expression repeats once in a selection, but each time
        in a filter, and brings filters down to the table unless something random is
        on their way.
        """
        sql = self._render(condition)
        if not any(isinstance(n, Call) and n.op in _COSTLY for n in walk([condition])):
            self._stage(after, {}, f" WHERE {sql}")
            return
        made: dict[Atom, str] = {_KEPT: sql, _BARRIER: "random()"}
        self._stage([*after, *made], made)
        kept = self.scope[_KEPT]
        self._stage(after, {}, f" WHERE {kept}")

    def _sort(self, by: Sequence[By], after: Iterable[Atom]) -> None:
        render = self._render
        first = [_Ordering(render(one.value), one.descending) for one in by]
        seen = {one.sql for one in first}
        self.order = [*first, *(one for one in self.order if one.sql not in seen)]
        self._stage(after, {})

    def _dedup(self, keys: Sequence[Expr], after: Iterable[Atom]) -> None:
        render = self._render
        alike = [render(key) for key in keys]
        terms = ", ".join(one.term for one in self.order)
        over = f"PARTITION BY {', '.join(alike)}"
        first = f"row_number() OVER ({over}{' ORDER BY ' * bool(terms)}{terms}) = 1"
        lacking = "".join(f" OR {key} IS NULL" for key in alike)
        self._stage(after, {}, f" QUALIFY {first}{lacking}")

    def _aggregate(self, step: Aggregate, *, counted: bool) -> None:
        folds = Folds(self._render)
        keys = {name: folds.place(expr) for name, expr in step.keys.items()}
        made = {name: folds.measured(m) for name, m in step.measures.items()}
        aggregates = list(folds.aggregates())
        if counted:
            aggregates.append(f"count(*) AS {TALLY}")
        columns = [*dict.fromkeys(keys.values()), *aggregates] or ["count(*) AS n"]
        self._add(f"SELECT {folds.columns()} FROM {self._last}")
        group = ", ".join(dict.fromkeys(keys.values()))
        self._add(
            f"SELECT {', '.join(columns)} FROM {self._last}"
            + (f" GROUP BY {group}" if group else ""),
            kept=counted,
        )
        if counted:
            self._kept = len(self.stages) - 1
            total = f"coalesce(sum({TALLY}), 0)"
            self._tally = f"(SELECT CAST({total} AS BIGINT) FROM {self._last})"
        self.scope, self.order = dict[Atom, str](chain(keys.items(), made.items())), []

    def _source(self, needed: Iterable[Atom]) -> None:
        rows = self.pipeline.rows
        json = sorted((a for a in needed if isinstance(a, Json)), key=repr)
        names = {a for a in needed if isinstance(a, str)} - {TIME}
        columns = sorted(names | {atom.document for atom in json})
        aliases = {name: self._alias() for name in columns}
        self._add(self._scan(rows, aliases))
        self.scope[TIME] = "_time"
        self.scope.update(aliases.items())
        if json:
            self._take_out(json)

    def _take_out(self, json: Sequence[Json]) -> None:
        """Two stages: the lists of all values, and a column for each value wanted."""
        lists: dict[tuple[str, str], list[str]] = {}
        for atom in json:
            found = lists.setdefault(_reading(atom), [])
            found += [p for p in atom.pointers if p not in found]
        names = {key: self._alias() for key in lists}
        calls = [
            f", {self._extraction(atom, lists[key])} AS {names[key]}"
            for key, atom in {_reading(a): a for a in json}.items()
        ]
        self._add(f"SELECT *{''.join(calls)} FROM {self._last}")
        for atom in json:
            key = _reading(atom)
            values = [
                settled(
                    atom.op,
                    self.scope[atom.document],
                    self._path(pointer),
                    f"{names[key]}[{lists[key].index(pointer) + 1}]",
                )
                for pointer in atom.pointers
            ]
            joined = f"coalesce({', '.join(values)})"
            self.scope[atom] = joined if len(values) > 1 else values[0]
        self._stage(list(self.scope), {})

    def _extraction(self, atom: Json, pointers: Sequence[str]) -> str:
        return extraction(
            atom.op, self.scope[atom.document], list(map(self._path, pointers))
        )

    def _path(self, pointer: str) -> str:
        return f"CAST({self.params.bind(pointer)} AS VARCHAR)"

    def _scan(self, rows: Rows, aliases: Mapping[str, str]) -> str:
        if not rows.tables:
            return _nothing(rows, aliases)
        end = self.params.bind(rows.end_ns)
        starts = rows.starts_ns or (rows.start_ns,) * len(rows.tables)
        selects = []
        for place, table in enumerate(rows.tables):
            start = self.params.bind(starts[place])
            cells = ["_time"]
            for name, alias in aliases.items():
                if name in rows.origins:
                    origin = self.params.bind(rows.origins[name][place])
                    cells.append(f"CAST({origin} AS VARCHAR) AS {alias}")
                else:
                    info = table.columns.get(name)
                    cells.append(f"{cell(info, rows.columns[name])} AS {alias}")
            selects.append(
                f"SELECT {', '.join(cells)} FROM {quoted(table.physical)} "
                f"WHERE _time >= {start} AND _time < {end}"
            )
        return " UNION ALL ".join(selects)


def _reading(atom: Json) -> tuple[str, str]:
    """What is read at once: a document, in one way."""
    return JSON_READERS[atom.op], atom.document


def _nothing(rows: Rows, aliases: Mapping[str, str]) -> str:
    cells = ["CAST(NULL AS BIGINT) AS _time"]
    for name, alias in aliases.items():
        kind = SQL_TYPES[rows.columns[name]] if name in rows.columns else "VARCHAR"
        cells.append(f"CAST(NULL AS {kind}) AS {alias}")
    return f"SELECT {', '.join(cells)} WHERE FALSE"


def _limit(step: Limit) -> str:
    return f" LIMIT {step.count}" + (f" OFFSET {step.skip}" if step.skip else "")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a pipeline shows, a column for each name, and its tally if it has one."""

    table: pa.Table
    tally: int | None = None


def run_pipeline(reader: Reader, pipeline: Pipeline) -> Outcome:
    """Run one pipeline over what `reader` sees."""
    statement = compile_pipeline(pipeline)
    table = reader.execute(statement.sql, statement.params)
    names = list(pipeline.show)
    if pipeline.tally is None:
        return Outcome(table.select(range(len(names))).rename_columns(names))
    tally = table.column(TALLY)[0].as_py()
    there = table.filter(table.column(THERE).is_valid())
    shown = there.select([f"s{place}" for place in range(len(names))])
    return Outcome(shown.rename_columns(names), tally)
