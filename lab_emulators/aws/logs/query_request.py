"""StartQuery's request: a query's tree, its log groups and its time range."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.languages.insights.check import DEFAULT_LIMIT
from lab_emulators.aws.languages.insights.nodes import InsightsQuery
from lab_emulators.aws.languages.insights.parser import MalformedQuery, parse
from lab_emulators.aws.languages.insights.run import (
    LogRange,
    QueryOutput,
    RunSettings,
    run,
)
from lab_emulators.aws.logs.arns import group_name
from lab_emulators.aws.logs.core import LogsCore
from lab_emulators.aws.logs.errors import invalid
from lab_emulators.aws.logs.model import LogGroup, record_pointer
from lab_emulators.store import Reader

MAX_GROUPS = 50

_GROUP_PARAMETERS = ("logGroupName", "logGroupNames", "logGroupIdentifiers")


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """A query that can be run: its tree, its groups and time range, its setting."""

    tree: InsightsQuery
    span: LogRange
    setting: RunSettings

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the log groups, in the order of the request."""
        return tuple(self.span.groups)

    def answer(self, reader: Reader) -> QueryOutput:
        """Runs it over a snapshot of the store; raises store.StoreError."""
        return run(self.tree, reader, self.span, self.setting)


def query_request_of(parameters: Mapping[str, Any], core: LogsCore) -> QueryRequest:
    """The request of a StartQuery call whose parameters fit the model.

    Raises AwsError: MalformedQueryException with the location in the text,
    InvalidParameterException, ResourceNotFoundException.
    """
    require_insights(parameters)
    groups = [_group(core, name) for name in _names(parameters)]
    tree = _tree(parameters["queryString"])
    start, end = parameters["startTime"], parameters["endTime"]
    if end < start:
        raise invalid("End time should not be before start time.")
    start_ms, end_ms = start * 1000, end * 1000 + 1  # the end is included
    since_ms = _retained_since(groups, core.now_ms(), end_ms)
    names = tuple(since_ms)
    setting = RunSettings(
        record_pointer,
        int(core.clock()),
        core.account,
        parameters.get("limit") or DEFAULT_LIMIT,
    )
    return QueryRequest(tree, LogRange(names, start_ms, end_ms, since_ms), setting)


def _names(parameters: Mapping[str, Any]) -> list[str]:
    named = [name for name in _GROUP_PARAMETERS if parameters.get(name)]
    if len(named) != 1:
        raise invalid(f"Exactly one of {', '.join(_GROUP_PARAMETERS)} is needed")
    argument: str | Sequence[str] = parameters[named[0]]
    texts = [argument] if isinstance(argument, str) else argument
    names = list(dict.fromkeys(map(group_name, texts)))
    if len(names) > MAX_GROUPS:
        raise invalid(f"A query is about at most {MAX_GROUPS} log groups")
    return names


def _group(core: LogsCore, name: str) -> LogGroup:
    try:
        return core.log_groups.group(name)
    except AwsError as error:
        text = f"Log group '{name}' does not exist for account ID '{core.account}'"
        raise AwsError(error.code, text) from error


def _tree(text: str) -> InsightsQuery:
    try:
        return parse(text)
    except MalformedQuery as error:
        raise malformed(error) from error


def malformed(error: MalformedQuery) -> AwsError:
    """MalformedQueryException, with the location in its text and in its members."""
    location = {"startCharOffset": error.start, "endCharOffset": error.end}
    compiled = {"location": location, "message": error.message}
    members = {"queryCompileError": compiled}
    return AwsError("MalformedQueryException", str(error), members=members)


def _retained_since(
    groups: Sequence[LogGroup], now_ms: int, end_ms: int
) -> dict[str, int]:
    """Start of each group's retention; AWS refuses a query that ends before all.

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


INSIGHTS = "CWLI"


def require_insights(parameters: Mapping[str, Any]) -> str:
    """`queryLanguage`; AwsError NotImplementedException for SQL and PPL."""
    language = parameters.get("queryLanguage") or INSIGHTS
    if language != INSIGHTS:
        text = f"not emulated locally: queries in {language}, only in {INSIGHTS}"
        raise AwsError("NotImplementedException", text, 501)
    return INSIGHTS
