"""Functions of calculated fields on text, regular expressions and written times."""

from collections.abc import Callable, Sequence

from lab_emulators.honeycomb.query.errors import SpecError
from lab_emulators.honeycomb.query.variant import Variant, spelled
from lab_emulators.store.query import (
    Op,
    any_of,
    as_float,
    coalesce,
    has_group,
    literal,
    pattern_error,
    predicate,
    real,
    text,
    whole,
)

Arguments = Sequence[Variant]
# codes DuckDB and C agree on, and what the composite ones stand for
_TIME_CODES = frozenset("aAbBdfHIjmMpSuUVwWyYZz%")
_COMPOSITES = {"D": "%m/%d/%y", "F": "%Y-%m-%d", "R": "%H:%M", "T": "%H:%M:%S"}
_COMPOSITES |= {"n": "\n", "t": "\t"}


def string(args: Arguments) -> Variant:
    """STRING(v): any value as text, empty where it is absent."""
    words = spelled(args[0])
    return Variant(text=coalesce([words, literal("")]) if words else literal(""))


def concat(args: Arguments) -> Variant:
    """CONCAT(v, …): all values as text, absent ones skipped."""
    words = [word for word in map(spelled, args) if word is not None]
    return Variant(text=text(Op.CONCAT, *words) if words else literal(""))


def text_test(op: Op) -> Callable[[Arguments], Variant]:
    """A test of two texts; false where one of them is none."""

    def build(args: Arguments) -> Variant:
        if args[0].text is None or args[1].text is None:
            return Variant.condition(any_of([]))
        return Variant.condition(predicate(op, args[0].text, args[1].text))

    return build


def length(args: Arguments) -> Variant:
    """LENGTH(s[, unit]): characters, or bytes of UTF-8."""
    unit = args[1].literal() if len(args) > 1 else "chars"
    if unit not in ("bytes", "chars"):
        raise SpecError('LENGTH takes "bytes" or "chars" as its second argument')
    if args[0].text is None:
        return Variant()
    return Variant(
        number=whole(Op.BYTES if unit == "bytes" else Op.LENGTH, args[0].text)
    )


def to_lower(args: Arguments) -> Variant:
    """TO_LOWER(s)."""
    return Variant(text=args[0].text and text(Op.LOWER, args[0].text))


def _pattern(name: str, value: Variant) -> str:
    pattern = value.literal()
    if not isinstance(pattern, str):
        raise SpecError(f"{name} takes a literal regular expression")
    fault = pattern_error(pattern)
    if fault is not None:
        raise SpecError(f"{name}: invalid regular expression: {fault}")
    return pattern


def reg_match(args: Arguments) -> Variant:
    """REG_MATCH(s, re): false where `s` is no text."""
    pattern = literal(_pattern("REG_MATCH", args[1]))
    if args[0].text is None:
        return Variant.condition(any_of([]))
    return Variant.condition(predicate(Op.MATCHES, args[0].text, pattern))


def reg_value(args: Arguments) -> Variant:
    """REG_VALUE(s, re): the first group, or the match if there is no group."""
    pattern = _pattern("REG_VALUE", args[1])
    if args[0].text is None:
        return Variant()
    group = literal(int(has_group(pattern)))
    return Variant(text=text(Op.EXTRACT, args[0].text, literal(pattern), group))


def reg_count(args: Arguments) -> Variant:
    """REG_COUNT(s, re): how many matches do not overlap."""
    pattern = literal(_pattern("REG_COUNT", args[1]))
    if args[0].text is None:
        return Variant()
    return Variant(number=whole(Op.COUNT_MATCHES, args[0].text, pattern))


def unix_timestamp(args: Arguments) -> Variant:
    """UNIX_TIMESTAMP(s): seconds of an RFC 3339 time."""
    if args[0].text is None:
        return Variant()
    return Variant(number=real(Op.PARSE_TIME, args[0].text))


def format_time(args: Arguments) -> Variant:
    """FORMAT_TIME(format, seconds): UTC, absent outside the years 1 to 9999."""
    form = args[0].literal()
    if not isinstance(form, str):
        raise SpecError("FORMAT_TIME takes a literal format")
    pattern, seconds = literal(_time_format(form)), args[1].number
    return Variant(text=seconds and text(Op.FORMAT_TIME, pattern, as_float(seconds)))


def _time_format(form: str) -> str:
    """`form` with composite codes written out; refuse codes that are not emulated."""
    if not form:
        raise SpecError("FORMAT_TIME takes a format that is not empty")
    plain, *parts = form.replace("%%", "\0").split("%")
    for part in parts:
        code = part[:1]
        if code in _COMPOSITES:
            plain += _COMPOSITES[code] + part[1:]
        elif code in _TIME_CODES:
            plain += _duckdb_code(code) + part[1:]
        else:
            raise SpecError(f"FORMAT_TIME: format code %{code} is not emulated")
    return plain.replace("\0", "%%")


def _duckdb_code(code: str) -> str:
    """A format code; for UTC DuckDB would write `+00` and nothing."""
    return {"z": "+0000", "Z": "UTC"}.get(code, f"%{code}")
