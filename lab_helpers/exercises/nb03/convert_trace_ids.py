"""Exercise: one trace id, written two ways."""

from __future__ import annotations

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

BEGINNINGS = ("5", "1111a", "00c", "5eca1ab1")
"""Digits that ids of the check begin with.

Ones are taken for the version, zeros are lost in a number, and a 1 at the end of the
second part stands in front of a hyphen, as the version does.
"""


def check(names: Namespace, context: Context) -> None:
    """Both functions, on ids made for this check that begin in four ways."""
    to_xray, to_w3c = function_in(names, "to_xray"), function_in(names, "to_w3c")
    for beginning in BEGINNINGS:
        random = context.fresh_trace().trace_id
        plain = beginning + random[len(beginning) :]
        xray_id = f"1-{plain[:8]}-{plain[8:]}"
        _judge_to_xray(plain, to_xray(plain), xray_id)
        _judge_to_w3c(xray_id, to_w3c(xray_id), plain)


def _judge_to_xray(plain: str, answer: object, expected: str) -> None:
    if answer == expected:
        return
    if not isinstance(answer, str):
        raise Miss(f"to_xray({plain!r}) gives {described(answer)}; an id is a str")
    said = f"to_xray({plain!r}) gives {answer!r}"
    parts = answer.split("-")
    if len(parts) != 3:
        raise Miss(f"{said}; an id of X-Ray has three parts: 1, then 8 digits, then 24")
    lengths = [len(part) for part in parts]
    if lengths != [1, 8, 24]:
        raise Miss(f"{said}: its parts are {lengths} digits long, not [1, 8, 24]")
    raise Miss(f"{said}: the parts are as long as they should be, but digits changed")


def _judge_to_w3c(xray_id: str, answer: object, expected: str) -> None:
    if answer == expected:
        return
    if not isinstance(answer, str):
        raise Miss(f"to_w3c({xray_id!r}) gives {described(answer)}; an id is a str")
    said = f"to_w3c({xray_id!r}) gives {answer!r}"
    if len(answer) < 32:
        raise Miss(
            f"{said}: {32 - len(answer)} of the 32 digits are lost; the version is one "
            "1 at the very start, and every other 1 or 0 belongs to the id"
        )
    raise Miss(f"{said}; it should give {expected!r}")


CONVERT = '''
def to_xray(trace_id):
    """X-Ray's form of a W3C trace id of 32 digits."""
    return f"1-{trace_id[:8]}-{trace_id[8:]}"


def to_w3c(trace_id):
    """The 32 digits of a trace id in X-Ray's form."""
    return trace_id[2:].replace("-", "")
'''
BACK = 'trace_id[2:].replace("-", "")'

EXERCISE = Exercise(
    name="convert_trace_ids",
    title="Write a trace id both ways",
    answer=("to_xray", "to_w3c"),
    check=check,
    hints=(
        "The digits are the same and in the same order; only the 1 in front and the "
        "hyphens come and go.",
        "Forward, slices and an f-string put the parts together: trace_id[:8] and "
        'trace_id[8:]. Back, trace_id.split("-") takes them apart.',
        'Forward: return f"1-{trace_id[:8]}-{trace_id[8:]}". Back: '
        'return trace_id[2:].replace("-", "").',
    ),
    solution=CONVERT,
    lesson="It is the same 128-bit number, so one trace can be looked up in both.",
    right={
        "parts joined": instead(
            CONVERT,
            (
                'f"1-{trace_id[:8]}-{trace_id[8:]}"',
                '"-".join(["1", trace_id[:8], trace_id[8:]])',
            ),
            (BACK, '"".join(trace_id.split("-")[1:])'),
        ),
        "the prefix removed": instead(
            CONVERT, (BACK, 'trace_id.removeprefix("1-").replace("-", "", 1)')
        ),
    },
    wrong={
        "the present time in front": Wrong(
            instead(CONVERT, ("{trace_id[:8]}", "{int(time.time()):08x}")),
            "digits changed",
        ),
        "split in the middle": Wrong(
            instead(CONVERT, ("[:8]", "[:16]"), ("[8:]", "[16:]")),
            "[1, 16, 16] digits long",
        ),
        "no version in front": Wrong(
            instead(CONVERT, ('f"1-', 'f"')), "has three parts: 1, then 8 digits"
        ),
        "the parts and not the id": Wrong(
            instead(CONVERT, (BACK, 'trace_id.split("-")[1:]')), "] (a list); an id is"
        ),
        "the version left in": Wrong(
            instead(CONVERT, ("trace_id[2:].replace", "trace_id.replace")),
            "; it should give '",
        ),
        "every 1 in front stripped": Wrong(
            instead(CONVERT, (BACK, 'trace_id.lstrip("1-").replace("-", "")')),
            "4 of the 32 digits are lost; the version is one 1",
        ),
        "every 1 before a hyphen removed": Wrong(
            instead(CONVERT, (BACK, 'trace_id.replace("1-", "").replace("-", "")')),
            "1 of the 32 digits are lost",
        ),
        "by way of a number": Wrong(
            instead(CONVERT, (BACK, f'format(int({BACK}, 16), "x")')),
            "2 of the 32 digits are lost",
        ),
    },
)
