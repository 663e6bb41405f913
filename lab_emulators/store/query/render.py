"""Expressions as SQL, with every constant a bound parameter."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from lab_emulators.store.query.expr import Call, Cell, Expr, Literal, Op
from lab_emulators.store.schema.batch import ColumnType, Value

SQL_TYPES = {
    ColumnType.STRING: "VARCHAR",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.FLOAT: "DOUBLE",
    ColumnType.BOOLEAN: "BOOLEAN",
}
# what counts as a number in text, and as a time (RFC 3339, section 5.6); both go
# into templates, hence the doubled braces
NUMBER = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
RFC3339 = (
    r"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}"
    r"(\.[0-9]+)?(Z|[+-][0-9]{{2}}:[0-9]{{2}})$"
)
# a text whose order is that of its parts: digits by their count, then by value
NATURAL = (
    "CASE WHEN NOT regexp_matches({0}, '[0-9]') THEN {0} ELSE"
    " array_to_string(list_transform(regexp_extract_all({0}, '[0-9]+|[^0-9]+'),"
    " lambda part: CASE WHEN part BETWEEN '0' AND '9\U0010ffff'"
    " THEN '0' || lpad(CAST(length(part) AS VARCHAR), 8, '0') || part"
    " ELSE part END), '') END"
)
# addresses as hexadecimal digits, null where they are none; one argument, named once
IPV4_HEX = (
    "list_transform([{0}], lambda ip: CASE WHEN regexp_full_match(ip,"
    r" '((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.|$)){{4}}') AND NOT ends_with(ip, '.')"
    " THEN array_to_string(list_transform(string_split(ip, '.'), lambda part:"
    " printf('%02x', CAST(part AS INTEGER))), '') END)[1]"
)
_GROUPS = "([0-9a-f]{{1,4}}(:[0-9a-f]{{1,4}})*)?"
_SIDE = "list_filter(string_split(coalesce(string_split(ip, '::')[{0}], ''), ':'), {1})"
_LEFT, _RIGHT = (_SIDE.format(side, "lambda part: part <> ''") for side in (1, 2))
IPV6_HEX = (
    "list_transform([lower({0})], lambda ip: CASE"
    f" WHEN regexp_full_match(ip, '{_GROUPS}(::{_GROUPS})?')"
    f" AND CASE WHEN contains(ip, '::') THEN len({_LEFT}) + len({_RIGHT}) <= 7"
    f" ELSE len({_LEFT}) = 8 END"
    " THEN array_to_string(list_transform("
    f"{_LEFT} || list_resize(CAST([] AS VARCHAR[]),"
    f" 8 - len({_LEFT}) - len({_RIGHT}), '0') || {_RIGHT},"
    " lambda part: lpad(part, 4, '0')), '') END)[1]"
)

# Each argument is written once wherever possible: nested calls would otherwise
# double the statement at every level.
_TEMPLATES: dict[Op, str] = {
    Op.EQ: "({0} = {1})",
    Op.NE: "({0} <> {1})",
    Op.LT: "({0} < {1})",
    Op.LE: "({0} <= {1})",
    Op.GT: "({0} > {1})",
    Op.GE: "({0} >= {1})",
    Op.NOT: "(NOT {0})",
    Op.PRESENT: "({0} IS NOT NULL)",
    Op.FINITE: "isfinite({0})",
    Op.STARTS: "starts_with({0}, {1})",
    Op.ENDS: "ends_with({0}, {1})",
    Op.CONTAINS: "contains({0}, {1})",
    Op.MATCHES: "regexp_matches({0}, {1})",
    Op.SUBTRACT: "({0} - {1})",
    Op.DIVIDE: "({0} / nullif({1}, 0))",
    Op.MODULO: "({0} % nullif({1}, 0))",
    Op.FLOOR: "floor({0})",
    Op.LOG10: "log10(nullif(greatest({0}, 0), 0))",
    # saturates at the ends of 64 bits
    Op.TO_INTEGER: "CAST(least(greatest(trunc({0}), -9223372036854775808.0::DOUBLE),"
    " 9223372036854774784.0::DOUBLE) AS BIGINT)",
    Op.TO_FLOAT: "CAST({0} AS DOUBLE)",
    Op.PARSE_NUMBER: "try_cast(nullif(regexp_extract({0}, '" + NUMBER + "'), '')"
    " AS DOUBLE)",
    Op.LENGTH: "length({0})",
    Op.BYTES: "strlen({0})",
    Op.LOWER: "lower({0})",
    Op.CHOMP: r"regexp_replace({0}, '\n\z', '')",
    Op.EXTRACT: "CASE WHEN regexp_matches({0}, {1})"
    " THEN regexp_extract({0}, {1}, CAST({2} AS INTEGER)) END",
    Op.COUNT_MATCHES: "len(regexp_extract_all({0}, {1}))",
    Op.PARSE_TIME: "epoch(try_cast(nullif(regexp_extract({0}, '" + RFC3339 + "'), '')"
    " AS TIMESTAMPTZ))",
    # beyond these seconds (years 1 to 9999) there is no calendar to write in
    Op.TO_NUMBER: "try_cast(CASE WHEN regexp_matches({0}, '" + NUMBER + "')"
    " THEN {0} END AS DOUBLE)",
    Op.CAST_NUMBER: "try_cast({0} AS DOUBLE)",
    Op.IS_NUMERAL: "regexp_matches({0}, '" + NUMBER + "')",
    Op.FLOOR_DIVIDE: "CAST(floor({0} / {1}) AS BIGINT)",
    Op.INT_DIVIDE: "({0} // nullif({1}, 0))",
    Op.POWER: "power({0}, {1})",
    Op.ABS: "abs({0})",
    Op.CEIL: "ceil({0})",
    Op.SQRT: "CASE WHEN {0} >= 0 THEN sqrt({0}) END",
    Op.LN: "CASE WHEN {0} > 0 THEN ln({0}) END",
    Op.UPPER: "upper({0})",
    Op.TRIM: "trim({0}, {1})",
    Op.TRIM_LEFT: "ltrim({0}, {1})",
    Op.TRIM_RIGHT: "rtrim({0}, {1})",
    # from a position that counts from 0, so many characters
    Op.SUBSTRING: "substr({0}, greatest({1}, 0) + 1, greatest({2}, 0))",
    Op.REPLACE: "replace({0}, {1}, {2})",
    Op.REPLACE_MATCHES: "regexp_replace({0}, {1}, {2}, 'g')",
    # counts from 1; 0 where there is none
    Op.POSITION: "strpos({0}, {1})",
    Op.ROUND: "round({0}, try_cast({1} AS INTEGER))",
    Op.FINITE_OR_NULL: "nullif(nullif(nullif({0}, 'inf'::DOUBLE), '-inf'::DOUBLE),"
    " 'nan'::DOUBLE)",
    # milliseconds; so many months from 1970 on, or so many more
    Op.FLOOR_MONTHS: "epoch_ms(CAST(DATE '1970-01-01' + to_months(CAST(floor("
    "datediff('month', DATE '1970-01-01', make_timestamp({0} * 1000)) / {1}) * {1}"
    " AS INTEGER)) AS TIMESTAMP))",
    Op.ADD_MONTHS: "epoch_ms(make_timestamp({0} * 1000)"
    " + to_months(CAST({1} AS INTEGER)))",
    Op.NATURAL: NATURAL,
    Op.IPV4_HEX: IPV4_HEX,
    Op.IPV6_HEX: IPV6_HEX,
    Op.FORMAT_TIME: "strftime(make_timestamp(CAST(CASE WHEN {1} BETWEEN -62135596800.0"
    " AND 253402300799.0 THEN floor({1} * 1000000) END AS BIGINT)), {0})",
}
JSON_READERS = {
    Op.JSON_TEXT: "json_extract_string",
    Op.JSON_SCALAR: "json_extract_string",
    Op.JSON_KIND: "json_type",
}
_LISTS: dict[Op, tuple[str, str, str]] = {
    Op.AND: ("(", " AND ", ")"),
    Op.OR: ("(", " OR ", ")"),
    Op.ADD: ("(", " + ", ")"),
    Op.MULTIPLY: ("(", " * ", ")"),
    Op.LEAST: ("least(", ", ", ")"),
    Op.GREATEST: ("greatest(", ", ", ")"),
    Op.COALESCE: ("coalesce(", ", ", ")"),
    Op.CONCAT: ("concat(", ", ", ")"),
}

Names = Callable[[Cell], str]


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with numbered placeholders, and their values in order."""

    sql: str
    params: list[Value]


@dataclass
class Params:
    """Constants of a statement, in the order of their numbers; equal ones once."""

    values: list[Value] = field(default_factory=list)
    _numbers: dict[tuple[type, Value], int] = field(default_factory=dict)

    def bind(self, value: Value) -> str:
        """The placeholder of `value`."""
        key = (type(value), value)
        # -0.0 equals 0.0 and NaN nothing: neither may be looked up
        if isinstance(value, float) and (value == 0.0 or math.isnan(value)):
            self.values.append(value)
            return f"${len(self.values)}"
        if key not in self._numbers:
            self.values.append(value)
            self._numbers[key] = len(self.values)
        return f"${self._numbers[key]}"


@dataclass(frozen=True)
class Renderer:
    """Writes expressions; `names` says how a column is spelled where it stands.

    `known` has the spelling of calls that were computed before, None for the others.
    """

    names: Names
    params: Params
    known: Callable[[Call], str | None] = lambda call: None

    def __call__(self, expr: Expr) -> str:
        """The SQL of `expr`."""
        if isinstance(expr, Call):
            if (spelled := self.known(expr)) is not None:
                return spelled
            # map, not a comprehension: deep trees must not exhaust the stack
            return _called(expr, list(map(self, expr.args)))
        return self._literal(expr) if isinstance(expr, Literal) else self.names(expr)

    def _literal(self, node: Literal) -> str:
        kind = SQL_TYPES[node.type]
        if node.value is None:
            return f"CAST(NULL AS {kind})"
        if isinstance(node.value, bool):
            return "TRUE" if node.value else "FALSE"
        return f"CAST({self.params.bind(node.value)} AS {kind})"


def _called(node: Call, args: list[str]) -> str:
    if node.op in _LISTS:
        start, between, end = _LISTS[node.op]
        return start + between.join(args) + end
    if node.op is Op.CASE:
        return _case(args)
    if node.op in JSON_READERS:
        return f"coalesce({', '.join(_extracted(node.op, args))}, NULL)"
    if node.op is Op.IS_IN:
        return f"({args[0]} IN ({', '.join(args[1:])}))"
    if node.op is Op.TO_TEXT:
        return as_text(args[0], node.args[0].type)
    return _TEMPLATES[node.op].format(*args)


def _extracted(op: Op, args: list[str]) -> Iterator[str]:
    """One value for each path of a reader of JSON."""
    document, *paths = args
    listed = extraction(op, document, paths)
    for index, path in enumerate(paths, start=1):
        yield settled(op, document, path, f"{listed}[{index}]")


def settled(op: Op, document: str, path: str, value: str) -> str:
    """The SQL of an extracted value, in the form that `op` returns.

    A scalar is looked at again only where its text could be another type's.
    """
    if op is not Op.JSON_SCALAR:
        return value
    # all of these begin with '[' or a later character, and numbers do not
    doubtful = (
        f"{value} >= '[' AND ({value} IN ('true', 'false') "
        f"OR starts_with({value}, '{{') OR starts_with({value}, '['))"
    )
    # most values begin before all of these in the alphabet, which is cheap to see
    return (
        f"CASE WHEN {value} < '[' THEN {value} "
        f"WHEN {doubtful} THEN CASE json_type({document}, {path}) "
        f"WHEN 'BOOLEAN' THEN CASE {value} WHEN 'true' THEN '1' ELSE '0' END "
        f"WHEN 'VARCHAR' THEN {value} END ELSE {value} END"
    )


def extraction(op: Op, document: str, paths: Sequence[str]) -> str:
    """A list with one value for each path; null where there is no JSON object.

    One call for all paths reads the document once: half the time of one call each.
    """
    listed = ", ".join(paths)
    # trimming costs a third of the reading, and is hardly ever needed
    return (
        f"CASE WHEN (({document} >= '{{' AND {document} < '|') "
        f"OR starts_with(ltrim({document}, ' \t\r\n'), '{{')) "
        f"AND json_valid({document}) "
        f"THEN {JSON_READERS[op]}({document}, [{listed}]) END"
    )


def as_number(sql: str) -> str:
    """A text as a number, null where it is none."""
    return _TEMPLATES[Op.TO_NUMBER].format(sql)


def as_text(sql: str, kind: ColumnType) -> str:
    """A value of type `kind` as text; whole floats are written like integers."""
    if kind is ColumnType.STRING:
        return sql
    plain = f"CAST({sql} AS VARCHAR)"
    if kind is ColumnType.FLOAT:
        return rf"regexp_replace({plain}, '\.0$', '')"
    return plain


def _case(args: list[str]) -> str:
    pairs = zip(args[:-1:2], args[1:-1:2], strict=True)
    whens = " ".join(f"WHEN {condition} THEN {value}" for condition, value in pairs)
    return f"(CASE {whens} ELSE {args[-1]} END)"
