"""Exercise: cut a traceparent into its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss


def check(ns: Namespace, context: Context) -> None:
    parse = function_in(ns, "parse_traceparent")
    fresh = context.fresh_trace()
    start = fresh.traceparent.removesuffix("03")
    for flags, sampled, random in (
        ("03", True, True),
        ("01", True, False),
        ("02", False, True),
        ("00", False, False),
    ):
        fields = parse(start + flags)
        _expect_field(fields, "trace_id", fresh.trace_id, flags)
        _expect_field(fields, "parent_id", fresh.parent_id, flags)
        _expect_field(fields, "sampled", sampled, flags)
        _expect_field(fields, "random", random, flags)


def _expect_field(
    fields: Mapping[str, Any], key: str, expected: Any, flags: str
) -> None:
    if key not in fields:
        raise Miss(f"the dict has no {key!r}")
    if isinstance(expected, str) and fields[key] != expected:
        raise Miss(
            f"{key} is not the field it should be; the order is version, "
            "trace id, parent id, flags"
        )
    if fields[key] != expected:
        raise Miss(
            f"flags {flags}: {key} should be {expected}, not {fields[key]!r}; "
            "each bit of the flags says one thing, whatever the other bits say"
        )


TRACEPARENT = '''
def parse_traceparent(header):
    """The fields of a W3C traceparent header."""
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
        "flags is a number written in base 16, and each of its bits answers one "
        "question. 03 is 1 + 2: both bits are set.",
        "bits = int(flags, 16), then bool(bits & 1) for sampled, bool(bits & 2) for "
        "random.",
    ),
    solution=TRACEPARENT,
    lesson="Flags are bits: 03 is sampled and random, and 01 is sampled as well.",
    wrong={
        "compares with 01": Wrong(
            instead(TRACEPARENT, ("bool(bits & 1)", 'flags == "01"')),
            "flags 03: sampled should be True, not False",
        ),
        "anything but 00 is sampled": Wrong(
            instead(TRACEPARENT, ("bool(bits & 1)", "bits > 0")),
            "flags 02: sampled should be False, not True",
        ),
        "mixes up the ids": Wrong(
            instead(
                TRACEPARENT,
                ("version, trace_id, parent_id", "version, parent_id, trace_id"),
            ),
            "trace_id is not the field it should be",
        ),
    },
)
