"""The functions of one row, each as expressions of the store.

As in MySQL a null argument makes the result null, but for `concat_ws` and `if`.
"""

from collections.abc import Callable, Mapping

from lab_emulators.rollbar.languages.rql.values import (
    RqlValue,
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
    joined,
    literal,
    predicate,
    present,
    real,
    text,
    whole,
)

_FAR = 2**31 - 1


def _concat(*values: RqlValue) -> RqlValue:
    return textual(joined([texted(value) for value in values]))


def _concat_ws(separator: RqlValue, *values: RqlValue) -> RqlValue:
    between = texted(separator)
    pieces: list[Expr] = []
    parts = [texted(value) for value in values]
    for index, part in enumerate(parts):
        some = any_of(present(earlier) for earlier in parts[:index])
        joined = text(Op.CONCAT, between, part)
        pieces.append(
            case(
                [(all_of([present(part), some]), joined), (present(part), part)],
                literal(""),
            )
        )
    known = text(Op.CONCAT, *pieces)
    return textual(case([(present(between), known)], absent(ColumnType.STRING)))


def _cased(op: Op) -> Callable[..., RqlValue]:
    return lambda value: textual(text(op, texted(value)))


def _counted(op: Op) -> Callable[..., RqlValue]:
    return lambda value: whole_number(whole(op, texted(value)))


def _left(value: RqlValue, count: RqlValue) -> RqlValue:
    cut = text(Op.SUBSTRING, texted(value), literal(0), _index(count))
    return textual(_where_known([number(count)], cut))


def _right(value: RqlValue, count: RqlValue) -> RqlValue:
    content = texted(value)
    size = whole(Op.GREATEST, _index(count), literal(0))
    start = whole(Op.SUBTRACT, whole(Op.LENGTH, content), size)
    cut = text(Op.SUBSTRING, content, start, size)
    return textual(_where_known([content, number(count)], cut))


def _substring(
    value: RqlValue, position: RqlValue, count: RqlValue | None = None
) -> RqlValue:
    """SUBSTRING: positions count from 1, or from the end if negative; 0 gives none."""
    content, at = texted(value), _index(position)
    length = literal(_FAR) if count is None else _index(count)
    start = case(
        [
            (predicate(Op.GT, at, literal(0)), whole(Op.SUBTRACT, at, literal(1))),
            (
                predicate(Op.LT, at, literal(0)),
                whole(Op.ADD, whole(Op.LENGTH, content), at),
            ),
        ],
        literal(-1),
    )
    cut = case(
        [
            (
                predicate(Op.GE, start, literal(0)),
                text(Op.SUBSTRING, content, start, length),
            )
        ],
        literal(""),
    )
    known = [content, number(position), *([] if count is None else [number(count)])]
    return textual(_where_known(known, cut))


def _locate(
    part: RqlValue, value: RqlValue, position: RqlValue | None = None
) -> RqlValue:
    """LOCATE: the position of a part, counted from 1; 0 where there is none."""
    needle, content = texted(part), texted(value)
    if position is None:
        return whole_number(whole(Op.POSITION, content, needle))
    before = whole(Op.SUBTRACT, _index(position), literal(1))
    rest = text(Op.SUBSTRING, content, before, literal(_FAR))
    at = whole(Op.POSITION, rest, needle)
    inside = all_of(
        [
            predicate(Op.GE, before, literal(0)),
            predicate(Op.LE, before, whole(Op.LENGTH, content)),
            predicate(Op.GT, at, literal(0)),
        ]
    )
    index = case([(inside, whole(Op.ADD, at, before))], literal(0))
    known = all_of(present(each) for each in (needle, content, number(position)))
    return whole_number(case([(known, index)], absent(ColumnType.INTEGER)))


def _if(when: RqlValue, then: RqlValue, otherwise: RqlValue) -> RqlValue:
    kind = merged_kind([then, otherwise])
    chosen = case([(condition(when), as_kind(then, kind))], as_kind(otherwise, kind))
    return RqlValue(kind, chosen)


def _index(value: RqlValue) -> Expr:
    """The value as an integer of 32 bits, cut off towards zero."""
    bounded = real(Op.LEAST, number(value), literal(float(_FAR)))
    return whole(Op.TO_INTEGER, real(Op.GREATEST, bounded, literal(float(-_FAR))))


def _where_known(arguments: list[Expr], result: Expr) -> Expr:
    known = all_of(present(each) for each in arguments)
    return case([(known, result)], absent(ColumnType.STRING))


SCALARS: Mapping[str, Callable[..., RqlValue]] = {
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
