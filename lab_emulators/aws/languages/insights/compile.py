"""A query's tree as a pipeline of the store."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lab_emulators.aws.languages.insights import nodes as tree
from lab_emulators.aws.languages.insights.expressions import InsightsExpressions
from lab_emulators.aws.languages.insights.grouping import Grouping
from lab_emulators.aws.languages.insights.names import EVENT, SEQ, Names
from lab_emulators.aws.languages.insights.values import (
    TYPES,
    InsightsValue,
    sort_keys,
    texted,
    textual,
)
from lab_emulators.lang import nodes
from lab_emulators.store.query import (
    Aggregate,
    By,
    Column,
    Dedup,
    EventTime,
    Extend,
    Keep,
    Limit,
    Op,
    Sort,
    Step,
    group_names,
    literal,
    text,
)

STANDARD = ("@timestamp", "@message")


@dataclass(frozen=True, slots=True)
class CompiledCommands:
    """The steps of a query, and its columns by name.

    `events` tells rows that are log events from those of `stats`; after `tally` steps
    all that is filtered out of the events is gone, None if nothing is.
    """

    steps: tuple[Step, ...]
    columns: Mapping[str, InsightsValue]
    events: bool
    tally: int | None


def compiled(query: tree.InsightsQuery, *, now_s: int, limit: int) -> CompiledCommands:
    """The query as steps; `limit` rows are left where it does not say how many."""
    compiler = _Compiler(now_s)
    for command in query.commands:
        compiler.command(command)
    steps = compiler.steps
    if not any(isinstance(each, tree.LimitCommand) for each in query.commands):
        steps.append(Limit(limit))
    events = compiler.names.of_event
    return CompiledCommands(tuple(steps), compiler.columns(), events, _tally(steps))


def _tally(steps: Sequence[Step]) -> int | None:
    """The number of steps up to the last filter of events."""
    # Steps that change which rows are events end the search: what they drop was
    # matched all the same.
    last = None
    for count, step in enumerate(steps, start=1):
        if isinstance(step, Aggregate | Dedup | Limit):
            break
        if isinstance(step, Keep):
            last = count
    return last


@dataclass
class _Compiler:
    now_s: int
    names: Names = field(default_factory=Names)
    steps: list[Step] = field(default_factory=list)
    shown: dict[str, InsightsValue] = field(default_factory=dict)
    bare: bool = True
    displayed: bool = False

    def __post_init__(self) -> None:
        newest = (By(EventTime(), descending=True), By(SEQ, descending=True))
        self.steps.append(Sort(newest))

    @property
    def expressions(self) -> InsightsExpressions:
        return InsightsExpressions(self.names, self.now_s)

    def columns(self) -> dict[str, InsightsValue]:
        """The columns of the results."""
        if self.bare and self.names.of_event:
            return {name: EVENT[name] for name in STANDARD} | self.shown
        return self.shown

    def command(self, command: tree.Command) -> None:
        match command:
            case tree.FieldsCommand(columns=columns):
                outputs = self._columns(columns)
                self.shown |= {} if self.displayed else outputs
                self.bare = False
            case tree.DisplayCommand(columns=columns):
                self.shown = self._columns(columns)
                self.bare, self.displayed = False, True
            case tree.FilterCommand(condition=condition):
                self.steps.append(Keep(self.expressions.condition(condition)))
            case tree.StatsCommand():
                self._stats(command)
            case tree.SortCommand(keys=keys):
                self.steps.append(Sort(tuple(self._orders(keys))))
            case tree.LimitCommand(count=count):
                self.steps.append(Limit(count))
            case tree.DedupCommand(fields=fields):
                values = map(self.expressions.value, fields)
                self.steps.append(Dedup(tuple(map(texted, values))))
            case tree.ParseGlob() | tree.ParseRegex():
                self._parse(command)

    def _columns(
        self, columns: Sequence[tree.OutputColumn]
    ) -> dict[str, InsightsValue]:
        values: dict[str, InsightsValue] = {}
        for column in columns:
            value = self.expressions.value(column.value)
            if column.named:
                value = self._named(column.name, value)
            values[column.name] = value
        return values

    def _named(self, name: str, value: InsightsValue) -> InsightsValue:
        """The value as a column of the pipeline, known by that name."""
        key = f"v{len(self.steps)}"
        self.steps.append(Extend({key: value.expr}))
        self.names.computed[name] = InsightsValue(
            value.kind, Column(key, TYPES[value.kind])
        )
        return self.names.computed[name]

    def _stats(self, command: tree.StatsCommand) -> None:
        grouping = Grouping(self.expressions, f"g{len(self.steps)}")
        steps, self.names = grouping.compiled(command)
        self.steps += steps
        self.shown = dict(self.names.computed)
        self.bare = self.displayed = False

    def _orders(self, keys: Sequence[nodes.SortKey[tree.Expression]]) -> list[By]:
        return [
            By(part, descending=key.descending)
            for key in keys
            for part in sort_keys(self.expressions.value(key.value))
        ]

    def _parse(self, command: tree.ParseGlob | tree.ParseRegex) -> None:
        subject = texted(self.expressions.value(command.subject))
        pattern, groups = _extraction(command)
        for name, group in zip(command.names, groups, strict=True):
            extract = text(Op.EXTRACT, subject, literal(pattern), literal(group))
            value = self._named(name, textual(extract))
            if not self.displayed:
                self.shown[name] = value


def _extraction(command: tree.ParseGlob | tree.ParseRegex) -> tuple[str, list[int]]:
    """The regular expression to look for, and the number of each name's group."""
    if isinstance(command, tree.ParseRegex):
        pattern = command.pattern.pattern
        groups = group_names(pattern)
        return pattern, [groups.index(name) + 1 for name in command.names]
    head, *tail = map(re.escape, command.literals)
    ends = [f"(.*?){literal_}" for literal_ in tail]
    if not tail[-1]:
        ends[-1] = "(.*)"
    return f"(?s){head}{''.join(ends)}", list(range(1, len(tail) + 1))
