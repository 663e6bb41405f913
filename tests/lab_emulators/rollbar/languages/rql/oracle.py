"""What an RQL query means, the obvious way: row by row, in plain Python."""

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from lab_emulators.lang import nodes
from lab_emulators.rollbar.languages.rql import nodes as tree
from lab_emulators.rollbar.languages.rql.check import is_grouped

NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
NUMERIC = {"number", "truth"}


@dataclass(frozen=True)
class Json:
    """A value from a payload, whose type is known only here."""

    value: Any


def answer(query: tree.RqlQuery, rows: list[dict[str, Any]], now_s: int) -> list[list]:
    """The rows of a query over `rows`, newest first: dicts of columns and `payload`."""
    row = Row(now_s)
    if query.where is not None:
        rows = [one for one in rows if row.holds(query.where, one) is True]
    nodes = [column.value for column in query.selected]
    if is_grouped(query):
        groups = _grouped(query, rows, row)
        made = [(Group(now_s, query.groups, each), each) for each in groups]
    else:
        made = [(row, one) for one in rows]
    for key in reversed(query.order):
        made.sort(
            key=lambda pair: sort_key(pair[0].value(key.value, pair[1])),
            reverse=key.descending,
        )
    limit = min(100 if query.limit is None else query.limit, 1000)
    kept = made[query.skip : query.skip + limit]
    return [[shown(of.value(node, one)) for node in nodes] for of, one in kept]


def _grouped(query, rows, row):
    if not query.groups:
        return [rows]
    groups: dict[str, list] = {}
    for one in rows:
        key = [group_key(row.value(node, one)) for node in query.groups]
        groups.setdefault(repr(key), []).append(one)
    of = list(groups.values())
    for node in reversed(query.groups):
        of.sort(key=lambda each: sort_key(row.value(node, each[0])))
    return of


def shown(value):
    """As it stands in the result."""
    return value.value if isinstance(value, Json) else value


def group_key(value):
    if isinstance(value, Json):
        return type(value.value).__name__, text(value)
    return value


def sort_key(value):
    """Null, then numbers, then texts."""
    if shown(value) is None:
        return (0, 0.0, "")
    if isinstance(value, str):
        return (2, 0.0, value)
    found = number(value)
    if found is not None:
        return (1, found, text(value) if isinstance(value, Json) else "")
    return (2, 0.0, text(value))


def number(value):
    inner = shown(value)
    if inner is None or isinstance(inner, (list, dict)):
        return None
    if isinstance(inner, str):
        if not NUMBER.fullmatch(inner):
            return None
        return float(inner) if math.isfinite(float(inner)) else None
    return float(inner)


def text(value):
    if isinstance(value, Json):
        inner = value.value
        if inner is None or isinstance(inner, str):
            return inner
        return json.dumps(inner, separators=(",", ":"), ensure_ascii=False)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    return repr(float(value) + 0.0).removesuffix(".0")


def truth(value):
    if isinstance(value, bool):
        return value
    found = number(value)
    return None if found is None else found != 0


def compared(op, left, right):
    if shown(left) is None or shown(right) is None:
        return None
    one, other = number(left), number(right)
    both_json = isinstance(left, Json) and isinstance(right, Json)
    numeric = any(isinstance(v, (int, float)) for v in (left, right))
    if numeric or (both_json and one is not None and other is not None):
        if one is None or other is None:
            return None
    else:
        one, other = text(left), text(right)
    return {
        "=": one == other,
        "!=": one != other,
        "<": one < other,
        "<=": one <= other,
        ">": one > other,
        ">=": one >= other,
    }[op]


def every(values):
    found = list(values)
    if False in found:
        return False
    return None if None in found else True


def some(values):
    return opposite(every(opposite(value) for value in values))


def opposite(value):
    return None if value is None else not value


def finite(value):
    return None if value is None or not math.isfinite(value) else value


def arithmetic(op, one, other):
    if one is None or other is None:
        return None
    if op in ("/", "div", "mod") and other == 0:
        return None
    match op:
        case "+":
            return finite(one + other)
        case "-":
            return finite(one - other)
        case "*":
            return finite(one * other)
        case "/":
            return finite(one / other)
        case "mod":
            return math.fmod(one, other)
    return float(math.trunc(one / other))


class Row:
    """Values of one row."""

    def __init__(self, now_s):
        self.now_s = now_s

    def holds(self, node, row):
        return truth(self.value(node, row))

    def field(self, name, row):
        if name in row:
            return row[name]
        found = row["payload"]
        for part in name.split("."):
            if isinstance(found, dict):
                found = found.get(part)
            elif isinstance(found, list) and part.isdigit() and int(part) < len(found):
                found = found[int(part)]
            else:
                found = None
        return Json(found)

    def value(self, node, row):
        match node:
            case nodes.Field(name=name):
                return self.field(name, row)
            case nodes.Number(value=found):
                return float(found)
            case nodes.Text(value=found) | nodes.Boolean(value=found):
                return found
            case tree.Null():
                return None
            case nodes.Negative(part=part):
                found = number(self.value(part, row))
                return None if found is None else 0.0 - found
            case nodes.Binary(op=op, left=left, right=right):
                one, other = self.value(left, row), self.value(right, row)
                if op in tree.ARITHMETIC:
                    return arithmetic(op, number(one), number(other))
                return compared(op, one, other)
            case nodes.AllOf(parts=parts):
                return every(self.holds(part, row) for part in parts)
            case nodes.AnyOf(parts=parts):
                return some(self.holds(part, row) for part in parts)
            case nodes.Not(part=part):
                return opposite(self.holds(part, row))
            case tree.IsTest(subject=subject, what=None):
                return shown(self.value(subject, row)) is None
            case tree.IsTest(subject=subject, what=what):
                return self.holds(subject, row) is what
            case nodes.In(subject=subject, choices=choices):
                one = self.value(subject, row)
                others = [self.value(each, row) for each in choices]
                return some(compared("=", one, each) for each in others)
            case tree.RangeTest(subject=subject, low=low, high=high):
                one = self.value(subject, row)
                least = compared(">=", one, self.value(low, row))
                return every([least, compared("<=", one, self.value(high, row))])
            case tree.Like(subject=subject, pattern=pattern):
                return like(text(self.value(subject, row)), pattern)
            case nodes.FunctionCall(name=name, args=args):
                return self.call(name, args, row)
        raise TypeError(node)

    def call(self, name, args, row):
        values = [self.value(arg, row) for arg in args]
        if name == "if":
            chosen = values[1] if truth(values[0]) else values[2]
            kind = merged(kind_of(arg) for arg in args[1:])
            return cast(chosen, kind)
        return FUNCTIONS[name](self.now_s, *values)


class Group(Row):
    """Values of a group of rows, newest first."""

    def __init__(self, now_s, keys, rows):
        super().__init__(now_s)
        self.keys = keys

    def value(self, node, row):
        if node in self.keys:
            return Row(self.now_s).value(node, row[0])
        if isinstance(node, nodes.Field):
            found = [Row(self.now_s).value(node, one) for one in row]
            there = [each for each in found if shown(each) is not None]
            return there[0] if there else None
        if isinstance(node, nodes.FunctionCall) and node.name in AGGREGATES:
            if isinstance(node.args[0], nodes.Star):
                return float(len(row))
            found = [Row(self.now_s).value(node.args[0], one) for one in row]
            return AGGREGATES[node.name]([v for v in found if shown(v) is not None])
        return super().value(node, row)


def extreme(which):
    def find(values):
        if not values:
            return None
        numbers = [number(value) for value in values]
        if isinstance(values[0], Json):
            if None not in numbers:
                return Json(which(numbers))
            return Json(which(text(value) for value in values))
        return which(values) if isinstance(values[0], str) else which(numbers)

    return find


def numbers(values):
    return [found for value in values if (found := number(value)) is not None]


def average(values):
    found = numbers(values)
    return finite(sum(found) / len(found)) if found else None


AGGREGATES = {
    "count": lambda values: float(len(values)),
    "count_distinct": lambda values: float(len({text(value) for value in values})),
    "sum": lambda values: finite(sum(numbers(values))) if numbers(values) else None,
    "avg": average,
    "min": extreme(min),
    "max": extreme(max),
}


def like(subject, pattern):
    if subject is None:
        return None
    regex = ""
    for piece in re.findall(r"\\[%_\\]|.", pattern, re.DOTALL):
        regex += {"%": ".*", "_": "."}.get(piece) or re.escape(piece[-1])
    return re.fullmatch(regex, subject, re.DOTALL) is not None


def whole(value):
    found = number(value)
    return None if found is None else math.trunc(max(-(2**31), min(2**31, found)))


def known(function):
    def call(_, *values):
        return None if None in values else function(*values)

    return call


def texts(function):
    return lambda _, *values: (
        None if None in map(text, values) else function(*map(text, values))
    )


def left(_, value, count):
    found, many = text(value), whole(count)
    return None if None in (found, many) else found[: max(many, 0)]


def right(_, value, count):
    found, many = text(value), whole(count)
    if None in (found, many):
        return None
    return found[max(len(found) - max(many, 0), 0) :]


def substring(_, value, position, count=1e9):
    found, at, many = text(value), whole(position), whole(count)
    if None in (found, at, many):
        return None
    start = at - 1 if at > 0 else len(found) + at
    if at == 0 or start < 0:
        return ""
    return found[start : start + max(many, 0)]


def locate(_, part, value, position=1):
    wanted, found, at = text(part), text(value), whole(position)
    if None in (wanted, found, at):
        return None
    return 0.0 if at < 1 else float(found.find(wanted, at - 1) + 1)


def concat_ws(_, separator, *values):
    between = text(separator)
    there = [text(value) for value in values if text(value) is not None]
    return None if between is None else between.join(there)


FUNCTIONS = {
    "unix_timestamp": lambda now_s: float(now_s),
    "concat": texts(lambda *values: "".join(values)),
    "concat_ws": concat_ws,
    "lower": texts(str.lower),
    "upper": texts(str.upper),
    "left": left,
    "right": right,
    "substring": substring,
    "locate": locate,
    "char_length": texts(lambda found: float(len(found))),
    "length": texts(lambda found: float(len(found.encode()))),
}
NUMBER_COLUMNS = {"timestamp", "occurrence_id", "project_id"}
TEXT_COLUMNS = {"level", "environment", "uuid", "project_slug", "item.title"}
TEXT_COLUMNS |= {"item.environment", "item.hash", "item.resolved_in_version"}
NUMBER_CALLS = {"unix_timestamp", "locate", "char_length", "length"}
NUMBER_CALLS |= {"count", "count_distinct", "sum", "avg"}


def kind_of(node):
    """The kind an expression has whatever the row."""
    match node:
        case nodes.Field(name=name):
            if name in TEXT_COLUMNS:
                return "text"
            is_number = name in NUMBER_COLUMNS or name.startswith("item.")
            return "number" if is_number else "json"
        case nodes.Number() | nodes.Negative():
            return "number"
        case nodes.Binary(op=op):
            return "number" if op in tree.ARITHMETIC else "truth"
        case nodes.Text():
            return "text"
        case tree.Null():
            return "null"
        case nodes.FunctionCall(name="if", args=args):
            return merged(kind_of(arg) for arg in args[1:])
        case nodes.FunctionCall(name="min" | "max", args=args):
            kind = kind_of(args[0])
            return "number" if kind in NUMERIC else "text" if kind == "null" else kind
        case nodes.FunctionCall(name=name):
            return "number" if name in NUMBER_CALLS else "text"
    return "truth"


def merged(kinds):
    found = set(kinds) - {"null"}
    if found == {"truth"}:
        return "truth"
    return "number" if found and found <= NUMERIC else "text"


def cast(value, kind):
    if kind == "number":
        return number(value)
    return truth(value) if kind == "truth" else text(value)
