"""Rules of composite alarms: text to a tree, or an error that names the position."""

import re
from functools import cache
from typing import Any

from lark import Token, Transformer

from lab_emulators.aws.alarms.model import StateValue
from lab_emulators.aws.languages.alarm_rule.check import checked
from lab_emulators.aws.languages.alarm_rule.nodes import InState, Rule
from lab_emulators.lang.nodes import AllOf, AnyOf, Boolean, Not
from lab_emulators.lang.parsing import Grammar, Unexpected
from lab_emulators.lang.source import LocatedError, QueryError

_ESCAPED = re.compile(r"\\(.)")


class RuleError(LocatedError):
    """A rule that cannot be read: what is wrong, at which character from 1."""

    FORM = "position {position}"


@cache
def parse(text: str) -> Rule:
    """The tree of a rule; raises RuleError. Alarms may be named by ARN or name."""
    try:
        return checked(_GRAMMAR.read(text))
    except QueryError as error:
        raise RuleError(error.message, text, error.span) from None


def name_of(reference: str) -> str:
    """The alarm's name, which is the end of its ARN."""
    if reference.startswith("arn:") and ":alarm:" in reference:
        return reference.partition(":alarm:")[2]
    return reference


def _describe(unexpected: Unexpected) -> QueryError:
    return unexpected.error(
        f"unexpected {'the end' if unexpected.ended else unexpected.excerpt()}"
    )


class _Builder(Transformer[Token, Rule]):
    def any(self, parts: list[Rule]) -> Rule:
        return AnyOf(tuple(parts))

    def all(self, parts: list[Rule]) -> Rule:
        return AllOf(tuple(parts))

    def negation(self, parts: list[Rule]) -> Rule:
        return Not(parts[0])

    def constant(self, parts: list[Token]) -> Rule:
        return Boolean(parts[0].upper() == "TRUE")

    def state(self, parts: list[Any]) -> Rule:
        state, token = parts
        quoted = token.type == "QUOTED"
        name = _ESCAPED.sub(r"\1", token[1:-1]) if quoted else str(token)
        return InState(StateValue(state.upper()), name_of(name))


_GRAMMAR = Grammar(__file__, _Builder, _describe)
