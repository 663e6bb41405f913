"""The columns of the tables as expressions of the store."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from lab_emulators.rollbar.items.document import last_activated
from lab_emulators.rollbar.items.model import FIRST_ITEM, LEVEL_NAMES, Item
from lab_emulators.rollbar.items.repository import ID, ITEM, PAYLOAD, UUID
from lab_emulators.rollbar.languages.rql.schema import (
    FRAMEWORKS,
    ITEM_PREFIX,
    PLATFORMS,
    STATUSES,
)
from lab_emulators.rollbar.languages.rql.values import (
    RqlType,
    RqlValue,
    constant,
    textual,
    whole_number,
)
from lab_emulators.store import ColumnType
from lab_emulators.store.query import (
    Column,
    EventTime,
    Expr,
    Op,
    absent,
    case,
    json_pointer,
    json_scalar,
    json_text,
    literal,
    predicate,
    present,
    text,
    whole,
)

Finder = Callable[[str], RqlValue]
"""From the name of a column, which the table has, to its value."""

SECONDS = whole_number(whole(Op.FLOOR_DIVIDE, EventTime(), literal(10**9)))
_LEVEL = Column("level", ColumnType.INTEGER)
_ENVIRONMENT = Column("environment", ColumnType.STRING)


@dataclass(frozen=True, slots=True)
class Project:
    """The constants of a project: its id and slug."""

    id: int
    slug: str


@dataclass(frozen=True)
class OccurrenceColumns:
    """The columns of item_occurrence: of its own, of its item, of its payload.

    `items` is called only for a query that names a column of theirs.
    """

    project: Project
    items: Callable[[], Sequence[Item]]

    def __call__(self, name: str) -> RqlValue:
        """The value of a column."""
        if name.startswith(ITEM_PREFIX):
            return self._of_item(name.removeprefix(ITEM_PREFIX))
        match name:
            case "timestamp":
                return SECONDS
            case "occurrence_id":
                return whole_number(ID)
            case "uuid":
                return textual(UUID)
            case "level":
                return textual(_level_name())
            case "environment":
                return textual(_ENVIRONMENT)
            case "project_id":
                return constant(self.project.id)
            case "project_slug":
                return constant(self.project.slug)
        return payload_value(name)

    def _of_item(self, name: str) -> RqlValue:
        match name:
            case "id":
                return whole_number(ITEM)
            case "counter":
                return whole_number(whole(Op.SUBTRACT, ITEM, literal(FIRST_ITEM)))
            case "environment":
                return textual(_ENVIRONMENT)
            case "hash":
                return textual(Column("fingerprint", ColumnType.STRING))
        return looked_up(item_values(name, self.items()))


def payload_value(name: str) -> RqlValue:
    """The value at a path into a payload: names and, into arrays, numbers."""
    path = name.split(".")
    expr, scalar = json_text(PAYLOAD, path), json_scalar(PAYLOAD, path)
    kind = text(Op.JSON_KIND, PAYLOAD, literal(json_pointer(path)))
    # JSON's null is no value, and so of no type
    known = case([(present(expr), kind)], absent(ColumnType.STRING))
    return RqlValue(RqlType.JSON, expr, scalar, known)


def item_values(name: str, items: Iterable[Item]) -> dict[int, str | int | None]:
    """The column of that name for each item, by the item's id."""
    read = _ITEM_VALUES[name]
    return {item.id: read(item) for item in items}


def looked_up(values: Mapping[int, str | int | None]) -> RqlValue:
    """The value that belongs to a row's item."""
    items: dict[str | int, list[int]] = {}
    for item, value in values.items():
        if value is not None:
            items.setdefault(value, []).append(item)
    is_text = any(isinstance(value, str) for value in items)
    branches = [
        (
            predicate(Op.IS_IN, ITEM, *map(literal, among)),
            literal(value if isinstance(value, str) else float(value)),
        )
        for value, among in items.items()
    ]
    kind = ColumnType.STRING if is_text else ColumnType.FLOAT
    expr = case(branches, absent(kind)) if branches else absent(kind)
    return RqlValue(RqlType.TEXT if is_text else RqlType.NUMBER, expr)


def _level_name() -> Expr:
    names = [
        (predicate(Op.EQ, _LEVEL, literal(number)), literal(name))
        for number, name in LEVEL_NAMES.items()
    ]
    return case(names, absent(ColumnType.STRING))


def _edited(name: str) -> Callable[[Item], str | int | None]:
    return lambda item: item.edits.get(name)


_ITEM_VALUES: Mapping[str, Callable[[Item], str | int | None]] = {
    "title": lambda item: item.title,
    "level": lambda item: item.level,
    "status": lambda item: STATUSES[item.status],
    "platform": lambda item: PLATFORMS.get(item.platform, 0),
    "framework": lambda item: FRAMEWORKS.get(item.framework, 0),
    "first_occurrence_id": lambda item: item.first.id,
    "first_occurrence_timestamp": lambda item: item.first.time_s,
    "last_occurrence_id": lambda item: item.last.id,
    "last_occurrence_timestamp": lambda item: item.last.time_s,
    "activating_occurrence_id": lambda item: item.activated.id,
    "last_activated_timestamp": last_activated,
    "last_resolved_timestamp": _edited("last_resolved_timestamp"),
    "last_muted_timestamp": _edited("last_muted_timestamp"),
    "last_modified_by": _edited("last_modified_by"),
    "assigned_user_id": _edited("assigned_user_id"),
    "resolved_in_version": _edited("resolved_in_version"),
    "total_occurrences": lambda item: item.total,
}
