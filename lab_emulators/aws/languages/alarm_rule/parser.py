"""Rules of composite alarms: text to a tree, and what a tree says of alarms' states."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput, UnexpectedToken

from lab_emulators.aws.alarms.model import StateValue

MAX_DEPTH = 50

States = Callable[[str], StateValue | None]
"""The state of the alarm of a name, None when there is no such alarm."""


class RuleError(Exception):
    """A rule that cannot be read: what is wrong, at which character from 1."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} at position {position}")


@dataclass(frozen=True, slots=True)
class Is:
    """The alarm is in the state; one that does not exist is in none."""

    state: StateValue
    name: str

    def holds(self, states: States) -> bool:
        """Whether the alarm is in that state."""
        return states(self.name) is self.state


@dataclass(frozen=True, slots=True)
class Constant:
    """TRUE or FALSE."""

    value: bool

    def holds(self, states: States) -> bool:
        """Whether it is TRUE."""
        return self.value


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    rule: "Rule"

    def holds(self, states: States) -> bool:
        """Whether the other does not hold."""
        return not self.rule.holds(states)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of them."""

    rules: tuple["Rule", ...]

    def holds(self, states: States) -> bool:
        """Whether all of them hold."""
        return all(rule.holds(states) for rule in self.rules)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of them."""

    rules: tuple["Rule", ...]

    def holds(self, states: States) -> bool:
        """Whether one of them holds."""
        return any(rule.holds(states) for rule in self.rules)


Rule = Is | Constant | Not | AllOf | AnyOf


@cache
def parse(text: str) -> Rule:
    """The tree of a rule; raises RuleError. Alarms may be named by ARN or name."""
    try:
        tree: Any = _grammar().parse(text)
    except UnexpectedInput as error:
        ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        at = len(text) if ended else error.pos_in_stream or 0
        found = repr(text[at : at + 20]) if at < len(text) else "the end"
        raise RuleError(f"unexpected {found}", at + 1) from None
    return _rule(tree, 1)


def children(rule: Rule) -> Iterator[str]:
    """The names of the alarms a rule speaks of, each once, in order."""
    return iter(dict.fromkeys(_names(rule)))


def name_of(reference: str) -> str:
    """The alarm's name, which is the end of its ARN."""
    if reference.startswith("arn:") and ":alarm:" in reference:
        return reference.partition(":alarm:")[2]
    return reference


def _rule(tree: Tree[Token], depth: int) -> Rule:
    if depth > MAX_DEPTH:
        raise RuleError(f"nested more than {MAX_DEPTH} deep", 1)
    parts: Any = tree.children
    match tree.data:
        case "any":
            return AnyOf(tuple(_rule(part, depth + 1) for part in parts))
        case "all":
            return AllOf(tuple(_rule(part, depth + 1) for part in parts))
        case "negation":
            return Not(_rule(parts[0], depth + 1))
        case "constant":
            return Constant(value=parts[0].upper() == "TRUE")
        case _:
            return Is(StateValue(parts[0].upper()), name_of(_text(parts[1])))


def _text(token: Token) -> str:
    return _ESCAPED.sub(r"\1", token[1:-1]) if token.type == "QUOTED" else str(token)


def _names(rule: Rule) -> Iterator[str]:
    match rule:
        case Is(name=name):
            yield name
        case Not(rule=inner):
            yield from _names(inner)
        case AllOf(rules=inner_rules) | AnyOf(rules=inner_rules):
            for inner in inner_rules:
                yield from _names(inner)


@cache
def _grammar() -> Lark:
    return Lark.open("grammar.lark", rel_to=__file__, parser="lalr")


_ESCAPED = re.compile(r"\\(.)")
