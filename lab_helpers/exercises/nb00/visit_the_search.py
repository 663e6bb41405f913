"""A first visit whose trace the check can find."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from opentelemetry.sdk.trace import TracerProvider
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema

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

ROUTE, TERM = "/api/search", "ferry"

_REASONS = {
    401: "nobody said who is asking; the header in `marisol` does that",
    404: "there is no such page",
    405: "that page is read with GET",
    422: "the word to search for goes into params as term",
}


def check_visit(names: Namespace, context: Context) -> None:
    """The visit, made in a fresh trace, arrives as a search for exactly that word."""
    provider, url = names["provider"], still_served(names["server"])
    fresh = context.fresh_trace()
    try:
        function_in(names, "visit")(fresh.headers)
    except (InvalidSchema, InvalidURL, MissingSchema) as error:
        raise Miss(
            f"requests refused the URL: {error} A whole URL is server.url followed by "
            "the path."
        ) from None
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
    status, target = int(request["http.status_code"]), str(request["http.target"])
    _expect_search(status, str(request["http.route"]), target)


def _expect_search(status: int, route: str, target: str) -> None:
    if status != 200:
        reason = _REASONS.get(status, "a search that works is answered with 200")
        raise Miss(f"Kittiwake answered {status} to {target}: {reason}")
    if route != ROUTE:
        raise Miss(f"your visit went to {route}, not to {ROUTE}")
    terms = parse_qs(urlsplit(target).query).get("term", [])
    if terms != [TERM]:
        raise Miss(f"you searched for {' and '.join(map(repr, terms))}, not {TERM!r}")


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
        "Look at the cell in which Marisol opened her home feed. The search has "
        "another path, and a parameter comes on top.",
        "The first argument of requests.get is a URL: server.url followed by the "
        "path. params is a dictionary from the parameter's name to its value.",
        'requests.get(f"{server.url}/api/search", params={"term": "ferry"}, '
        "headers={**marisol, **headers})",
    ),
    solution=VISIT,
    lesson="The check found your visit in Honeycomb, by the trace id it gave you.",
    right={
        "the term written into the URL": """\
def visit(headers):
    headers = {**marisol, **headers}
    requests.get(server.url + "/api/search?term=ferry", headers=headers)
""",
        "a session, and params as pairs": """\
def visit(headers):
    with requests.Session() as session:
        session.headers.update(marisol)
        path = server.url + "/api/search"
        return session.get(path, params=[("term", "ferry")], headers=headers)
""",
    },
    wrong={
        "the home feed": Wrong(
            instead(VISIT, ("/api/search", "/api/feed/home")), "went to /api/feed/home"
        ),
        "a path that does not exist": Wrong(
            instead(VISIT, ("/api/search", "/search")),
            "answered 404 to /search?term=ferry: there is no such page",
        ),
        "a path without its host": Wrong(
            instead(VISIT, ('f"{server.url}/api', '"/api')),
            "requests refused the URL: Invalid URL '/api/search'",
        ),
        "a POST": Wrong(
            instead(VISIT, ("requests.get", "requests.post")),
            "answered 405 to /api/search?term=ferry: that page is read with GET",
        ),
        "nobody asks": Wrong(
            instead(VISIT, ("{**marisol, **headers}", "headers")),
            "answered 401 to /api/search?term=ferry: nobody said who is asking",
        ),
        "no word": Wrong(
            instead(VISIT, ('        params={"term": "ferry"},\n', "")),
            "answered 422 to /api/search: the word to search for",
        ),
        "another word that begins alike": Wrong(
            instead(VISIT, ('"ferry"', '"ferryboat"')),
            "you searched for 'ferryboat', not 'ferry'",
        ),
        "headers left out": Wrong(
            instead(VISIT, ("{**marisol, **headers}", "marisol")), "pass `headers` on"
        ),
    },
)
