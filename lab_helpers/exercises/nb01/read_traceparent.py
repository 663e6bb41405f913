"""Exercise: cut a traceparent into its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

_SAMPLED_BIT, _RANDOM_BIT = 1, 2
# Beyond the four that exist today: 09 and 0b have a bit that no version of the standard
# uses yet, 0b is no number in base 10, and 11 is 17, another number there than here.
_FLAGS = ("03", "01", "02", "00", "09", "11", "0b")


def check(ns: Namespace, context: Context) -> None:
    """The four fields are found, whatever else is in the flags."""
    parse = function_in(ns, "parse_traceparent")
    fresh = context.fresh_trace()
    start = fresh.traceparent.removesuffix("03")
    for flags in _FLAGS:
        fields = _parsed(parse, start + flags, flags)
        _expect_id(fields, "trace_id", fresh.trace_id)
        _expect_id(fields, "parent_id", fresh.parent_id)
        _expect_bit(fields, "sampled", _SAMPLED_BIT, flags)
        _expect_bit(fields, "random", _RANDOM_BIT, flags)


def _parsed(
    parse: Callable[[str], object], header: str, flags: str
) -> Mapping[str, object]:
    try:
        fields = parse(header)
    except ValueError as error:
        if "invalid literal" not in str(error):
            raise
        raise Miss(
            f"flags {flags}: your code raised ValueError: {error}. The flags are two "
            "digits in base 16, and int(text, 16) reads those"
        ) from None
    if not isinstance(fields, Mapping):
        raise Miss(f"it returned {described(fields)}, not a dict")
    for key in ("trace_id", "parent_id", "sampled", "random"):
        if key not in fields:
            there = ", ".join(map(repr, fields)) or "nothing"
            raise Miss(f"the dict has no {key!r}; it has {there}")
    return fields


def _expect_id(fields: Mapping[str, object], key: str, expected: str) -> None:
    if fields[key] != expected:
        raise Miss(
            f"your {key} is {described(fields[key])}, and {expected!r} is right; the "
            "order is version, trace id, parent id, flags"
        )


def _expect_bit(fields: Mapping[str, object], key: str, bit: int, flags: str) -> None:
    value, expected = fields[key], bool(int(flags, 16) & bit)
    if not isinstance(value, bool):
        raise Miss(
            f"flags {flags}: your {key} is {described(value)}, and {expected} "
            "is right; bool(...) makes True or False of a number"
        )
    if value != expected:
        raise Miss(
            f"flags {flags}: your {key} is {value}, and {expected} is right; each bit "
            "of the flags says one thing, whatever the other bits say"
        )


TRACEPARENT = '''
def parse_traceparent(header):
    """The ids and the two flags of a W3C traceparent header."""
    version, trace_id, parent_id, flags = header.split("-")
    bits = int(flags, 16)
    return {
        "trace_id": trace_id,
        "parent_id": parent_id,
        "sampled": bool(bits & 1),
        "random": bool(bits & 2),
    }
'''

EXERCISE = Exercise(
    name="read_traceparent",
    title="Read the four fields of a traceparent",
    answer=("parse_traceparent",),
    check=check,
    hints=(
        "Dashes separate the four fields. The last, flags, is a number written in base "
        "16, and each of its bits answers one question: 03 is 1 + 2, so both are set.",
        'header.split("-") makes four texts of it. int(flags, 16) is the number, and '
        "bits & 1 is not 0 if the first bit is set.",
        'bits = int(flags, 16), then "sampled": bool(bits & 1) and '
        '"random": bool(bits & 2).',
    ),
    solution=TRACEPARENT,
    lesson="Flags are bits: 03 is sampled and random, and 01 is sampled as well.",
    right={
        "compared with 0": """
def parse_traceparent(header):
    fields = header.split("-")
    flags = int(fields[3], base=16)
    return {
        "trace_id": fields[1],
        "parent_id": fields[2],
        "sampled": flags & 1 != 0,
        "random": flags & 2 != 0,
    }
""",
        "cut by position": """
def parse_traceparent(header):
    digits = bin(int(header[53:], 16))[2:].zfill(8)
    return {
        "trace_id": header[3:35],
        "parent_id": header[36:52],
        "sampled": digits[-1] == "1",
        "random": digits[-2] == "1",
    }
""",
        "by division": instead(
            TRACEPARENT,
            ("bool(bits & 1)", "bits % 2 == 1"),
            ("bool(bits & 2)", "bits // 2 % 2 == 1"),
        ),
    },
    wrong={
        "compares with 01": Wrong(
            instead(TRACEPARENT, ("bool(bits & 1)", 'flags == "01"')),
            "flags 03: your sampled is False, and True is right",
        ),
        "anything but 00 is sampled": Wrong(
            instead(TRACEPARENT, ("bool(bits & 1)", "bits > 0")),
            "flags 02: your sampled is True, and False is right",
        ),
        "lists the flags there are today": Wrong(
            instead(TRACEPARENT, ("bool(bits & 1)", 'flags in ("01", "03")')),
            "flags 09: your sampled is False, and True is right",
        ),
        "reads the flags in base 10": Wrong(
            instead(TRACEPARENT, ("int(flags, 16)", "int(flags)")),
            "flags 11: your random is True, and False is right",
        ),
        "reads the last digit in base 10": Wrong(
            instead(TRACEPARENT, ("int(flags, 16)", "int(flags[-1])")),
            "invalid literal for int() with base 10: 'b'. The flags are two digits in "
            "base 16, and int(text, 16) reads those",
        ),
        "numbers in place of True and False": Wrong(
            instead(TRACEPARENT, ("bool(bits & 2)", "bits & 2")),
            "your random is 2 (an int), and True is right",
        ),
        "mixes up the ids": Wrong(
            instead(
                TRACEPARENT,
                ("version, trace_id, parent_id", "version, parent_id, trace_id"),
            ),
            "your trace_id is '",
        ),
        "numbers in place of ids": Wrong(
            instead(
                TRACEPARENT, ('"trace_id": trace_id', '"trace_id": int(trace_id, 16)')
            ),
            "(an int), and '",
        ),
        "the fields in a row": Wrong(
            'def parse_traceparent(header):\n    return header.split("-")[1:]\n',
            "(a list), not a dict",
        ),
        "a field is missing": Wrong(
            instead(TRACEPARENT, ('        "random": bool(bits & 2),\n', "")),
            "the dict has no 'random'; it has 'trace_id', 'parent_id', 'sampled'",
        ),
    },
)
