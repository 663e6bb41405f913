"""Exercise: the view that begins a segment inside the middleware's."""

from __future__ import annotations

from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware

from lab_helpers.app import create_app
from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.xray import arrived, listening, visit, with_view
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss


def check(names: Namespace, context: Context) -> None:
    """A visit to the view is one segment with the subsegment `choose` in it."""
    app = with_view(create_app(pace=0), "/api/picks", function_in(names, "picks"))
    XRayMiddleware(app, xray_recorder)
    trace_id = context.fresh_xray_trace()
    with listening(xray_recorder) as emitted:
        try:
            visit(app, "/api/picks", trace_id)
        except Miss as miss:
            raise Miss(
                f"{miss}; if the view ends a segment, the middleware finds none to "
                "finish, and its hook raises"
            ) from None
    rows = arrived(context, trace_id, emitted)
    below = rows[rows["parent_id"].notna()]
    if "choose" not in set(below["name"]):
        subsegments = ", ".join(map(repr, below["name"])) or "none"
        raise Miss(
            f"the segment arrived; its subsegments are {subsegments}, not 'choose'"
        )


PICKS = """\
def picks():
    chosen = ["marisol", "tor_b"]
    with xray_recorder.in_subsegment("choose") as subsegment:
        subsegment.put_metadata("chosen", chosen)
    return {"picks": chosen}
"""

BUG = """\
def picks():
    chosen = ["marisol", "tor_b"]
    xray_recorder.begin_segment("picks")
    subsegment = xray_recorder.begin_subsegment("choose")
    subsegment.put_metadata("chosen", chosen)
    return {"picks": chosen}
"""

EXERCISE = Exercise(
    name="find_the_lost_segment",
    title="Find the lost segment",
    answer=("picks",),
    check=check,
    hints=(
        "Under the middleware the segment is already open. A view only adds to it.",
        'xray_recorder.in_subsegment("choose") is a context manager: what it begins it '
        "also ends.",
    ),
    solution=PICKS,
    lesson="One request, one segment; everything of your own is a subsegment in it.",
    wrong={
        "as it was": Wrong(
            BUG, "so 'picks', the segment around it, is never sent; and"
        ),
        "only the subsegment is ended": Wrong(
            instead(
                BUG,
                ("    return", "    xray_recorder.end_subsegment()\n    return"),
            ),
            "'picks' left in a trace of its own",
        ),
        "both are ended": Wrong(
            instead(
                BUG,
                (
                    "    return",
                    "    xray_recorder.end_subsegment()\n"
                    "    xray_recorder.end_segment()\n    return",
                ),
            ),
            "answered with 500",
        ),
        "a subsegment left open": Wrong(
            instead(BUG, ('    xray_recorder.begin_segment("picks")\n', "")),
            "so 'kittiwake', the segment around it, is never sent",
        ),
    },
)
