"""The functions of RQL by name, and how many arguments each takes.

After docs.rollbar.com, "RQL", "Built-in Functions".
"""

from dataclasses import dataclass

MANY = 1_000


@dataclass(frozen=True, slots=True)
class RqlFunction:
    """A function of `least` to `most` arguments, of one row or of a group."""

    least: int
    most: int
    aggregate: bool = False


FUNCTIONS: dict[str, RqlFunction] = {
    **dict.fromkeys(
        ("count", "count_distinct", "sum", "avg", "min", "max"),
        RqlFunction(1, 1, aggregate=True),
    ),
    "unix_timestamp": RqlFunction(0, 0),
    "concat": RqlFunction(1, MANY),
    "concat_ws": RqlFunction(2, MANY),
    "lower": RqlFunction(1, 1),
    "upper": RqlFunction(1, 1),
    "left": RqlFunction(2, 2),
    "right": RqlFunction(2, 2),
    "substring": RqlFunction(2, 3),
    "locate": RqlFunction(2, 3),
    "char_length": RqlFunction(1, 1),
    "length": RqlFunction(1, 1),
    "if": RqlFunction(3, 3),
}
AGGREGATES = frozenset(name for name, each in FUNCTIONS.items() if each.aggregate)

UNSUPPORTED = {
    "distinct": "DISTINCT is not supported (count_distinct(x) counts different values)",
    "having": "HAVING is not supported",
    "join": "joins are not supported",
    "union": "UNION is not supported",
    "any": "ANY is not supported",
    "all": "ALL is not supported",
    "exists": "EXISTS is not supported",
}
"""Functions of SQL that RQL, as its page says, has not."""
