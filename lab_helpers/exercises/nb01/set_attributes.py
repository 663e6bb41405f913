"""Exercise: put an attribute on the span it is about."""

from __future__ import annotations

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.in_memory import Recorded, attributes
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss


def check(ns: Namespace, context: Context) -> None:
    home_feed = function_in(ns, "home_feed")
    for items in (["first", "second", "third", "fourth"], []):
        person, run = context.fresh_id(), Recorded()
        home_feed(run.tracer, person, items)
        run.expect_parents({"GET /home": None, "load feed": "GET /home"})
        _expect_on(run, "app.person", "GET /home", person)
        _expect_on(run, "app.items", "load feed", len(items))


def _expect_on(run: Recorded, attribute: str, name: str, expected: object) -> None:
    carriers = run.carriers(attribute)
    if not carriers:
        raise Miss(
            f"no span has {attribute}; a span that has ended takes no more attributes"
        )
    if carriers != [name]:
        raise Miss(
            f"{attribute} is on {' and '.join(map(repr, carriers))}, asked for {name!r}"
            "; which span was current on the line that set it?"
        )
    value = attributes(run.span(name))[attribute]
    if value != expected:
        raise Miss(
            f"{attribute} is {value!r} ({type(value).__name__}), expected {expected!r} "
            f"({type(expected).__name__})"
        )


ATTRIBUTES = '''
def home_feed(tracer, person, items):
    """GET /home with app.person, inside it load feed with app.items."""
    with tracer.start_as_current_span("GET /home") as request:
        request.set_attribute("app.person", person)
        with tracer.start_as_current_span("load feed") as feed:
            feed.set_attribute("app.items", len(items))
'''

EXERCISE = Exercise(
    name="set_attributes",
    title="Put each attribute on the span it is about",
    answer=("home_feed",),
    check=check,
    hints=(
        "with ... as request: gives the span a name in your code, and "
        "request.set_attribute(key, value) then means that span and no other.",
        "Set app.items inside the with block of load feed, as a number: len(items).",
    ),
    solution=ATTRIBUTES,
    lesson="A span takes attributes from its start to its end, and keeps their type.",
    wrong={
        "one line too late": Wrong(
            """
def home_feed(tracer, person, items):
    with tracer.start_as_current_span("GET /home") as request:
        request.set_attribute("app.person", person)
        with tracer.start_as_current_span("load feed"):
            clock.sleep(0.001)
        trace.get_current_span().set_attribute("app.items", len(items))
""",
            "app.items is on 'GET /home', asked for 'load feed'",
        ),
        "on a span that has ended": Wrong(
            instead(
                ATTRIBUTES,
                (
                    "            feed.set_attribute(",
                    "            clock.sleep(0.001)\n        feed.set_attribute(",
                ),
            ),
            "no span has app.items",
        ),
        "a number as text": Wrong(
            instead(ATTRIBUTES, ("len(items)", "str(len(items))")),
            "app.items is '4' (str), expected 4 (int)",
        ),
    },
)
