"""A calculated field's tree as a value of the store's expressions."""

from dataclasses import dataclass
from typing import Protocol

from lab_emulators.honeycomb.languages.calculated_field.check import check_call
from lab_emulators.honeycomb.languages.calculated_field.functions import (
    functions,
    seconds,
)
from lab_emulators.honeycomb.languages.calculated_field.nodes import (
    Constant,
    FieldExpression,
)
from lab_emulators.honeycomb.languages.calculated_field.parser import parse_expression
from lab_emulators.honeycomb.query.errors import SpecError
from lab_emulators.honeycomb.query.variant import Variant
from lab_emulators.lang.nodes import Field
from lab_emulators.store import ColumnType
from lab_emulators.store.query import Column, EventTime, Expr


class RowContext(Protocol):
    """The row an expression is evaluated for: the values of columns, and its time."""

    def value(self, name: str, /) -> Variant: ...

    @property
    def time(self) -> Expr: ...


@dataclass(frozen=True, slots=True)
class _AnyColumns:
    """Takes every name for a column of text."""

    time: Expr = EventTime()  # noqa: RUF009 - frozen

    def value(self, name: str) -> Variant:
        return Variant.of(Column(name, ColumnType.STRING))


def check_expression(expression: str) -> None:
    """Raises `SpecError` (400) unless `expression` is a valid calculated field.

    Whether the columns it names exist is not looked at.
    """
    if not isinstance(expression, str):
        raise SpecError("invalid calculated field: the expression must be text")
    compile_node(parse_expression(expression), _AnyColumns())


def compile_node(node: FieldExpression, row: RowContext) -> Variant:
    """The value of a tree where `row` says what its columns are."""
    if isinstance(node, Field):
        return row.value(node.name)
    if isinstance(node, Constant):
        return Variant.constant(node.value)
    args = [compile_node(arg, row) for arg in node.args]
    if node.name == "FORMAT_TIME" and len(args) == 1:
        args.append(seconds(row.time))
    check_call(node.name, len(args))
    value = functions()[node.name].build(args)
    return seconds(row.time) if node.name == "EVENT_TIMESTAMP" else value
