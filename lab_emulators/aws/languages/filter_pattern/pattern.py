"""A compiled filter pattern: match one message, or ask the store for many."""

from collections.abc import Iterator
from functools import cached_property, lru_cache

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.languages.filter_pattern.compile import condition_of
from lab_emulators.aws.languages.filter_pattern.matching import (
    Matcher,
    PatternMatch,
    matcher,
    position_of,
)
from lab_emulators.aws.languages.filter_pattern.nodes import (
    Compare,
    Condition,
    Document,
    Every,
    Line,
    Regex,
    Terms,
    Tree,
)
from lab_emulators.aws.languages.filter_pattern.parser import parse
from lab_emulators.aws.languages.filter_pattern.selectors import read_selector
from lab_emulators.lang.nodes import AllOf, AnyOf
from lab_emulators.lang.source import QueryError
from lab_emulators.store.query import Expr


class Pattern:
    """A compiled filter pattern, which many threads may use at once."""

    def __init__(self, text: str, tree: Tree) -> None:
        self.text = text
        self.tree = tree

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"

    def match(self, message: str) -> PatternMatch | None:
        """The values of the message, None if it does not match."""
        return self._matcher(message)

    def condition(self) -> Expr:
        """A condition on `Column("message", STRING)` that every match fulfills.

        Unless `exact`, other messages may fulfill it too: `match` has the last word.
        """
        return condition_of(self.tree)

    @property
    def exact(self) -> bool:
        """True if `condition` holds for no message that does not match."""
        return isinstance(self.tree, Terms)

    @property
    def has_values(self) -> bool:
        """True for JSON and lines, whose values can be dimensions of metrics."""
        return not isinstance(self.tree, Terms)

    @property
    def has_regex(self) -> bool:
        """True if it has a regex: a log group may have five such patterns."""
        return any(True for _ in _regexes(self.tree))

    def check_selector(self, selector: str) -> None:
        """Refuses what cannot be read from a match: AwsError, as AWS names it.

        JSON: any selector without a wildcard; it need not be in the pattern. Lines:
        `$` with the name of a field, or with its number from 1.
        """
        problem = self._problem(selector)
        if problem:
            message = f"Invalid metric transformation: {selector!r} {problem}"
            raise AwsError("InvalidParameterException", message)

    def _problem(self, selector: str) -> str | None:
        if isinstance(self.tree, Line):
            names = {f"${field.name}" for field in self.tree.fields if field.name}
            known = selector in names or position_of(selector) is not None
            return None if known else "is no field of the filter pattern"
        if isinstance(self.tree, Terms):
            return "needs a filter pattern for JSON or space-delimited log events"
        try:
            steps = read_selector(selector).steps
        except QueryError:
            return "is no property selector"
        wild = any(isinstance(step, Every) for step in steps)
        return "has a wildcard" if wild else None

    @cached_property
    def _matcher(self) -> Matcher:
        return matcher(self.tree)


@lru_cache(maxsize=256)
def compile_pattern(text: str) -> Pattern:
    """The pattern of `text`; raises PatternError, an InvalidParameterException."""
    return Pattern(text, parse(text))


def _regexes(tree: Tree) -> Iterator[Regex]:
    match tree:
        case Terms(regex=Regex() as regex):
            yield regex
        case Document(condition):
            yield from _in_condition(condition)
        case Line():
            for field in tree.fields:
                if field.condition:
                    yield from _in_condition(field.condition)


def _in_condition(condition: Condition) -> Iterator[Regex]:
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _in_condition(part)
        case Compare(value=Regex() as regex):
            yield regex
