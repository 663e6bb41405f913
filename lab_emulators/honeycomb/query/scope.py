"""Names in a query: a column, a calculated field, `is_root` or a relation."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from lab_emulators.honeycomb.languages.calculated_field.check import MAX_DEPTH
from lab_emulators.honeycomb.languages.calculated_field.compile import compile_node
from lab_emulators.honeycomb.languages.calculated_field.parser import parse_expression
from lab_emulators.honeycomb.query.errors import SpecError
from lab_emulators.honeycomb.query.schema import Schema
from lab_emulators.honeycomb.query.variant import Variant
from lab_emulators.lang.nodes import depth_of
from lab_emulators.store import ColumnType
from lab_emulators.store.query import (
    FALSE,
    Column,
    EventTime,
    Expr,
    Op,
    all_of,
    literal,
    negate,
    predicate,
    present,
)

IS_ROOT = "is_root"
# the default columns of Honeycomb's dataset definitions, first existing one wins
TRACE_ID = ("trace.trace_id", "traceId")
SPAN_ID = ("trace.span_id", "id")
PARENT_ID = ("trace.parent_id", "parentId")
ANNOTATION = ("meta.annotation_type",)
DURATION = ("duration_ms", "durationMs", "request_processing_time")
PREFIXES = ("root", "parent", "child", "any", "any2", "any3", "none")


def unknown_column(name: str) -> SpecError:
    """Makes a 400 for an unknown column; the live text is unpublished."""
    return SpecError(f"unknown column: {name}")


def relation_of(name: str, schema: Schema) -> tuple[str, str] | None:
    """(`root`, `name`) for `root.name`; None for a plain name.

    A real column of exactly that name is that column.
    """
    prefix, dot, rest = name.partition(".")
    if not dot or prefix not in PREFIXES or name in schema.columns:
        return None
    return prefix, rest


@dataclass
class RowScope:
    """The values names have in one row: of the query, or of the relation `relation`.

    The query's own calculated fields come before columns, and columns before stored
    calculated fields. Inside a stored calculated field an unknown column is absent,
    since a field may serve many datasets; elsewhere it is an error.
    """

    schema: Schema
    own: Mapping[str, str] = field(default_factory=dict)
    relation: str = ""
    _known: dict[str, Variant] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)
    _depth: int = 0

    def value(self, name: str) -> Variant:
        """The value that `name` stands for; raises `SpecError` (400) if none."""
        if name not in self._known:
            value = self._value(name)
            if value is None:
                return Variant()
            self._known[name] = value
        return self._known[name]

    def _value(self, name: str) -> Variant | None:
        """The value, or None for an unknown column where that is no error."""
        if name in self.own:
            return self._calculated(name, self.own[name])
        if name in self.schema.columns:
            return Variant.of(Column(name, self.schema.columns[name], self.relation))
        if name in self.schema.calculated:
            return self._calculated(name, self.schema.calculated[name])
        if name == IS_ROOT:
            return Variant.condition(self.is_root)
        if any(alias not in self.own for alias in self._open):
            return None
        raise unknown_column(name)

    def _calculated(self, name: str, expression: str) -> Variant:
        if name in self._open:
            raise SpecError(f"calculated field {name} refers to itself")
        node = parse_expression(expression)
        with self._inside(name, depth_of(node)):
            return compile_node(node, self)

    @contextmanager
    def _inside(self, name: str, depth: int) -> Iterator[None]:
        self._open.append(name)
        self._depth += depth
        try:
            if self._depth > MAX_DEPTH:
                raise SpecError(
                    f"calculated field {name}: nested more than {MAX_DEPTH} levels deep"
                )
            yield
        finally:
            self._depth -= depth
            self._open.pop()

    @property
    def time(self) -> EventTime:
        """Timestamp of the row."""
        return EventTime(self.relation)

    @property
    def trace_id(self) -> Expr | None:
        """The trace of a row, None if no row has one."""
        return self._first_column(TRACE_ID)

    @property
    def span_id(self) -> Expr | None:
        """The span's own id."""
        return self._first_column(SPAN_ID)

    @property
    def parent_id(self) -> Expr | None:
        """The id of the span's parent."""
        return self._first_column(PARENT_ID)

    @property
    def duration(self) -> Expr | None:
        """Duration of the span in milliseconds."""
        return self._first_column(DURATION)

    @property
    def is_span(self) -> Expr:
        """Says whether the row is a span: it has a trace and is no event or link."""
        return all_of([is_set(self.trace_id), negate(is_set(self._annotation))])

    @property
    def is_root(self) -> Expr:
        """A span without a parent."""
        return all_of([self.is_span, negate(is_set(self.parent_id))])

    @property
    def _annotation(self) -> Expr | None:
        return self._first_column(ANNOTATION)

    def _first_column(self, names: tuple[str, ...]) -> Expr | None:
        for name in names:
            kind = self.schema.columns.get(name)
            if kind is not None:
                return Column(name, kind, self.relation)
        return None


def is_set(value: Expr | None) -> Expr:
    """The condition that an id is there and not empty."""
    if value is None:
        return FALSE
    if value.type is not ColumnType.STRING:
        return present(value)
    return predicate(Op.NE, value, literal(""))
