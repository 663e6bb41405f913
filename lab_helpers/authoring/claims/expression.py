"""Expressions of claims: what must hold of an output, as Python that knows it."""

import ast
import builtins
from typing import Any

from lab_helpers.authoring.claims.outputs import Output

_READERS = ("text", "lines", "number", "numbers", "value", "column", "bands")
_BUILTINS = [
    *("abs", "all", "any", "len", "list", "max", "min", "range"),
    *("round", "set", "sorted", "str", "sum", "tuple", "zip"),
]


def names(output: Output) -> dict[str, Any]:
    """What an expression may use: readers of this output and some of Python's own."""
    known = {name: getattr(output, name) for name in _READERS}
    known |= {name: getattr(builtins, name) for name in _BUILTINS}
    return known | ({"rows": output.rows} if output.tables else {})


def evaluated(expression: str, names: dict[str, Any]) -> Any:
    """The value of an expression that may use these names and nothing else."""
    return eval(expression, {"__builtins__": {}, **names})


def contradiction(expression: str, names: dict[str, Any]) -> str:
    """Why an expression is not true, with the values it compares; empty if it is."""
    for part in _conjuncts(ast.parse(expression, mode="eval").body):
        if not evaluated(ast.unparse(part), names):
            values = ", ".join(
                f"{ast.unparse(each)} is {evaluated(ast.unparse(each), names)!r}"
                for each in _operands(part)
            )
            return f"`{ast.unparse(part)}` does not hold; {values}".rstrip("; ")
    return ""


def _conjuncts(tree: ast.expr) -> list[ast.expr]:
    if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And):
        return tree.values
    return [tree]


def _operands(part: ast.expr) -> list[ast.expr]:
    if not isinstance(part, ast.Compare):
        return []
    sides = [part.left, *part.comparators]
    return [side for side in sides if not isinstance(side, ast.Constant)]
