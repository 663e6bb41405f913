"""HTTP routes of the three services."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    g,
    jsonify,
    render_template,
    request,
)

from lab_helpers.app.facts import FACTS_HEADER, facts_header, note_caller
from lab_helpers.app.incidents import CATALOG, kind_of
from lab_helpers.app.people import PEOPLE, Person, person_of
from lab_helpers.app.problems import refuse
from lab_helpers.app.service import USER_HEADER, Feed, Messages
from lab_helpers.app.validation import read_object

Answer = Response | tuple[Response, int]


def identify() -> None:
    """Identifies the caller; Problem 401 if the account is unknown."""
    handle = request.headers.get(USER_HEADER, "")
    person = person_of(handle)
    if person is None:
        code = "user_unknown" if handle else "user_missing"
        raise refuse(401, code, f"Say who you are: {USER_HEADER}: <handle>.")
    g.kittiwake_viewer = person
    note_caller(person)


def viewer() -> Person:
    """The caller, once identified."""
    person: Person = g.kittiwake_viewer
    return person


def tell_facts(response: Response) -> Response:
    """Puts the facts of the request into the response's headers."""
    response.headers[FACTS_HEADER] = facts_header()
    return response


class FeedViews:
    """HTTP in, feed service, JSON out; the same in front of it and behind."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def home(self) -> Answer:
        return jsonify(self._feed.home(viewer()))

    def person(self, handle: str) -> Answer:
        return jsonify(self._feed.person(handle))

    def call(self, call_id: UUID) -> Answer:
        return jsonify(self._feed.call(str(call_id)))

    def post(self) -> Answer:
        return jsonify(self._feed.post(viewer(), read_object(request))), 201

    def reply(self, call_id: UUID) -> Answer:
        document = read_object(request)
        return jsonify(self._feed.reply(viewer(), str(call_id), document)), 201

    def search(self) -> Answer:
        return jsonify(self._feed.search(request.args.get("term")))

    def notifications(self) -> Answer:
        return jsonify(self._feed.notifications(viewer()))


class MessageViews:
    """HTTP in, messages service, JSON out; the same in front of it and behind."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    def groups(self) -> Answer:
        return jsonify(self._messages.groups(viewer()))

    def conversation(self, handle: str) -> Answer:
        return jsonify(self._messages.conversation(viewer(), handle))

    def send(self) -> Answer:
        return jsonify(self._messages.send(viewer(), read_object(request))), 201


def _known_callers_only(name: str, prefix: str) -> Blueprint:
    routes = Blueprint(name, __name__, url_prefix=prefix)
    routes.before_request(identify)
    routes.after_request(tell_facts)
    return routes


def api_routes(feed: Feed, messages: Messages) -> Blueprint:
    """Routes for browsers and visitors, under /api."""
    api = _known_callers_only("api", "/api")
    calls, mail = FeedViews(feed), MessageViews(messages)
    api.get("/feed/home")(calls.home)
    api.get("/feed/@<handle>")(calls.person)
    api.get("/calls/<uuid:call_id>")(calls.call)
    api.post("/calls")(calls.post)
    api.post("/calls/<uuid:call_id>/replies")(calls.reply)
    api.get("/search")(calls.search)
    api.get("/notifications")(calls.notifications)
    api.get("/message_groups")(mail.groups)
    api.get("/messages/@<handle>")(mail.conversation)
    api.post("/messages")(mail.send)
    return api


def feed_routes(feed: Feed) -> Blueprint:
    """Routes of the feed service for the api service, under /feed."""
    inner, calls = _known_callers_only("feed", "/feed"), FeedViews(feed)
    inner.get("/home")(calls.home)
    inner.get("/people/<handle>")(calls.person)
    inner.get("/calls/<uuid:call_id>")(calls.call)
    inner.post("/calls")(calls.post)
    inner.post("/calls/<uuid:call_id>/replies")(calls.reply)
    inner.get("/search")(calls.search)
    inner.get("/notifications")(calls.notifications)
    return inner


def messages_routes(messages: Messages) -> Blueprint:
    """Routes of the messages service for the api service, under /messages."""
    inner, mail = _known_callers_only("messages", "/messages"), MessageViews(messages)
    inner.get("/groups")(mail.groups)
    inner.get("/with/<handle>")(mail.conversation)
    inner.post("")(mail.send)
    return inner


def lab_routes(owners: dict[str, Feed | Messages]) -> Blueprint:
    """The incident switches; `owners` are the services this process can reach."""
    lab = Blueprint("lab", __name__, url_prefix="/lab")
    kinds = [kind for kind in CATALOG if kind.service in owners]

    def describe(name: str) -> dict[str, Any]:
        kind = kind_of(name)
        on = owners[kind.service].happening(name)
        return {"name": name, "description": kind.description, "on": on}

    @lab.get("/incidents")
    def incidents() -> Answer:
        return jsonify(incidents=[describe(kind.name) for kind in kinds])

    @lab.route("/incidents/<name>", methods=["PUT", "DELETE"])
    def switch(name: str) -> Answer:
        kind = kind_of(name)
        if kind not in kinds:
            text = f"{name} happens in the {kind.service} service, not here."
            raise refuse(404, "incident_elsewhere", text)
        owners[kind.service].switch(name, on=request.method == "PUT")
        return jsonify(describe(name))

    return lab


def front_routes(service: str) -> Blueprint:
    """The plain page and the health check, which every service has."""
    front = Blueprint("front", __name__)

    @front.get("/health")
    def health() -> Answer:
        return jsonify(service=service, status="ok")

    @front.get("/")
    def page() -> Answer | str:
        paths = known_paths(current_app)
        kinds = ["application/json", "text/html"]
        if request.accept_mimetypes.best_match(kinds) == "text/html":
            return render_template(
                "kittiwake.html", service=service, paths=paths, people=PEOPLE
            )
        return jsonify(app="Kittiwake", service=service, paths=paths)

    return front


def known_paths(app: Flask) -> list[str]:
    """`METHOD /path` of everything the app answers, sorted by path."""
    operations = []
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if rule.endpoint != "static":
                operations.append((rule.rule, method))
    return [f"{method} {path}" for path, method in sorted(operations)]
