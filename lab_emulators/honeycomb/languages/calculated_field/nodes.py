"""The tree of a calculated field.

Infix operators are calls of their function twins, so that `$a < 1` and `LT($a, 1)` are
one tree; names of functions are in upper case. A `Field` is a column.
"""

from dataclasses import dataclass

from lab_emulators.honeycomb.query.spec import Plain
from lab_emulators.lang.nodes import Field, FunctionCall, Node


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A literal; None is `null`."""

    value: Plain | None


FieldExpression = Field | Constant | FunctionCall["FieldExpression"]
