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
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss


def check(ns: Namespace, context: Context) -> None:
    """A list of four items and an empty one: each attribute is on its own span."""
    home_feed = function_in(ns, "home_feed")
    for items in (["first", "second", "third", "fourth"], []):
        person, run = context.fresh_id(), Recorded()
        home_feed(run.tracer, person, items)
        run.expect_parents({"GET /home": None, "load feed": "GET /home"})
        _expect_on(run, "app.person", "GET /home", person)
        _expect_on(run, "app.items", "load feed", len(items))


def _expect_on(run: Recorded, attribute: str, name: str, expected: object) -> None:
    carriers = run.carriers(attribute)
    if not carriers and expected == 0:
        raise Miss(
            f"with an empty list no span has {attribute}; 0 is a number of items, too"
        )
    if not carriers:
        raise Miss(
            f"no span has {attribute}. Is it set at all, and before its span ends? A "
            "span that has ended takes no more attributes"
        )
    if carriers != [name]:
        raise Miss(
            f"you set {attribute} on {' and '.join(map(repr, carriers))}; it belongs "
            f"on {name!r}. Which span was current on the line that set it?"
        )
    value = attributes(run.span(name))[attribute]
    if value != expected or type(value) is not type(expected):
        raise Miss(
            f"you set {attribute} to {described(value)}; {described(expected)} is right"
        )


ATTRIBUTES = '''
def home_feed(tracer, person, items):
    """GET /home with app.person, in it load feed with the number of items."""
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
        "Look at the cells above in which an attribute was set one line too late. "
        "Which with block is the line of app.items in, and which should it be in?",
        "with ... as request: gives the span a name in your code, and "
        "request.set_attribute(key, value) then means that span and no other. items "
        "is a list, and its number is len(items).",
        'with tracer.start_as_current_span("load feed") as feed: '
        'feed.set_attribute("app.items", len(items)), inside the block of GET /home, '
        'where request.set_attribute("app.person", person) stands.',
    ),
    solution=ATTRIBUTES,
    lesson="A span takes attributes from its start to its end, and keeps their type.",
    right={
        "attributes from the start": """
def home_feed(tracer, person, items):
    start = tracer.start_as_current_span
    with start("GET /home", attributes={"app.person": person}):
        with start("load feed", attributes={"app.items": len(items)}):
            clock.sleep(0.001)
""",
        "the span that is current": """
def home_feed(tracer, person, items):
    with tracer.start_as_current_span("GET /home"):
        trace.get_current_span().set_attributes({"app.person": person})
        with tracer.start_as_current_span("load feed"):
            trace.get_current_span().set_attributes({"app.items": len(items)})
""",
        "the outer span at its end": """
def home_feed(tracer, person, items):
    with tracer.start_as_current_span("GET /home") as request:
        with tracer.start_as_current_span("load feed") as feed:
            feed.set_attribute("app.items", len(items))
        request.set_attribute("app.person", person)
""",
    },
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
            "you set app.items on 'GET /home'; it belongs on 'load feed'",
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
            "you set app.items to '4' (a str); 4 (an int) is right",
        ),
        "the items themselves": Wrong(
            instead(ATTRIBUTES, ("len(items)", "items")),
            "you set app.items to ('first', 'second', 'third', 'fourth') (a tuple); 4",
        ),
        "nothing where there is nothing": Wrong(
            instead(
                ATTRIBUTES,
                (
                    "            feed.set_attribute(",
                    "            if items:\n                feed.set_attribute(",
                ),
            ),
            "0 is a number of items, too",
        ),
        "one name for two spans": Wrong(
            instead(
                ATTRIBUTES,
                ("as feed", "as request"),
                ("feed.set_attribute", "request.set_attribute"),
                (
                    '        request.set_attribute("app.person", person)\n        with',
                    "        with",
                ),
            )
            + '        request.set_attribute("app.person", person)\n',
            "no span has app.person",
        ),
    },
)
