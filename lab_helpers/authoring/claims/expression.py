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


def fault(expression: str) -> str:
    """What is wrong with an expression before any output is seen; empty if nothing is.

    >>> fault("len(lines) > cuont")
    "it does not know 'cuont'"
    """
    try:
        nodes = list(ast.walk(ast.parse(expression, mode="eval")))
    except SyntaxError as error:
        return f"it is no expression of Python: {error.msg}"
    used = [node for node in nodes if isinstance(node, ast.Name)]
    own = {node.id for node in used if isinstance(node.ctx, ast.Store)}
    known = {*_READERS, *_BUILTINS, "rows", "prose"} | own
    unknown = [node.id for node in used if node.id not in known]
    return f"it does not know {unknown[0]!r}" if unknown else ""


def evaluated(expression: str, names: dict[str, Any]) -> Any:
    """The value of an expression that may use these names and nothing else."""
    return eval(expression, {"__builtins__": {}, **names})


def conjuncts(expression: str) -> list[str]:
    """The expressions that are joined by `and`; none of an empty one.

    >>> conjuncts("1 < 2 and rows == 3")
    ['1 < 2', 'rows == 3']
    """
    if not expression:
        return []
    tree = ast.parse(expression, mode="eval").body
    if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And):
        return [ast.unparse(each) for each in tree.values]
    return [ast.unparse(tree)]


def contradiction(expression: str, names: dict[str, Any]) -> str:
    """Why an expression is not true, with the values it compares; empty if it is."""
    for part in conjuncts(expression):
        if not evaluated(part, names):
            values = ", ".join(
                f"{each} is {evaluated(each, names)!r}" for each in _operands(part)
            )
            return f"`{part}` does not hold; {values}".rstrip("; ")
    return ""


def _operands(part: str) -> list[str]:
    """The sides of a comparison that are no constants."""
    tree = ast.parse(part, mode="eval").body
    if not isinstance(tree, ast.Compare):
        return []
    sides = [tree.left, *tree.comparators]
    return [ast.unparse(side) for side in sides if not isinstance(side, ast.Constant)]
