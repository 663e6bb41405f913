"""The rows a plan reads, as SQL: tables brought to one shape, and lookups joined."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lab_emulators.store.query.expr import Column, EventTime, Expr, walk
from lab_emulators.store.query.plan import Lookup, Match, Source
from lab_emulators.store.query.render import SQL_TYPES, Params, Renderer, as_text
from lab_emulators.store.schema.batch import ColumnType
from lab_emulators.store.schema.model import ColumnInfo, TableInfo

_JOINS = {Match.SOME: "JOIN", Match.MAYBE: "LEFT JOIN", Match.NONE: "ANTI JOIN"}


@dataclass
class Scan:
    """Reads `source` for the expressions of a plan, and only what they need.

    `render` writes an expression where the alias `s` is the row.
    """

    source: Source
    params: Params
    lookups: Sequence[Lookup] = ()
    _columns: dict[str, dict[str, Column]] = field(default_factory=dict)

    def need(self, expressions: Iterable[Expr]) -> None:
        """Make the columns that `expressions` name available."""
        for node in walk(expressions):
            if isinstance(node, Column):
                self._columns.setdefault(node.scope, {})[node.key] = node

    @property
    def render(self) -> Renderer:
        """Writes expressions over the row and its partners."""
        return Renderer(self._name, self.params)

    def from_clause(self) -> str:
        """`FROM` the source, joined with every lookup."""
        joins = (self._lookup(place, item) for place, item in enumerate(self.lookups))
        return " ".join([f"FROM ({self._rows('')}) AS s", *joins])

    def _name(self, node: Column | EventTime) -> str:
        names = [lookup.name for lookup in self.lookups]
        alias = f"l{names.index(node.scope)}" if node.scope else "s"
        return f"{alias}.{self._alias(node)}"

    def _alias(self, node: Column | EventTime) -> str:
        if isinstance(node, EventTime):
            return "_time"
        return f"v{list(self._columns[node.scope]).index(node.key)}"

    def _rows(self, scope: str) -> str:
        columns = list(self._columns.get(scope, {}).values())
        tables = [self._table(table, columns) for table in self.source.tables]
        return " UNION ALL ".join(tables) or _nothing(columns)

    def _table(self, table: TableInfo, columns: Sequence[Column]) -> str:
        cells = [
            f", {cell(table.columns.get(column.key), column.type)} AS v{place}"
            for place, column in enumerate(columns)
        ]
        start = self.params.bind(self.source.start_ns)
        end = self.params.bind(self.source.end_ns)
        return (
            f"SELECT _time, _rate{''.join(cells)} FROM {quoted(table.physical)} "
            f"WHERE _time >= {start} AND _time < {end}"
        )

    def _lookup(self, place: int, lookup: Lookup) -> str:
        inside = Renderer(lambda node: f"p.{self._alias(node)}", self.params)
        matched = [f"j{i}" for i in range(len(lookup.on))]
        picks = [f"v{i}" for i in range(len(self._columns.get(lookup.name, {})))]
        equal = [
            f"{inside(pair[1])} AS {j}"
            for pair, j in zip(lookup.on, matched, strict=True)
        ]
        chosen = ", ".join(equal + [f"p.{pick}" for pick in picks] + ["p._time"])
        first = ", ".join(matched)
        partners = (
            f"SELECT DISTINCT ON ({first}) {chosen} FROM ({self._rows(lookup.name)}) "
            f"AS p WHERE {inside(lookup.where)} "
            f"ORDER BY {', '.join([*matched, 'p._time', *picks])}"
        )
        same = " AND ".join(
            f"{self.render(pair[0])} = l{place}.{j}"
            for pair, j in zip(lookup.on, matched, strict=True)
        )
        return f"{_JOINS[lookup.match]} ({partners}) AS l{place} ON {same}"


def quoted(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def cell(column: ColumnInfo | None, kind: ColumnType) -> str:
    """A column of a table read as `kind`; null where the table has none."""
    if column is None:
        return f"CAST(NULL AS {SQL_TYPES[kind]})"
    name = quoted(column.physical)
    if column.type is kind:
        return name
    if kind is ColumnType.STRING:
        return as_text(name, column.type)
    return f"TRY_CAST({name} AS {SQL_TYPES[kind]})"


def _nothing(columns: Sequence[Column]) -> str:
    cells = [
        f", CAST(NULL AS {SQL_TYPES[column.type]}) AS v{place}"
        for place, column in enumerate(columns)
    ]
    empty = "CAST(NULL AS BIGINT) AS _time, CAST(NULL AS INTEGER) AS _rate"
    return f"SELECT {empty}{''.join(cells)} WHERE FALSE"
