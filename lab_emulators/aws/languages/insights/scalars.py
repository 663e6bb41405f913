"""The functions of one row, each as expressions of the store."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from ipaddress import IPv4Network, ip_network

from lab_emulators.aws.languages.insights.times import ceiling, floored
from lab_emulators.aws.languages.insights.values import (
    InsightsValue,
    ValueKind,
    chosen,
    condition,
    first_there,
    moment,
    number,
    numeric,
    texted,
    textual,
    truth,
)
from lab_emulators.store import ColumnType
from lab_emulators.store.query import (
    FALSE,
    Expr,
    JsonKind,
    Literal,
    Op,
    absent,
    all_of,
    any_of,
    case,
    definite,
    joined,
    json_is,
    json_scalar,
    literal,
    negate,
    predicate,
    present,
    real,
    text,
    whole,
)

BLANKS = " \t\n\r\f\v"
_ALL = 2**31 - 1
_HOLDER = "v"


def _numeric(op: Op) -> Callable[..., InsightsValue]:
    return lambda *args: numeric(real(op, *map(number, args)))


def _trimmed(op: Op) -> Callable[..., InsightsValue]:
    def trim(
        value: InsightsValue, blanks: InsightsValue | None = None
    ) -> InsightsValue:
        letters = literal(BLANKS) if blanks is None else texted(blanks)
        return textual(text(op, texted(value), letters))

    return trim


def _textual(op: Op) -> Callable[..., InsightsValue]:
    return lambda *args: textual(text(op, *map(texted, args)))


def _test(op: Op) -> Callable[..., InsightsValue]:
    return lambda *args: truth(predicate(op, *map(texted, args)))


def _round(value: InsightsValue, digits: InsightsValue | None = None) -> InsightsValue:
    """Rounds half away from zero."""
    decimals = literal(0.0) if digits is None else number(digits)
    return numeric(real(Op.ROUND, number(value), decimals))


def _case(*args: InsightsValue) -> InsightsValue:
    """Condition, value, …, and perhaps a last value."""
    pairs = zip(args[:-1:2], args[1::2], strict=False)
    branches = [(condition(when), value) for when, value in pairs]
    return chosen(branches, args[-1] if len(args) % 2 else None)


def _is_numeric(value: InsightsValue) -> InsightsValue:
    return truth(present(number(value)))


def _message_size(value: InsightsValue) -> InsightsValue:
    return InsightsValue(
        ValueKind.NUMBER, real(Op.TO_FLOAT, whole(Op.BYTES, texted(value)))
    )


def _length(value: InsightsValue) -> InsightsValue:
    return InsightsValue(
        ValueKind.NUMBER, real(Op.TO_FLOAT, whole(Op.LENGTH, texted(value)))
    )


def _parsed(value: InsightsValue) -> InsightsValue:
    """A map or list; text that is neither is absent."""
    document = texted(value)
    container = _container(document)
    some = any_of(
        json_is(container, kind, [_HOLDER])
        for kind in (JsonKind.OBJECT, JsonKind.ARRAY)
    )
    return InsightsValue(
        ValueKind.STRUCTURE, case([(some, document)], absent(ColumnType.STRING))
    )


def member(structure: InsightsValue, paths: Iterable[Sequence[str]]) -> InsightsValue:
    """The value at a path into a map or list."""
    inside = [[_HOLDER, *path] for path in paths]
    return textual(json_scalar(_container(structure.expr), *inside))


def _container(document: Expr) -> Expr:
    """The document as a member of an object: only objects are read."""
    start, end = literal(f'{{"{_HOLDER}":'), literal("}")
    whole_ = text(Op.CONCAT, start, document, end)
    return case([(present(document), whole_)], absent(ColumnType.STRING))


def _is_empty(value: InsightsValue) -> InsightsValue:
    string = texted(value)
    return truth(any_of([negate(present(string)), _eq(string, "")]))


def _is_blank(value: InsightsValue) -> InsightsValue:
    string = text(Op.TRIM, texted(value), literal(BLANKS))
    return truth(any_of([negate(present(string)), _eq(string, "")]))


def _eq(one: Expr, other: str) -> Expr:
    return predicate(Op.EQ, one, literal(other))


def _concat(*values: InsightsValue) -> InsightsValue:
    return textual(joined([texted(value) for value in values]))


def _substring(
    value: InsightsValue, start: InsightsValue, length: InsightsValue | None = None
) -> InsightsValue:
    count = literal(_ALL) if length is None else _index(length)
    begin = _index(start)
    return textual(text(Op.SUBSTRING, texted(value), begin, count))


def _index(value: InsightsValue) -> Expr:
    bounded = real(Op.LEAST, number(value), literal(float(_ALL)))
    known = whole(Op.TO_INTEGER, real(Op.GREATEST, bounded, literal(0.0)))
    return case([(present(number(value)), known)], absent(ColumnType.INTEGER))


def _contains(
    value: InsightsValue, part: InsightsValue, ignore_case: InsightsValue | None = None
) -> InsightsValue:
    one, other = texted(value), texted(part)
    contains = predicate(Op.CONTAINS, one, other)
    if ignore_case is None:
        return truth(contains)
    low = predicate(Op.CONTAINS, text(Op.LOWER, one), text(Op.LOWER, other))
    return truth(case([(condition(ignore_case), low)], contains))


def _is_v4(value: Expr) -> Expr:
    return present(text(Op.IPV4_HEX, value))


def _is_v6(value: Expr) -> Expr:
    return present(text(Op.IPV6_HEX, value))


def _valid_ip(*checks: Callable[[Expr], Expr]) -> Callable[..., InsightsValue]:
    return lambda value: truth(
        definite(any_of(check(texted(value)) for check in checks))
    )


def _in_subnet(*versions: int) -> Callable[..., InsightsValue]:
    def check(value: InsightsValue, subnet: InsightsValue) -> InsightsValue:
        written = subnet.expr.value if isinstance(subnet.expr, Literal) else None
        net = ip_network(str(written), strict=False)
        if net.version not in versions:
            return truth(FALSE)
        op = Op.IPV4_HEX if isinstance(net, IPv4Network) else Op.IPV6_HEX
        address = text(op, texted(value))
        ends = (net.network_address, net.broadcast_address)
        first, last = (literal(end.packed.hex()) for end in ends)
        inside = [predicate(Op.GE, address, first), predicate(Op.LE, address, last)]
        return truth(definite(all_of(inside)))

    return check


SCALARS: Mapping[str, Callable[..., InsightsValue]] = {
    "abs": _numeric(Op.ABS),
    "ceil": _numeric(Op.CEIL),
    "floor": _numeric(Op.FLOOR),
    "greatest": _numeric(Op.GREATEST),
    "least": _numeric(Op.LEAST),
    "log": _numeric(Op.LN),
    "sqrt": _numeric(Op.SQRT),
    "round": _round,
    "tonumber": lambda value: numeric(number(value)),
    "datefloor": floored,
    "dateceil": ceiling,
    "frommillis": lambda value: moment(number(value)),
    "tomillis": lambda value: InsightsValue(ValueKind.NUMBER, number(value)),
    "ispresent": lambda value: truth(present(value.expr)),
    "coalesce": lambda *values: first_there(values),
    "case": _case,
    "if": _case,
    "isnumeric": _is_numeric,
    "messagesize": _message_size,
    "jsonparse": _parsed,
    "jsonstringify": lambda value: textual(value.expr),
    "isvalidip": _valid_ip(_is_v4, _is_v6),
    "isvalidipv4": _valid_ip(_is_v4),
    "isvalidipv6": _valid_ip(_is_v6),
    "isipinsubnet": _in_subnet(4, 6),
    "isipv4insubnet": _in_subnet(4),
    "isipv6insubnet": _in_subnet(6),
    "isempty": _is_empty,
    "isblank": _is_blank,
    "concat": _concat,
    "ltrim": _trimmed(Op.TRIM_LEFT),
    "rtrim": _trimmed(Op.TRIM_RIGHT),
    "trim": _trimmed(Op.TRIM),
    "strlen": _length,
    "toupper": _textual(Op.UPPER),
    "tolower": _textual(Op.LOWER),
    "substr": _substring,
    "replace": _textual(Op.REPLACE),
    "strcontains": _contains,
    "startswith": _test(Op.STARTS),
    "endswith": _test(Op.ENDS),
}
"""Every function of one row but bin and now, by its name in the tree."""
