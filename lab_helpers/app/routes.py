"""The HTTP side of the three services: which path asks for what."""

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
    """Find out who is calling; Problem 401 if nobody we know."""
    handle = request.headers.get(USER_HEADER, "")
    person = person_of(handle)
    if person is None:
        code = "user_unknown" if handle else "user_missing"
        raise refuse(401, code, f"Say who you are: {USER_HEADER}: <handle>.")
    g.kittiwake_viewer = person
    note_caller(person)


def viewer() -> Person:
    """Whoever is calling, once identified."""
    person: Person = g.kittiwake_viewer
    return person


def tell_facts(response: Response) -> Response:
    """Put what was found out while serving into the response's headers."""
    response.headers[FACTS_HEADER] = facts_header()
    return response


def api_routes(feed: Feed, messages: Messages) -> Blueprint:
    """What browsers and visitors call, under /api."""
    api = Blueprint("api", __name__, url_prefix="/api")
    api.before_request(identify)
    api.after_request(tell_facts)

    @api.get("/feed/home")
    def home() -> Answer:
        return jsonify(feed.home(viewer()))

    @api.get("/feed/@<handle>")
    def person(handle: str) -> Answer:
        return jsonify(feed.person(handle))

    @api.get("/calls/<uuid:call_id>")
    def call(call_id: UUID) -> Answer:
        return jsonify(feed.call(str(call_id)))

    @api.post("/calls")
    def post_call() -> Answer:
        return jsonify(feed.post(viewer(), read_object(request))), 201

    @api.post("/calls/<uuid:call_id>/replies")
    def post_reply(call_id: UUID) -> Answer:
        document = read_object(request)
        return jsonify(feed.reply(viewer(), str(call_id), document)), 201

    @api.get("/search")
    def search() -> Answer:
        return jsonify(feed.search(request.args.get("term")))

    @api.get("/notifications")
    def notifications() -> Answer:
        return jsonify(feed.notifications(viewer()))

    @api.get("/message_groups")
    def message_groups() -> Answer:
        return jsonify(messages.groups(viewer()))

    @api.get("/messages/@<handle>")
    def conversation(handle: str) -> Answer:
        return jsonify(messages.conversation(viewer(), handle))

    @api.post("/messages")
    def send() -> Answer:
        return jsonify(messages.send(viewer(), read_object(request))), 201

    return api


def feed_routes(feed: Feed) -> Blueprint:
    """What the api service asks of the feed service."""
    inner = Blueprint("feed", __name__, url_prefix="/feed")
    inner.before_request(identify)
    inner.after_request(tell_facts)

    @inner.get("/home")
    def home() -> Answer:
        return jsonify(feed.home(viewer()))

    @inner.get("/person")
    def person() -> Answer:
        return jsonify(feed.person(request.args.get("handle", "")))

    @inner.get("/calls/<uuid:call_id>")
    def call(call_id: UUID) -> Answer:
        return jsonify(feed.call(str(call_id)))

    @inner.post("/calls")
    def post_call() -> Answer:
        return jsonify(feed.post(viewer(), read_object(request))), 201

    @inner.post("/calls/<uuid:call_id>/replies")
    def post_reply(call_id: UUID) -> Answer:
        document = read_object(request)
        return jsonify(feed.reply(viewer(), str(call_id), document)), 201

    @inner.get("/search")
    def search() -> Answer:
        return jsonify(feed.search(request.args.get("term")))

    @inner.get("/notifications")
    def notifications() -> Answer:
        return jsonify(feed.notifications(viewer()))

    return inner


def messages_routes(messages: Messages) -> Blueprint:
    """What the api service asks of the messages service."""
    inner = Blueprint("messages", __name__, url_prefix="/messages")
    inner.before_request(identify)
    inner.after_request(tell_facts)

    @inner.get("/groups")
    def groups() -> Answer:
        return jsonify(messages.groups(viewer()))

    @inner.get("/page")
    def conversation() -> Answer:
        return jsonify(messages.conversation(viewer(), request.args.get("with", "")))

    @inner.post("")
    def send() -> Answer:
        return jsonify(messages.send(viewer(), read_object(request))), 201

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
    found = []
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if rule.endpoint != "static":
                found.append((rule.rule, method))
    return [f"{method} {path}" for path, method in sorted(found)]
