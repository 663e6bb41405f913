"""The functions of one row, each as expressions of the store.

As in MySQL a null argument makes the result null, but for `concat_ws` and `if`.
"""

from collections.abc import Callable, Mapping

from lab_emulators.rollbar.languages.rql.values import (
    Value,
    as_kind,
    condition,
    merged_kind,
    number,
    texted,
    textual,
    whole_number,
)
from lab_emulators.store import ColumnType
from lab_emulators.store.query import (
    Expr,
    Op,
    absent,
    all_of,
    any_of,
    case,
    literal,
    predicate,
    present,
    real,
    text,
    whole,
)

_FAR = 2**31 - 1


def _concat(*values: Value) -> Value:
    parts = [texted(value) for value in values]
    known = all_of(present(part) for part in parts)
    joined = text(Op.CONCAT, *parts)
    return textual(case([(known, joined)], absent(ColumnType.STRING)))


def _concat_ws(separator: Value, *values: Value) -> Value:
    between = texted(separator)
    pieces: list[Expr] = []
    parts = [texted(value) for value in values]
    for place, part in enumerate(parts):
        some = any_of(present(earlier) for earlier in parts[:place])
        joined = text(Op.CONCAT, between, part)
        pieces.append(
            case(
                [(all_of([present(part), some]), joined), (present(part), part)],
                literal(""),
            )
        )
    known = text(Op.CONCAT, *pieces)
    return textual(case([(present(between), known)], absent(ColumnType.STRING)))


def _cased(op: Op) -> Callable[..., Value]:
    return lambda value: textual(text(op, texted(value)))


def _counted(op: Op) -> Callable[..., Value]:
    return lambda value: whole_number(whole(op, texted(value)))


def _left(value: Value, count: Value) -> Value:
    cut = text(Op.SUBSTRING, texted(value), literal(0), _index(count))
    return textual(_where_known([number(count)], cut))


def _right(value: Value, count: Value) -> Value:
    found = texted(value)
    kept = whole(Op.GREATEST, _index(count), literal(0))
    start = whole(Op.SUBTRACT, whole(Op.LENGTH, found), kept)
    cut = text(Op.SUBSTRING, found, start, kept)
    return textual(_where_known([found, number(count)], cut))


def _substring(value: Value, position: Value, count: Value | None = None) -> Value:
    """Positions count from 1, or from the end if negative; there is no place 0."""
    found, at = texted(value), _index(position)
    length = literal(_FAR) if count is None else _index(count)
    start = case(
        [
            (predicate(Op.GT, at, literal(0)), whole(Op.SUBTRACT, at, literal(1))),
            (
                predicate(Op.LT, at, literal(0)),
                whole(Op.ADD, whole(Op.LENGTH, found), at),
            ),
        ],
        literal(-1),
    )
    cut = case(
        [
            (
                predicate(Op.GE, start, literal(0)),
                text(Op.SUBSTRING, found, start, length),
            )
        ],
        literal(""),
    )
    known = [found, number(position), *([] if count is None else [number(count)])]
    return textual(_where_known(known, cut))


def _locate(part: Value, value: Value, position: Value | None = None) -> Value:
    """Where the part begins, counted from 1; 0 where it does not."""
    wanted, found = texted(part), texted(value)
    if position is None:
        return whole_number(whole(Op.POSITION, found, wanted))
    before = whole(Op.SUBTRACT, _index(position), literal(1))
    rest = text(Op.SUBSTRING, found, before, literal(_FAR))
    at = whole(Op.POSITION, rest, wanted)
    inside = all_of(
        [
            predicate(Op.GE, before, literal(0)),
            predicate(Op.LE, before, whole(Op.LENGTH, found)),
            predicate(Op.GT, at, literal(0)),
        ]
    )
    place = case([(inside, whole(Op.ADD, at, before))], literal(0))
    known = all_of(present(each) for each in (wanted, found, number(position)))
    return whole_number(case([(known, place)], absent(ColumnType.INTEGER)))


def _if(when: Value, then: Value, otherwise: Value) -> Value:
    kind = merged_kind([then, otherwise])
    chosen = case([(condition(when), as_kind(then, kind))], as_kind(otherwise, kind))
    return Value(kind, chosen)


def _index(value: Value) -> Expr:
    """As an integer of 32 bits, cut off towards zero."""
    bounded = real(Op.LEAST, number(value), literal(float(_FAR)))
    return whole(Op.TO_INTEGER, real(Op.GREATEST, bounded, literal(float(-_FAR))))


def _where_known(needed: list[Expr], found: Expr) -> Expr:
    known = all_of(present(each) for each in needed)
    return case([(known, found)], absent(ColumnType.STRING))


SCALARS: Mapping[str, Callable[..., Value]] = {
    "concat": _concat,
    "concat_ws": _concat_ws,
    "lower": _cased(Op.LOWER),
    "upper": _cased(Op.UPPER),
    "left": _left,
    "right": _right,
    "substring": _substring,
    "locate": _locate,
    "char_length": _counted(Op.LENGTH),
    "length": _counted(Op.BYTES),
    "if": _if,
}
"""Every function of one row but unix_timestamp, by its name in the tree."""
