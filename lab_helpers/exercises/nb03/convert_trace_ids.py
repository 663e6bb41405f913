"""Exercise: one trace id, written two ways."""

from __future__ import annotations

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss


def check(names: Namespace, context: Context) -> None:
    """Both functions, on ids made for this check."""
    to_xray, to_w3c = function_in(names, "to_xray"), function_in(names, "to_w3c")
    plain = context.fresh_trace().trace_id
    xray_id = f"1-{plain[:8]}-{plain[8:]}"
    answer = to_xray(plain)
    if not isinstance(answer, str) or answer.count("-") != 2:
        raise Miss(
            f"to_xray gives {answer!r}; an id of X-Ray has three parts: 1, then 8 "
            "digits, then 24"
        )
    if answer != xray_id:
        lengths = [len(part) for part in answer.split("-")]
        if lengths == [1, 8, 24]:
            raise Miss("the parts are as long as they should be, but digits changed")
        raise Miss(f"the parts are {lengths} digits long, not [1, 8, 24]")
    back = to_w3c(xray_id)
    if back != plain:
        raise Miss(f"to_w3c({xray_id!r}) gives {back!r}; it should give {plain!r}")


CONVERT = '''
def to_xray(trace_id):
    """X-Ray's form of a W3C trace id of 32 digits."""
    return f"1-{trace_id[:8]}-{trace_id[8:]}"


def to_w3c(trace_id):
    """The 32 digits of a trace id in X-Ray's form."""
    return trace_id[2:].replace("-", "")
'''

EXERCISE = Exercise(
    name="convert_trace_ids",
    title="Write a trace id both ways",
    answer=("to_xray", "to_w3c"),
    check=check,
    hints=(
        "The digits are the same and in the same order; only separators come and go.",
        'Forward: f"1-{trace_id[:8]}-{trace_id[8:]}". Back: drop the first two '
        "characters and the remaining hyphen.",
    ),
    solution=CONVERT,
    lesson="It is the same 128-bit number, so one trace can be looked up in both.",
    wrong={
        "the present time in front": Wrong(
            instead(CONVERT, ("{trace_id[:8]}", "{int(time.time()):08x}")),
            "digits changed",
        ),
        "split in the middle": Wrong(
            instead(CONVERT, ("[:8]", "[:16]"), ("[8:]", "[16:]")),
            "[1, 16, 16] digits long",
        ),
        "the version left in": Wrong(
            instead(CONVERT, ("trace_id[2:].replace", "trace_id.replace")),
            "to_w3c(",
        ),
    },
)
