"""The bounds of a composite alarm's rule, and the alarms it depends on."""

from collections.abc import Callable, Iterable, Iterator

from lab_emulators.aws.languages.alarm_rule.nodes import InState, Rule
from lab_emulators.lang.nodes import too_deep, walk
from lab_emulators.lang.source import QueryError

MAX_DEPTH = 50


def checked(rule: Rule) -> Rule:
    """The rule; raises QueryError for one that is nested too deeply."""
    if too_deep(rule, MAX_DEPTH):
        raise QueryError(f"nested more than {MAX_DEPTH} deep")
    return rule


def children(rule: Rule) -> Iterator[str]:
    """The names of the alarms that a rule names, each once, in order."""
    names = (node.name for node in walk(rule) if isinstance(node, InState))
    return iter(dict.fromkeys(names))


def descendants(
    names: Iterable[str], children_of: Callable[[str], Iterable[str]]
) -> set[str]:
    """The alarms of `names` and all that their rules name, directly or not.

    An alarm among its own descendants is in a cycle, and has no state to speak of.
    """
    closure: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name not in closure:
            closure.add(name)
            pending += children_of(name)
    return closure
