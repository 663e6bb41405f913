"""Exercise: make a tree with the SDK."""

from __future__ import annotations

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.in_memory import Recorded
from lab_helpers.exercises.context import Context


def check(ns: Namespace, context: Context) -> None:
    run = Recorded()
    function_in(ns, "post_call")(run.tracer)
    run.expect_parents(
        {
            "POST /calls": None,
            "validate": "POST /calls",
            "save call": "POST /calls",
            "INSERT": "save call",
        }
    )


TREE = '''
def post_call(tracer):
    """POST /calls: first validate, then save call, which runs INSERT."""
    with tracer.start_as_current_span("POST /calls"):
        with tracer.start_as_current_span("validate"):
            clock.sleep(0.002)
        with tracer.start_as_current_span("save call"):
            clock.sleep(0.001)
            with tracer.start_as_current_span("INSERT"):
                clock.sleep(0.008)
'''

EXERCISE = Exercise(
    name="record_tree",
    title="Record a tree of four spans",
    answer=("post_call",),
    check=check,
    hints=(
        "A span becomes the child of the span that is current when it starts: the "
        "innermost with block around it.",
        "validate and save call stand side by side, so their with lines have the same "
        "indentation; INSERT stands one level deeper, inside save call.",
    ),
    solution=TREE,
    lesson="Indentation made the tree: the current span is the parent of the next.",
    wrong={
        "puts save call inside validate": Wrong(
            """
def post_call(tracer):
    with tracer.start_as_current_span("POST /calls"):
        with tracer.start_as_current_span("validate"):
            with tracer.start_as_current_span("save call"):
                with tracer.start_as_current_span("INSERT"):
                    clock.sleep(0.008)
""",
            "the parent of 'save call' is 'validate'",
        ),
        "starts spans that are never current": Wrong(
            """
def post_call(tracer):
    for name in ["POST /calls", "validate", "save call", "INSERT"]:
        tracer.start_span(name).end()
""",
            "in 4 traces",
        ),
        "never ends the last span": Wrong(
            instead(
                TREE,
                ('with tracer.start_as_current_span("INSERT"):', "if True:"),
                ("clock.sleep(0.008)", 'tracer.start_span("INSERT")'),
            ),
            "no finished span is called 'INSERT'",
        ),
    },
)
