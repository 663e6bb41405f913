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
    """The four spans are one tree, and validate has ended before save call starts."""
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
    run.expect_sequence("validate", "save call")


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
        "Look at the cell that made the trace of GET /home with the SDK: which of its "
        "with lines have the same indentation, and which span do they end up below?",
        "tracer.start_as_current_span(name), in a with line. Its span becomes the "
        "child of the span that is current when it starts: the innermost with block "
        "around it.",
        "Side by side, inside POST /calls: "
        'with tracer.start_as_current_span("validate"): clock.sleep(0.002) and, below '
        'it, with tracer.start_as_current_span("save call"):, which has a with line '
        "for INSERT inside.",
    ),
    solution=TREE,
    lesson="Indentation made the tree: the current span is the parent of the next.",
    right={
        "blocks of several spans": """
def post_call(tracer):
    span = tracer.start_as_current_span
    with span("POST /calls"):
        with span("validate"):
            pass
        with span("save call"), span("INSERT"):
            pass
""",
        "functions with a decorator": """
def post_call(tracer):
    @tracer.start_as_current_span("validate")
    def validate():
        clock.sleep(0.002)

    @tracer.start_as_current_span("INSERT")
    def insert():
        clock.sleep(0.008)

    with tracer.start_as_current_span("POST /calls"):
        validate()
        with tracer.start_as_current_span("save call"):
            insert()
""",
        "each parent handed over": """
def post_call(tracer):
    def start(name, parent):
        context = trace.set_span_in_context(parent)
        return tracer.start_span(name, context=context)

    root = tracer.start_span("POST /calls")
    start("validate", root).end()
    save = start("save call", root)
    start("INSERT", save).end()
    save.end()
    root.end()
""",
    },
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
            "the parent of 'save call' is 'validate'; it should be 'POST /calls'",
        ),
        "saves before it validates": Wrong(
            """
def post_call(tracer):
    with tracer.start_as_current_span("POST /calls"):
        with tracer.start_as_current_span("save call"):
            with tracer.start_as_current_span("INSERT"):
                clock.sleep(0.008)
        with tracer.start_as_current_span("validate"):
            clock.sleep(0.002)
""",
            "'save call' started before 'validate' had ended; 'validate' comes first",
        ),
        "inserts twice": Wrong(
            instead(
                TREE,
                (
                    "            clock.sleep(0.001)\n",
                    '            tracer.start_span("INSERT").end()\n',
                ),
            ),
            "2 finished spans are called 'INSERT'",
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
