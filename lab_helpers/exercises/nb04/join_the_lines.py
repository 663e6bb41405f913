"""Exercise: every line with its span, none lost, none twice."""

from __future__ import annotations

import pandas as pd

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
    """The join of six designed lines with four spans has six rows, the right ones."""
    logs, spans, took = _designed(context)
    joined = function_in(names, "join")(logs.copy(), spans.copy())
    if not isinstance(joined, pd.DataFrame):
        kind = type(joined).__name__
        raise Miss(f"join returned {kind}, and should return a DataFrame")
    for name in ("line", "duration_ms"):
        if name not in joined:
            raise Miss(f"the result has no column {name!r}; it has {list(joined)}")
    counts = joined["line"].value_counts()
    lost = [line for line in logs["line"] if line not in counts]
    if lost:
        raise Miss(f"lines are lost: {', '.join(lost)}; which kind of join keeps them?")
    if joined["line"].isna().any():
        raise Miss("a span without a line became a row; the lines lead, not the spans")
    twice = counts.index[counts > 1]
    if len(twice):
        raise Miss(
            f"{twice[0]!r} appears {counts[twice[0]]} times; a trace has several "
            "spans, and the line was written in one of them"
        )
    durations = joined.set_index("line")["duration_ms"].to_dict()
    for line, expected in took.items():
        same = (
            pd.isna(durations[line])
            if expected is None
            else durations[line] == expected
        )
        if not same:
            raise Miss(
                f"{line!r} has duration_ms {durations[line]}; it should be "
                f"{'missing' if expected is None else expected}"
            )


def _designed(
    context: Context,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, float | None]]:
    """Lines, spans, and the duration each line should get."""
    one, two, gone = (context.fresh_trace().trace_id for _ in range(3))
    a, b, c, d = (context.fresh_trace().parent_id for _ in range(4))
    spans = pd.DataFrame(
        [(one, a, 120.0), (one, b, 80.0), (two, c, 15.0), (two, d, 9.0)],
        columns=["trace_id", "span_id", "duration_ms"],
    )
    rows: list[tuple[str, str | None, str | None, float | None]] = [
        ("request begins", one, a, 120.0),
        ("query", one, b, 80.0),
        ("request ends", one, a, 120.0),
        ("another request", two, c, 15.0),
        ("its span never came", gone, a, None),
        ("at start-up, outside any span", None, None, None),
    ]
    logs = pd.DataFrame([row[:3] for row in rows])
    logs.columns = pd.Index(["line", "trace_id", "span_id"])
    return logs, spans, {row[0]: row[3] for row in rows}


JOIN = """\
def join(logs, spans):
    return logs.merge(spans, on=["trace_id", "span_id"], how="left")
"""

EXERCISE = Exercise(
    name="join_the_lines",
    title="Join the lines to the spans",
    answer=("join",),
    check=check,
    hints=(
        "Which columns do both frames share? And which of the two frames must not "
        "lose a row?",
        "logs.merge(spans, on=[...], how=...): on names the shared columns, and how "
        'says whose rows are kept; the default, "inner", keeps only those that match.',
        'return logs.merge(spans, on=["trace_id", "span_id"], how="left")',
    ),
    solution=JOIN,
    lesson="One merge on two ids, and every line knows how long its span took.",
    right={
        "pandas' function": "import pandas as pd\n\n\n"
        + instead(JOIN, ("logs.merge(spans,", "pd.merge(logs, spans,")),
        "the spans first, the lines lead": instead(
            JOIN, ("logs.merge(spans,", "spans.merge(logs,"), ('"left"', '"right"')
        ),
        "by an index": instead(
            JOIN,
            (
                'logs.merge(spans, on=["trace_id", "span_id"], how="left")',
                'logs.join(spans.set_index(["trace_id", "span_id"]), '
                'on=["trace_id", "span_id"])',
            ),
        ),
        "the shared columns by themselves": instead(
            JOIN, ('on=["trace_id", "span_id"], ', "")
        ),
    },
    wrong={
        "a list of rows": Wrong(
            instead(JOIN, ("return ", "return list("), ('left")', 'left"))')),
            "join returned list, and should return a DataFrame",
        ),
        "the default": Wrong(instead(JOIN, (', how="left"', "")), "lines are lost"),
        "the trace id alone": Wrong(
            instead(JOIN, ('["trace_id", "span_id"]', '"trace_id"')), "appears 2 times"
        ),
        "the span id alone": Wrong(
            instead(JOIN, ('["trace_id", "span_id"]', '"span_id"')),
            "'its span never came' has duration_ms 120.0; it should be missing",
        ),
        "side by side": Wrong(
            "def join(logs, spans):\n    return logs.join(spans)\n",
            "your code raised ValueError",
        ),
        "the spans lead": Wrong(
            instead(JOIN, ('"left"', '"outer"')), "a span without a line became a row"
        ),
    },
)
