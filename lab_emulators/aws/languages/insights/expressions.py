"""Expressions of a query as expressions of the store."""

from dataclasses import dataclass
from typing import Protocol

from lab_emulators.aws.languages.insights import nodes as tree
from lab_emulators.aws.languages.insights.functions import FUNCTIONS
from lab_emulators.aws.languages.insights.names import Names
from lab_emulators.aws.languages.insights.scalars import SCALARS
from lab_emulators.aws.languages.insights.times import ceiling, floored
from lab_emulators.aws.languages.insights.values import (
    InsightsValue,
    compared,
    condition,
    constant,
    number,
    numeric,
    texted,
    truth,
)
from lab_emulators.lang import nodes
from lab_emulators.store.query import (
    FALSE,
    TRUE,
    Expr,
    Op,
    all_of,
    any_of,
    definite,
    literal,
    negate,
    predicate,
    real,
)

_ARITHMETIC = {
    "+": Op.ADD,
    "-": Op.SUBTRACT,
    "*": Op.MULTIPLY,
    "/": Op.DIVIDE,
    "%": Op.MODULO,
    "^": Op.POWER,
}


class Folder(Protocol):
    """Function that compiles an aggregate to its value."""

    def __call__(self, call: nodes.FunctionCall[tree.Expression], /) -> InsightsValue:
        """The aggregate as a value of its group."""


@dataclass(frozen=True, slots=True)
class InsightsExpressions:
    """Compiler of expressions over `names`; `now_s` is the value of now().

    Aggregates are what `folder` makes of them.
    """

    names: Names
    now_s: int
    folder: Folder | None = None

    def condition(self, node: tree.Expression) -> Expr:
        """A condition, true or false."""
        return condition(self.value(node))

    def value(self, node: tree.Expression) -> InsightsValue:
        """The value of `node` for one row."""
        match node:
            case nodes.Field(name=name):
                return self.names[name]
            case nodes.Text(value=text):
                return constant(text)
            case nodes.Number(value=numeral):
                return constant(numeral)
            case nodes.Boolean(value=true):
                return truth(TRUE if true else FALSE)
            case nodes.FunctionCall():
                return self._call(node)
            case nodes.Negative(part=part):
                return numeric(
                    real(Op.SUBTRACT, literal(0.0), number(self.value(part)))
                )
            case nodes.Binary(op=op, left=left, right=right):
                return _binary(op, self.value(left), self.value(right))
        return truth(self._logical(node))

    def _logical(self, node: tree.Expression) -> Expr:
        match node:
            case nodes.AllOf(parts=parts):
                return all_of(map(self.condition, parts))
            case nodes.AnyOf(parts=parts):
                return any_of(map(self.condition, parts))
            case nodes.Not(part=part):
                return negate(self.condition(part))
            case tree.TextMatch(subject=subject, pattern=pattern):
                return like(self.value(subject), pattern)
            case nodes.In(subject=subject, choices=choices):
                one = self.value(subject)
                others = map(self.value, choices)
                return any_of(compared("=", one, other) for other in others)
        raise TypeError(f"{type(node).__name__} is no expression of a row")

    def _call(self, call: nodes.FunctionCall[tree.Expression]) -> InsightsValue:
        if FUNCTIONS[call.name].aggregate and self.folder is not None:
            return self.folder(call)
        if call.name == "now":
            return constant(self.now_s)
        *args, last = call.args
        if isinstance(last, tree.Period):
            time = self.value(args[0]) if args else self.names["@timestamp"]
            step = ceiling if call.name == "dateceil" else floored
            return step(time, last)
        return SCALARS[call.name](*map(self.value, call.args))


def _binary(op: str, left: InsightsValue, right: InsightsValue) -> InsightsValue:
    if op in _ARITHMETIC:
        return numeric(real(_ARITHMETIC[op], number(left), number(right)))
    return truth(compared(op, left, right))


def like(subject: InsightsValue, pattern: nodes.Text | tree.RegexLiteral) -> Expr:
    """The condition that the subject contains the text, or a match of the pattern."""
    if isinstance(pattern, nodes.Text):
        matches = predicate(Op.CONTAINS, texted(subject), literal(pattern.value))
    else:
        matches = predicate(Op.MATCHES, texted(subject), literal(pattern.pattern))
    return definite(matches)
