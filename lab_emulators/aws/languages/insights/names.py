"""Names of a query while it is compiled: computed columns, the event's, JSON paths."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lab_emulators.aws.languages.insights.scalars import member
from lab_emulators.aws.languages.insights.values import (
    MISSING,
    InsightsValue,
    ValueKind,
    textual,
)
from lab_emulators.store import ColumnType
from lab_emulators.store.query import Column, EventTime, Op, json_scalar, literal, whole

MESSAGE = Column("message", ColumnType.STRING)
STREAM = Column("stream", ColumnType.STRING)
INGESTED = Column("ingested", ColumnType.INTEGER)
SEQ = Column("seq", ColumnType.INTEGER)
COLUMNS = {c.key: c.type for c in (MESSAGE, STREAM, INGESTED, SEQ)}
GROUP = Column("group", ColumnType.STRING)
LOG = Column("log", ColumnType.STRING)
MS = whole(Op.INT_DIVIDE, EventTime(), literal(1_000_000))

EVENT: Mapping[str, InsightsValue] = {
    "@timestamp": InsightsValue(ValueKind.TIME, MS),
    "@ingestionTime": InsightsValue(ValueKind.TIME, INGESTED),
    "@message": textual(MESSAGE),
    "@logStream": textual(STREAM),
    "@log": textual(LOG),
}
MOST_DOTS = 4


@dataclass
class Names:
    """The names of one query so far; after `stats` those of the event are gone."""

    computed: dict[str, InsightsValue] = field(default_factory=dict)
    of_event: bool = True

    def __getitem__(self, name: str) -> InsightsValue:
        """The value of a name; one that is always missing for an unknown name."""
        if name in self.computed:
            return self.computed[name]
        for head, value in self.computed.items():
            if value.kind is ValueKind.STRUCTURE and name.startswith(f"{head}."):
                return member(value, paths(name[len(head) + 1 :]))
        if not self.of_event:
            return MISSING
        return EVENT.get(name) or textual(json_scalar(MESSAGE, *paths(name)))


def paths(name: str) -> list[list[str]]:
    """The ways a dotted name may lead into JSON, where keys may have dots themselves.

    The longest keys come first; with more than `MOST_DOTS` dots either none of them
    is part of a key, or all are.
    """
    parts = name.split(".")
    if len(parts) > MOST_DOTS + 1:
        return [[name], parts]
    return list(_splittings(parts))


def _splittings(parts: Sequence[str]) -> Iterator[list[str]]:
    # Each way takes the first `size` parts as one key, and splits the rest in all
    # ways that there are: 2 ** dots ways in all, hence MOST_DOTS.
    for size in range(len(parts), 0, -1):
        key = ".".join(parts[:size])
        if size == len(parts):
            yield [key]
        else:
            yield from ([key, *rest] for rest in _splittings(parts[size:]))
