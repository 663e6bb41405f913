"""Exercise: the view that begins a segment inside the middleware's."""

from __future__ import annotations

import pandas as pd
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
from lab_helpers.exercises.checking.xray import (
    arrived,
    listening,
    metadata,
    visit,
    with_view,
)
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

CHOSEN = ["marisol", "tor_b"]


def check(names: Namespace, context: Context) -> None:
    """A visit is one segment with the subsegment `choose`, and answered as before."""
    app = with_view(create_app(pace=0), "/api/picks", function_in(names, "picks"))
    XRayMiddleware(app, xray_recorder)
    trace_id = context.fresh_xray_trace()
    with listening(xray_recorder) as emitted:
        try:
            answer = visit(app, "/api/picks", trace_id).get_json(silent=True)
        except Miss as miss:
            raise Miss(_with_middleware(str(miss))) from None
    _judge_segments(arrived(context, trace_id, emitted, extra=["metadata"]))
    if answer != {"picks": CHOSEN}:
        raise Miss(
            f"the visitor gets {answer!r}, not {{'picks': {CHOSEN!r}}}; repair the "
            "segments and leave what the view answers"
        )


def _with_middleware(reason: str) -> str:
    if "put_http_meta" not in reason:
        return reason
    return (
        f"{reason}; if the view ends a segment, the middleware finds none to finish, "
        "and its hook raises"
    )


def _judge_segments(rows: pd.DataFrame) -> None:
    below = rows[rows["parent_id"].notna()]
    subsegments = ", ".join(map(repr, below["name"])) or "none"
    if "choose" not in set(below["name"]):
        raise Miss(
            f"the segment arrived; its subsegments are {subsegments}, not 'choose'"
        )
    if len(below) > 1:
        raise Miss(f"one subsegment is enough; there are {subsegments}")
    chosen = metadata(below.iloc[0]).get("chosen")
    if chosen != CHOSEN:
        raise Miss(
            f"the metadata chosen of 'choose' is {chosen!r}, not {CHOSEN!r}; a repair "
            "keeps what the view recorded"
        )


PICKS = """\
def picks():
    chosen = ["marisol", "tor_b"]
    with xray_recorder.in_subsegment("choose") as subsegment:
        subsegment.put_metadata("chosen", chosen)
    return {"picks": chosen}
"""
PUT = '        subsegment.put_metadata("chosen", chosen)\n'

BUG = """\
def picks():
    chosen = ["marisol", "tor_b"]
    xray_recorder.begin_segment("picks")
    subsegment = xray_recorder.begin_subsegment("choose")
    subsegment.put_metadata("chosen", chosen)
    return {"picks": chosen}
"""
BEGIN = '    xray_recorder.begin_segment("picks")\n'

EXERCISE = Exercise(
    name="find_the_lost_segment",
    title="Find the lost segment",
    answer=("picks",),
    check=check,
    hints=(
        "Under the middleware the segment is already open. A view only adds to it.",
        "A recorder's in_subsegment(name) is a context manager: what it begins it also "
        "ends.",
        'with xray_recorder.in_subsegment("choose") as subsegment:',
    ),
    solution=PICKS,
    lesson="One request, one segment; everything of your own is a subsegment in it.",
    right={
        "begun and ended": instead(
            BUG,
            (BEGIN, ""),
            ("    return", "    xray_recorder.end_subsegment()\n    return"),
        ),
        "by a decorator": """\
@xray_recorder.capture("choose")
def choose(chosen):
    xray_recorder.current_subsegment().put_metadata("chosen", chosen)


def picks():
    chosen = ["marisol", "tor_b"]
    choose(chosen)
    return {"picks": chosen}
""",
    },
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
            "the middleware finds none to finish",
        ),
        "a subsegment left open": Wrong(
            instead(BUG, (BEGIN, "")),
            "so 'kittiwake', the segment around it, is never sent",
        ),
        "another name": Wrong(
            instead(PICKS, ('"choose"', '"picks"')),
            "its subsegments are 'picks', not 'choose'",
        ),
        "one more subsegment": Wrong(
            instead(
                PICKS,
                (PUT, f'{PUT}        xray_recorder.begin_subsegment("more")\n'),
                (
                    "    return",
                    "    xray_recorder.end_subsegment()\n    return",
                ),
            ),
            "one subsegment is enough",
        ),
        "the metadata dropped": Wrong(
            instead(PICKS, (PUT, "        pass\n")),
            "the metadata chosen of 'choose' is None",
        ),
        "another answer": Wrong(
            instead(PICKS, ('{"picks": chosen}', "{}")),
            "the visitor gets {}, not {'picks': ['marisol', 'tor_b']}",
        ),
        "no answer": Wrong(
            instead(PICKS, ('    return {"picks": chosen}\n', "")),
            "picks returns None; a view returns what the visitor gets",
        ),
    },
)
