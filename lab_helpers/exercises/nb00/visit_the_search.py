"""A first visit whose trace the check can find."""

from __future__ import annotations

from opentelemetry.sdk.trace import TracerProvider

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.otlp import still_served
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.diagnosis.chain import diagnose
from lab_helpers.exercises.verdict import Miss

ROUTE = "/api/search"


def check_visit(names: Namespace, context: Context) -> None:
    """The visit, made in a fresh trace, arrives as a search that found its page."""
    provider, url = names["provider"], still_served(names["server"])
    fresh = context.fresh_trace()
    function_in(names, "visit")(fresh.headers)
    if isinstance(provider, TracerProvider):
        provider.force_flush()
    frame = context.trace(
        fresh.trace_id,
        extra=["http.route", "http.status_code", "http.target"],
        diagnose=lambda: (
            "did you pass `headers` on? If you did:\n"
            f"{diagnose(provider, url=url, dataset='kittiwake')}"
        ),
    )
    request = frame[frame["kind"] == "server"].iloc[0]
    if request["http.route"] != ROUTE:
        raise Miss(f"your visit went to {request['http.route']}, not to {ROUTE}")
    if request["http.status_code"] != 200:
        raise Miss(
            f"the search page answered {request['http.status_code']:.0f}; the word to "
            "search for goes into params as term"
        )
    if "term=ferry" not in str(request["http.target"]):
        raise Miss("you searched for something else than ferry")


VISIT = """\
def visit(headers):
    requests.get(
        f"{server.url}/api/search",
        params={"term": "ferry"},
        headers={**marisol, **headers},
    )
"""

EXERCISE = Exercise(
    name="visit_the_search",
    title="Visit the search page",
    answer=("visit",),
    check=check_visit,
    hints=(
        "The first argument is a URL: server.url followed by the path.",
        'params is a dictionary: {"term": "ferry"}.',
    ),
    solution=VISIT,
    lesson="The check found your visit in Honeycomb, by the trace id it gave you.",
    wrong={
        "the home feed": Wrong(
            instead(VISIT, ("/api/search", "/api/feed/home")), "went to /api/feed/home"
        ),
        "no word": Wrong(
            instead(VISIT, ('        params={"term": "ferry"},\n', "")), "answered 422"
        ),
        "headers left out": Wrong(
            instead(VISIT, ("{**marisol, **headers}", "marisol")), "pass `headers` on"
        ),
    },
)
