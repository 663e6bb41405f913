"""The tree of a metric math expression.

A `Field` is the id of a metric or expression, or a word such as REPEAT. Operators are
signs or AND and OR, functions in capitals.
"""

from dataclasses import dataclass

from lab_emulators.lang.nodes import (
    Binary,
    Field,
    FunctionCall,
    Negative,
    Node,
    Number,
    Text,
)


@dataclass(frozen=True, slots=True)
class Array(Node):
    """An array of time series as one value (`TS[]` in the user guide)."""

    items: tuple["MathExpression", ...]


MathExpression = (
    Number
    | Text
    | Field
    | Array
    | FunctionCall["MathExpression"]
    | Binary["MathExpression"]
    | Negative["MathExpression"]
)
