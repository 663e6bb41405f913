"""Queries over events, answered row by row.

What AWS publishes (user guide, the pages of the query syntax) and holds here:

- Names, arguments and results of the functions; true and false are 1 and 0, in JSON
  messages as well; `@timestamp` is written "YYYY-MM-DD HH:MM:SS.mmm" in UTC.
- `fields` adds to what is shown, the last `display` replaces it; without either it is
  `@timestamp` and `@message`. What `parse` finds is shown too; an event that its
  pattern does not match stays, without those fields.
- sort: texts before numbers; runs of digits in a text by length, then value; all else
  by code point; descending is the reverse.
- dedup keeps the first in the order so far and every row that lacks a field; without
  sort the order is the newest first; 10,000 rows at most unless `limit` says otherwise.
- Periods are capped (300s is 60s); what follows `stats` knows its columns only.
- Maps and lists are missing for every function but jsonStringify and ispresent.

What AWS does not publish, and we chose:

- A value is a text, as the message has it, and a number where it reads as a decimal
  one. Computed numbers are doubles, written without ".0" and as short as can be.
- Missing is contagious: arithmetic and functions of it are missing, except ispresent,
  isNumeric, isempty, isblank, those on addresses (what is missing is none), coalesce,
  if, case, least and greatest (which pass over it). So are a division by zero, what is
  not a real number, a sum with a text.
- A comparison is by number if both sides are numbers, else of texts by code point. A
  comparison with something missing is false, and so is `like` and `in`; a condition
  is true or false, so `not` of these is true. A bare field is a condition that is true
  for a number but 0 and for the text true.
- Timestamps compare and compute as milliseconds and are so in texts; only as a field
  of the results are they dates. bin and its kin count from 1970-01-01. A branch that
  may give a timestamp or another value gives the timestamp's text. What is outside
  the years 1 to 9999 is no timestamp.
- Aggregates pass over missing values and, if they compute, over texts. pct
  interpolates between the two nearest; stddev is the sample's; min and max are among
  the numbers if there are any; earliest and latest go by time, then by arrival.
- No rows have no statistics, not even a count of 0. Groups come in the order of their
  keys, missing last; a group's key may be missing. Missing values sort last both ways.
- Rows of equal order stay as they were; events of one millisecond: last come first.
- Later columns of a command may use names of earlier ones; a name shown twice is shown
  once, where it came first. Objects and arrays inside a message are missing; a dotted
  name is the first value there, the longest keys tried first.
"""

import json
import math
import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from lab_emulators.aws.languages.insights import nodes as tree
from lab_emulators.aws.languages.insights.check import DEFAULT_LIMIT
from lab_emulators.aws.languages.insights.parser import parse
from lab_emulators.lang import nodes

NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
SPACE = " \t\n\r\f\v"
NOW_S = 1_700_000_400
START_MS = 1_700_000_000_000
FIRST_MS, LAST_MS = -62_135_596_800_000, 253_402_300_799_999
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SIZES = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
SIZES["w"] = 7 * SIZES["d"]
MONTHS = {"mo": 1, "q": 3, "y": 12}


@dataclass(frozen=True)
class Time:
    """A timestamp, in milliseconds."""

    ms: int

    def __str__(self) -> str:
        text = (EPOCH + timedelta(milliseconds=self.ms)).isoformat(" ", "milliseconds")
        return text.removesuffix("+00:00")


@dataclass(frozen=True)
class Structure:
    """What jsonParse gives: an object or a list."""

    text: str

    def __str__(self) -> str:
        return self.text


Value = str | float | bool | Time | Structure | None


@dataclass(frozen=True)
class Event:
    """One log event; `seq` counts arrivals."""

    time_ms: int
    message: str
    stream: str = "web"
    group: str = "/lab/app"
    ingested_ms: int = START_MS
    seq: int = 0


@dataclass
class Row:
    """An event, or a group of them, what was computed of it and what is to be shown."""

    event: Event | None
    values: dict[str, Value] = field(default_factory=dict)
    shown: dict[str, Value] = field(default_factory=dict)


def text_of(value: Value) -> str | None:
    """A value as functions on texts see it."""
    if value is None or isinstance(value, Structure):
        return None
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, Time):
        return str(value.ms)
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < 1e15
        return str(int(value)) if whole else repr(value)
    return str(value)


def number_of(value: Value) -> float | None:
    """A value as arithmetic sees it."""
    if isinstance(value, str):
        return real(float(value)) if NUMBER.fullmatch(value) else None
    if isinstance(value, Time):
        return float(value.ms)
    return None if value is None or isinstance(value, Structure) else float(value)


def real(value: float | complex) -> float | None:
    """A number, unless it is none."""
    if isinstance(value, complex) or not math.isfinite(value):
        return None
    return float(value)


def flat(value: object) -> Value:
    """A JSON value as a field's value; numbers are read as texts."""
    return None if isinstance(value, dict | list) else value  # type: ignore[return-value]


def find(document: object, name: str) -> Value:
    """The first value that a dotted name leads to; a key may have dots itself.

    JSON is flattened, so an object, an array or null at the end of one way is no
    value, and the next way counts.
    """
    parts = name.split(".")
    for size in range(len(parts), 0, -1):
        key, rest = ".".join(parts[:size]), ".".join(parts[size:])
        found = None
        if isinstance(document, dict):
            found = document.get(key)
        elif isinstance(document, list) and key.isdigit() and int(key) < len(document):
            found = document[int(key)]
        value = find(found, rest) if found is not None and rest else flat(found)
        if value is not None:
            return value
    return None


def loaded(text: str | None) -> object:
    """A JSON document with numbers as written, None if it is none."""
    try:
        return json.loads(text or "", parse_int=str, parse_float=str)
    except ValueError:
        return None


def look_up(row: Row, name: str) -> Value:
    """What a name means: what the query computed, the event's own, its message's."""
    if name in row.values:
        return row.values[name]
    head = next((k for k in row.values if name.startswith(f"{k}.")), None)
    if head is not None and isinstance(row.values[head], Structure):
        return find(loaded(str(row.values[head])), name[len(head) + 1 :])
    if row.event is None:
        return None
    event, document = row.event, loaded(row.event.message)
    own = {
        "@timestamp": Time(event.time_ms),
        "@ingestionTime": Time(event.ingested_ms),
        "@message": event.message,
        "@logStream": event.stream,
        "@log": f"123456789012:{event.group}",
    }
    if name in own:
        return own[name]
    return find(document, name) if isinstance(document, dict) else None


# --- order ---


def natural(value: Value) -> tuple[int, float, str]:
    """AWS's order of the values that are there."""
    number = number_of(value)
    if number is not None:
        return (1, number, "")
    text = str(value)
    return (0, 0.0, re.sub("[0-9]+", lambda m: f"0{len(m[0]):06d}{m[0]}", text))


def arranged(rows: list[Row], key: Callable[[Row], Value], down: bool) -> list[Row]:  # noqa: FBT001
    """Sorted by one key, missing last, the rest as it was."""
    there = [row for row in rows if key(row) is not None]
    there.sort(key=lambda row: natural(key(row)), reverse=down)
    return there + [row for row in rows if key(row) is None]


def arrival(row: Row) -> tuple[int, int]:
    """The order of time."""
    if row.event is None:
        found = row.values["@timestamp"]
        return (found.ms if isinstance(found, Time) else 0, 0)
    return (row.event.time_ms, row.event.seq)


# --- expressions ---


def compared(op: str, left: Value, right: Value) -> bool:
    """A comparison: by number if it can be."""
    pair: tuple[Any, Any] = (number_of(left), number_of(right))
    a, b = (text_of(left), text_of(right)) if None in pair else pair
    if a is None or b is None:
        return False
    return {
        "=": a == b,
        "!=": a != b,
        "<": a < b,
        "<=": a <= b,
        ">": a > b,
        ">=": a >= b,
    }[op]


def computed(op: str, left: Value, right: Value) -> Value:
    """Arithmetic, missing if there is no real result."""
    a, b = number_of(left), number_of(right)
    if a is None or b is None:
        return None
    work: dict[str, Callable[[], float]] = {
        "+": lambda: a + b,
        "-": lambda: a - b,
        "*": lambda: a * b,
        "/": lambda: a / b,
        "%": lambda: math.fmod(a, b),
        "^": lambda: a**b,
    }
    try:
        return real(work[op]())
    except (ArithmeticError, ValueError):
        return None


def truth(node: tree.Expression, row: Row) -> bool:
    """A condition."""
    value = evaluate(node, row)
    number = number_of(value)
    said = (text_of(value) or "").lower() == "true"
    return said or (number is not None and number != 0)


def evaluate(node: tree.Expression, row: Row) -> Value:
    """The value of an expression for one row."""
    match node:
        case nodes.Field(name=name):
            return look_up(row, name)
        case nodes.Text(value=value) | nodes.Boolean(value=value):
            return value
        case nodes.Number(value=value):
            return float(value)
        case nodes.Negative(part=part):
            return computed("-", 0.0, evaluate(part, row))
        case nodes.Binary(op=op, left=left, right=right):
            work = computed if op in tree.ARITHMETIC else compared
            return work(op, evaluate(left, row), evaluate(right, row))
        case nodes.AllOf(parts=parts):
            return all(truth(part, row) for part in parts)
        case nodes.AnyOf(parts=parts):
            return any(truth(part, row) for part in parts)
        case nodes.Not(part=part):
            return not truth(part, row)
        case tree.TextMatch(subject=subject, pattern=pattern):
            return alike(text_of(evaluate(subject, row)), pattern)
        case nodes.In(subject=subject, choices=choices):
            value = evaluate(subject, row)
            found = (evaluate(each, row) for each in choices)
            return any(compared("=", value, each) for each in found)
        case nodes.FunctionCall():
            return called(node, row)
    raise AssertionError(node)


def alike(text: str | None, pattern: nodes.Text | tree.RegexLiteral) -> bool:
    """`like`."""
    if text is None:
        return False
    if isinstance(pattern, nodes.Text):
        return pattern.value in text
    return re.search(pattern.pattern, text) is not None


def called(call: nodes.FunctionCall, row: Row) -> Value:
    """A scalar function: a special one, or one of its arguments' values."""
    if call.name in SPECIAL:
        return SPECIAL[call.name](call, row)
    args = [evaluate(arg, row) for arg in call.args if not isinstance(arg, tree.Period)]
    work, read = FUNCTIONS[call.name]
    given = [read(arg) for arg in args]
    return None if None in given else work(*given)


def branch(call: nodes.FunctionCall, row: Row) -> Value:
    """`if` and `case`: the value after the first true condition, else the last."""
    *pairs, last = call.args if len(call.args) % 2 else (*call.args, None)
    for condition, value in zip(pairs[::2], pairs[1::2], strict=True):
        if truth(condition, row):
            return settled(call, value, row)
    return settled(call, last, row) if last is not None else None


def first_there(call: nodes.FunctionCall, row: Row) -> Value:
    """`coalesce`."""
    for arg in call.args:
        if (value := settled(call, arg, row)) is not None:
            return value
    return None


def settled(call: nodes.FunctionCall, arg: tree.Expression, row: Row) -> Value:
    """A branch's value, a timestamp as text unless all branches are timestamps."""
    values = call.args
    if call.name != "coalesce":
        values = (*call.args[1::2], *call.args[len(call.args) // 2 * 2 :])
    value = evaluate(arg, row)
    if isinstance(value, Time) and not all(stamped(each, row) for each in values):
        return text_of(value)
    return None if isinstance(value, Structure) else value


def stamped(node: tree.Expression, row: Row) -> bool:
    """Whether an expression gives timestamps, by its form."""
    match node:
        case nodes.Field(name=name):
            return isinstance(look_up(row, name), Time)
        case nodes.FunctionCall(name="coalesce", args=args):
            return all(stamped(arg, row) for arg in args)
        case nodes.FunctionCall(name=name):
            return name in ("bin", "datefloor", "dateceil", "frommillis")
    return False


def extreme(pick: Callable[[list[float]], float]) -> Callable[..., Value]:
    """`least` or `greatest` of the numbers there are."""

    def work(call: nodes.FunctionCall, row: Row) -> Value:
        numbers = [number_of(evaluate(arg, row)) for arg in call.args]
        there = [number for number in numbers if number is not None]
        return pick(there) if there else None

    return work


def moment(ms: float) -> Time | None:
    """A time, missing outside the years 1 to 9999."""
    return Time(math.floor(ms)) if FIRST_MS <= ms <= LAST_MS else None


def floored(ms: float, period: tree.Period) -> int:
    """The beginning of the period that a time is in."""
    count, unit = period.count, period.unit
    if unit in MONTHS:
        when = EPOCH + timedelta(milliseconds=math.floor(ms))
        months = (when.year - 1970) * 12 + when.month - 1
        months -= months % (count * MONTHS[unit])
        return month_ms(months)
    size = count * SIZES[unit]
    return math.floor(ms / size) * size


def month_ms(months: int) -> int:
    """The beginning of a month, counted from 1970."""
    begin = EPOCH.replace(year=1970 + months // 12, month=months % 12 + 1)
    return round((begin - EPOCH).total_seconds() * 1000)


def ceiled(ms: float, period: tree.Period) -> int:
    """The next beginning of a period, or the time itself if it is one."""
    begin = floored(ms, period)
    if begin == ms:
        return begin
    if period.unit not in MONTHS:
        return begin + period.count * SIZES[period.unit]
    when = EPOCH + timedelta(milliseconds=begin)
    months = (when.year - 1970) * 12 + when.month - 1
    return month_ms(months + period.count * MONTHS[period.unit])


def dated(
    step: Callable[[float, tree.Period], int],
) -> Callable[[nodes.FunctionCall, Row], Value]:
    """bin, datefloor and dateceil."""

    def work(call: nodes.FunctionCall, row: Row) -> Value:
        *times, period = call.args
        assert isinstance(period, tree.Period)
        stamp = times[0] if times else nodes.Field("@timestamp")
        ms = number_of(evaluate(stamp, row))
        if ms is None or moment(ms) is None:
            return None
        return moment(step(math.floor(ms), period))

    return work


def rounded(value: float, places: float = 0.0) -> float | None:
    """Half away from zero."""
    scale = 10.0 ** int(places)
    return real(math.copysign(math.floor(abs(value) * scale + 0.5), value) / scale)


def substring(text: str, start: str, length: str | None = None) -> str | None:
    """From an index counted from 0."""
    begin, size = number_of(start), number_of(length)
    if begin is None or (length is not None and size is None):
        return None
    first = max(int(begin), 0)
    return text[first:] if size is None else text[first : first + max(int(size), 0)]


def address(text: str) -> IPv4Address | IPv6Address | None:
    """An IP address, None if it is none."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def inside(version: int | None) -> Callable[[str, str], bool]:
    """Whether an address is in a subnet of that version."""

    def work(text: str, subnet: str) -> bool:
        found, network = address(text), ip_network(subnet, strict=False)
        if found is None or version not in (None, found.version):
            return False
        return found.version == network.version and found in network

    return work


def parsed(call: nodes.FunctionCall, row: Row) -> Value:
    """`jsonParse`."""
    text = text_of(evaluate(call.args[0], row))
    return Structure(text) if text and isinstance(loaded(text), dict | list) else None


def stringified(call: nodes.FunctionCall, row: Row) -> Value:
    """`jsonStringify`."""
    value = evaluate(call.args[0], row)
    return value.text if isinstance(value, Structure) else None


def contains(call: nodes.FunctionCall, row: Row) -> Value:
    """`strcontains`, perhaps without regard to case."""
    text, part = (text_of(evaluate(arg, row)) for arg in call.args[:2])
    if text is None or part is None:
        return None
    if len(call.args) > 2 and truth(call.args[2], row):
        text, part = text.lower(), part.lower()
    return part in text


SPECIAL: Mapping[str, Callable[[nodes.FunctionCall, Row], Value]] = {
    "if": branch,
    "case": branch,
    "coalesce": first_there,
    "least": extreme(min),
    "greatest": extreme(max),
    "bin": dated(floored),
    "datefloor": dated(floored),
    "dateceil": dated(ceiled),
    "now": lambda call, row: float(NOW_S),
    "ispresent": lambda call, row: evaluate(call.args[0], row) is not None,
    "isnumeric": lambda c, row: number_of(evaluate(c.args[0], row)) is not None,
    "isempty": lambda c, row: (text_of(evaluate(c.args[0], row)) or "") == "",
    "isblank": lambda c, row: (
        not (text_of(evaluate(c.args[0], row)) or "").strip(SPACE)
    ),
    "jsonparse": parsed,
    "jsonstringify": stringified,
    "strcontains": contains,
}

FUNCTIONS: Mapping[str, tuple[Callable[..., Value], Callable[[Value], Any]]] = {
    "abs": (abs, number_of),
    "ceil": (lambda a: float(math.ceil(a)), number_of),
    "floor": (lambda a: float(math.floor(a)), number_of),
    "log": (lambda a: math.log(a) if a > 0 else None, number_of),
    "sqrt": (lambda a: math.sqrt(a) if a >= 0 else None, number_of),
    "round": (rounded, number_of),
    "tonumber": (lambda a: a, number_of),
    "frommillis": (moment, number_of),
    "tomillis": (lambda a: a, number_of),
    "messagesize": (lambda a: float(len(a.encode())), text_of),
    "isvalidip": (lambda a: address(a) is not None, str),
    "isvalidipv4": (lambda a: isinstance(address(a), IPv4Address), str),
    "isvalidipv6": (lambda a: isinstance(address(a), IPv6Address), str),
    "isipinsubnet": (inside(None), str),
    "isipv4insubnet": (inside(4), str),
    "isipv6insubnet": (inside(6), str),
    "concat": (lambda *a: "".join(a), text_of),
    "ltrim": (lambda a, b=SPACE: a.lstrip(b), text_of),
    "rtrim": (lambda a, b=SPACE: a.rstrip(b), text_of),
    "trim": (lambda a, b=SPACE: a.strip(b), text_of),
    "strlen": (lambda a: float(len(a)), text_of),
    "toupper": (str.upper, text_of),
    "tolower": (str.lower, text_of),
    "substr": (substring, text_of),
    "replace": (lambda a, b, c: a.replace(b, c) if b else a, text_of),
    "startswith": (str.startswith, text_of),
    "endswith": (str.endswith, text_of),
}


# --- aggregates ---


def folded(node: tree.Expression, rows: Sequence[Row]) -> Value:
    """A column of stats over the rows of one group."""
    if isinstance(node, nodes.FunctionCall) and node.name in AGGREGATES:
        return AGGREGATES[node.name](node, rows)
    if isinstance(node, nodes.FunctionCall) and node.name == "count":
        return counted(node, rows)
    over = nodes.mapped(node, lambda part: as_constant(folded(part, rows)))
    if not nodes.parts(node):
        return evaluate(node, Row(None))
    return evaluate(over, Row(None))


def as_constant(value: Value) -> tree.Expression:
    """A value put back into an expression."""
    if value is None:
        return nodes.Field("nothing here")
    if isinstance(value, Time):
        return nodes.FunctionCall("frommillis", (nodes.Number(value.ms),))
    if isinstance(value, bool | str):
        return nodes.Boolean(value) if isinstance(value, bool) else nodes.Text(value)
    number = number_of(value)
    assert number is not None
    return nodes.Number(number)


def counted(call: nodes.FunctionCall, rows: Sequence[Row]) -> float:
    """All rows, or those where the field is there."""
    if not call.args or isinstance(call.args[0], nodes.Star):
        return float(len(rows))
    return float(len(there(call, rows)))


def there(call: nodes.FunctionCall, rows: Sequence[Row]) -> list[Value]:
    """The values of a group that are not missing."""
    values = (evaluate(call.args[0], row) for row in rows)
    return [value for value in values if value is not None]


def numbers(call: nodes.FunctionCall, rows: Sequence[Row]) -> list[float]:
    """The values of a group that are numbers."""
    found = map(number_of, there(call, rows))
    return sorted(number for number in found if number is not None)


def quantile(values: list[float], share: float) -> float | None:
    """Between the two nearest of the sorted values."""
    if not values:
        return None
    place = share * (len(values) - 1)
    low = math.floor(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def outermost(
    pick: Callable[..., Any],
) -> Callable[[nodes.FunctionCall, Sequence[Row]], Value]:
    """`min` and `max`: of timestamps, of numbers if there are any, else of texts."""

    def work(call: nodes.FunctionCall, rows: Sequence[Row]) -> Value:
        values = there(call, rows)
        if values and all(isinstance(value, Time) for value in values):
            return pick(values, key=number_of)  # type: ignore[no-any-return]
        if found := numbers(call, rows):
            return pick(found)  # type: ignore[no-any-return]
        return pick(map(text_of, values), default=None)  # type: ignore[no-any-return]

    return work


def at_the(
    pick: Callable[..., Any],
) -> Callable[[nodes.FunctionCall, Sequence[Row]], Value]:
    """`earliest` and `latest`."""

    def work(call: nodes.FunctionCall, rows: Sequence[Row]) -> Value:
        pairs = [(row, evaluate(call.args[0], row)) for row in rows]
        pairs = [pair for pair in pairs if pair[1] is not None]
        return pick(pairs, key=lambda pair: arrival(pair[0]))[1] if pairs else None

    return work


def sorting(
    pick: Callable[..., Any],
) -> Callable[[nodes.FunctionCall, Sequence[Row]], Value]:
    """`sortsFirst` and `sortsLast`."""
    return lambda call, rows: pick(there(call, rows), key=natural, default=None)


def distinct(call: nodes.FunctionCall, rows: Sequence[Row]) -> float:
    """Values that differ as texts."""
    return float(len({text_of(value) for value in there(call, rows)}))


def percentile(call: nodes.FunctionCall, rows: Sequence[Row]) -> Value:
    """`pct`."""
    assert isinstance(call.args[1], nodes.Number)
    return quantile(numbers(call, rows), call.args[1].value / 100)


def over_numbers(
    work: Callable[[list[float]], float], least: int = 1
) -> Callable[[nodes.FunctionCall, Sequence[Row]], Value]:
    """An aggregate of numbers, missing if there are fewer than `least`."""

    def fold(call: nodes.FunctionCall, rows: Sequence[Row]) -> Value:
        found = numbers(call, rows)
        return real(work(found)) if len(found) >= least else None

    return fold


AGGREGATES: Mapping[str, Callable[[nodes.FunctionCall, Sequence[Row]], Value]] = {
    "avg": over_numbers(statistics.fmean),
    "sum": over_numbers(math.fsum),
    "median": over_numbers(statistics.median),
    "stddev": over_numbers(statistics.stdev, least=2),
    "min": outermost(min),
    "max": outermost(max),
    "pct": percentile,
    "count_distinct": distinct,
    "earliest": at_the(min),
    "latest": at_the(max),
    "sortsfirst": sorting(min),
    "sortslast": sorting(max),
}


# --- commands ---


class Answering:
    """The rows of a query, command after command."""

    def __init__(self, events: Sequence[Event]) -> None:
        rows = [Row(event) for event in events]
        self.rows = sorted(rows, key=arrival, reverse=True)
        self.bare = True  # nothing but what is shown by default
        self.displayed = False

    def run(self, query: tree.InsightsQuery) -> list[list[dict[str, str]]]:
        """Every command, and what is left at most `DEFAULT_LIMIT` rows of it."""
        for command in query.commands:
            name = type(command).__name__.removesuffix("Command").lower()
            getattr(self, name)(command)
        if not any(isinstance(each, tree.LimitCommand) for each in query.commands):
            self.rows = self.rows[:DEFAULT_LIMIT]
        return [self.written(row) for row in self.rows]

    def written(self, row: Row) -> list[dict[str, str]]:
        """The fields of a row that are there, as GetQueryResults gives them."""
        shown = dict(row.shown)
        if self.bare and row.event is not None:
            standard = {n: look_up(row, n) for n in ("@timestamp", "@message")}
            shown = standard | shown
        texts = {
            name: str(value) if isinstance(value, Structure | Time) else text_of(value)
            for name, value in shown.items()
        }
        return [{"field": n, "value": t} for n, t in texts.items() if t is not None]

    def fields(self, command: tree.FieldsCommand) -> None:
        for row in self.rows:
            found = self.columns(command.columns, row)
            if not self.displayed:
                row.shown.update(found)
        self.bare = False

    def display(self, command: tree.DisplayCommand) -> None:
        for row in self.rows:
            row.shown = self.columns(command.columns, row)
        self.bare, self.displayed = False, True

    def columns(
        self, columns: Sequence[tree.OutputColumn], row: Row
    ) -> dict[str, Value]:
        found = {}
        for column in columns:
            found[column.name] = evaluate(column.value, row)
            if column.named:
                row.values[column.name] = found[column.name]
        return found

    def filter(self, command: tree.FilterCommand) -> None:
        self.rows = [row for row in self.rows if truth(command.condition, row)]

    def limit(self, command: tree.LimitCommand) -> None:
        self.rows = self.rows[: command.count]

    def sort(self, command: tree.SortCommand) -> None:
        for key in reversed(command.keys):
            values = {id(row): evaluate(key.value, row) for row in self.rows}
            by = lambda row: values[id(row)]  # noqa: B023, E731
            self.rows = arranged(self.rows, by, key.descending)

    def dedup(self, command: tree.DedupCommand) -> None:
        seen, kept = set(), []
        for row in self.rows:
            key = tuple(text_of(evaluate(each, row)) for each in command.fields)
            if None in key or key not in seen:
                kept.append(row)
            seen.add(key)
        self.rows = kept

    def parseglob(self, command: tree.ParseGlob) -> None:
        head, *tail = map(re.escape, command.literals)
        last = len(tail) - 1
        ends = [
            f"(.*){t}" if i == last and not t else f"(.*?){t}"
            for i, t in enumerate(tail)
        ]
        self.extract(command, re.compile(head + "".join(ends), re.DOTALL))

    def parseregex(self, command: tree.ParseRegex) -> None:
        self.extract(command, re.compile(command.pattern.pattern))

    def extract(
        self, command: tree.ParseGlob | tree.ParseRegex, pattern: re.Pattern[str]
    ) -> None:
        for row in self.rows:
            text = text_of(evaluate(command.subject, row))
            found = pattern.search(text) if text is not None else None
            for index, name in enumerate(command.names):
                value = None
                if found:
                    named = isinstance(command, tree.ParseRegex)
                    value = found[name if named else index + 1]
                row.values[name] = value
                if not self.displayed:
                    row.shown[name] = value

    def stats(self, command: tree.StatsCommand) -> None:
        groups: dict[tuple[str | None, ...], list[Row]] = {}
        for row in self.rows:
            key = tuple(text_of(evaluate(c.value, row)) for c in command.groups)
            groups.setdefault(key, []).append(row)
        self.rows = [self.summed(command, rows) for rows in groups.values()]
        for column in reversed(command.groups):
            name = column.name
            self.rows = arranged(self.rows, lambda row: row.values[name], False)  # noqa: B023, FBT003
        self.bare = self.displayed = False

    def summed(self, command: tree.StatsCommand, rows: list[Row]) -> Row:
        values = {c.name: evaluate(c.value, rows[0]) for c in command.groups}
        values |= {c.name: folded(c.value, rows) for c in command.aggregates}
        return Row(None, values, dict(values))


def answer(
    query: str | tree.InsightsQuery, events: Sequence[Event]
) -> list[list[dict[str, str]]]:
    """The results of a query: rows of fields in order, without `@ptr`."""
    if isinstance(query, str):
        query = parse(query)
    return Answering(events).run(query)
