"""What StartQuery asks: the query's tree, the groups and the time it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.languages.insights.check import DEFAULT_LIMIT
from lab_emulators.aws.languages.insights.errors import MalformedQuery
from lab_emulators.aws.languages.insights.nodes import Query
from lab_emulators.aws.languages.insights.parser import parse
from lab_emulators.aws.languages.insights.run import Answer, Setting, Span, run
from lab_emulators.aws.logs.arns import group_name
from lab_emulators.aws.logs.core import Core
from lab_emulators.aws.logs.errors import invalid
from lab_emulators.aws.logs.language import require_insights
from lab_emulators.aws.logs.pointers import pointer
from lab_emulators.aws.logs.repository.group_repository import Group
from lab_emulators.store import Reader

MAX_GROUPS = 50

_PLACES = ("logGroupName", "logGroupNames", "logGroupIdentifiers")


@dataclass(frozen=True, slots=True)
class Question:
    """A query that can be run: its tree, what it is about, what it needs to know."""

    tree: Query
    span: Span
    setting: Setting

    @property
    def groups(self) -> tuple[str, ...]:
        """The log groups asked, in the order they were named."""
        return tuple(self.span.groups)

    def answer(self, reader: Reader) -> Answer:
        """Run it over a snapshot of the store; raises store.StoreError."""
        return run(self.tree, reader, self.span, self.setting)


def question_of(parameters: Mapping[str, Any], core: Core) -> Question:
    """The question of a StartQuery call whose parameters fit the model.

    Raises AwsError: MalformedQueryException with the place in the text,
    InvalidParameterException, ResourceNotFoundException.
    """
    require_insights(parameters)
    groups = [_group(core, name) for name in _names(parameters)]
    tree = _tree(parameters["queryString"])
    start, end = parameters["startTime"], parameters["endTime"]
    if end < start:
        raise invalid("End time should not be before start time.")
    start_ms, end_ms = start * 1000, end * 1000 + 1  # the end is included
    since_ms = _kept_since(groups, core.now_ms(), end_ms)
    names = tuple(since_ms)
    setting = Setting(
        pointer,
        int(core.clock()),
        core.account,
        parameters.get("limit") or DEFAULT_LIMIT,
    )
    return Question(tree, Span(names, start_ms, end_ms, since_ms), setting)


def _names(parameters: Mapping[str, Any]) -> list[str]:
    given = [name for name in _PLACES if parameters.get(name)]
    if len(given) != 1:
        raise invalid(f"Exactly one of {', '.join(_PLACES)} is needed")
    found: str | Sequence[str] = parameters[given[0]]
    texts = [found] if isinstance(found, str) else found
    names = list(dict.fromkeys(map(group_name, texts)))
    if len(names) > MAX_GROUPS:
        raise invalid(f"A query is about at most {MAX_GROUPS} log groups")
    return names


def _group(core: Core, name: str) -> Group:
    try:
        return core.directory.group(name)
    except AwsError as error:
        text = f"Log group '{name}' does not exist for account ID '{core.account}'"
        raise AwsError(error.code, text) from error


def _tree(text: str) -> Query:
    try:
        return parse(text)
    except MalformedQuery as error:
        raise malformed(error) from error


def malformed(error: MalformedQuery) -> AwsError:
    """MalformedQueryException; its text says the place as well as its members do."""
    place = {"startCharOffset": error.start, "endCharOffset": error.end}
    compiled = {"location": place, "message": error.message}
    members = {"queryCompileError": compiled}
    return AwsError("MalformedQueryException", str(error), members=members)


def _kept_since(groups: Sequence[Group], now_ms: int, end_ms: int) -> dict[str, int]:
    """Since when each group may have events; AWS refuses what ends before all that.

    (The text is the service's own.)
    """
    since = {group.name: group.expiry_ms(now_ms) for group in groups}
    begun = min(max(since[group.name], group.created_ms) for group in groups)
    if end_ms + 999 < begun:
        raise AwsError(
            "MalformedQueryException",
            "Query's end date and time is either before the log groups creation time "
            "or exceeds the log groups log retention settings",
        )
    return since
