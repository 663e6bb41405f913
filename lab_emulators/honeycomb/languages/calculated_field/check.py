"""Bounds of a calculated field, its functions and their arguments."""

from lab_emulators.honeycomb.languages.calculated_field.functions import functions
from lab_emulators.honeycomb.languages.calculated_field.nodes import FieldExpression
from lab_emulators.honeycomb.query.errors import SpecError
from lab_emulators.lang.nodes import FunctionCall, too_deep, walk
from lab_emulators.lang.source import QueryError

MAX_DEPTH = 50
MAX_ARGUMENTS = 400
METRICS_ONLY = ("RAW_METRIC", "LAST", "SUMMARIZE", "INCREASE", "RATE")


def checked(expression: FieldExpression) -> FieldExpression:
    """The expression, unless it is too deep or too long to be evaluated: QueryError."""
    if too_deep(expression, MAX_DEPTH):
        raise QueryError(f"nested more than {MAX_DEPTH} levels deep")
    for node in walk(expression):
        if isinstance(node, FunctionCall) and len(node.args) > MAX_ARGUMENTS:
            message = f"{node.name} has more than {MAX_ARGUMENTS} arguments"
            raise QueryError(message, node.span)
    return expression


def check_call(name: str, arguments: int) -> None:
    """Raises `SpecError` (400) if there is no such function of so many arguments."""
    if name in METRICS_ONLY:
        raise SpecError(f"{name} is for metrics datasets, which are not emulated")
    if name == "INGEST_TIMESTAMP":
        raise SpecError("INGEST_TIMESTAMP is not emulated")
    if name not in functions():
        raise SpecError(f"invalid function: {name}")
    least, most = functions()[name].least, functions()[name].most
    if arguments >= least and (most is None or arguments <= most):
        return
    expected = str(least)
    if most is None:
        expected = f"at least {least}"
    elif most > least:
        expected = f"{least} to {most}"
    raise SpecError(f"{name} takes {expected} arguments, not {arguments}")
