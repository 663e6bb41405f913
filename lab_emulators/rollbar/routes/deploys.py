"""Deploys reported and read (docs.rollbar.com, "Deploys")."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify

from lab_emulators.rollbar import errors, query_parameters
from lab_emulators.rollbar.auth import require
from lab_emulators.rollbar.config import TokenScope
from lab_emulators.rollbar.context import config
from lab_emulators.rollbar.languages.rql.deploys import COLUMNS, ID, LATEST, TABLE
from lab_emulators.rollbar.request_body import authorized_fields
from lab_emulators.rollbar.routes import result
from lab_emulators.store import Batch, Row, Store
from lab_emulators.store.query import By, Column, EventTime, Expr, Pipeline, Rows, Sort
from lab_emulators.web.flask_app import EXTENSION

PAGE = 20
MAX_PAGE = 100
STATUSES = ("started", "succeeded", "failed", "timed_out")
LONGEST = {
    "environment": 255,
    "revision": 255,
    "local_username": 255,
    "rollbar_username": 255,
    "rollbar_name": 255,
    "comment": 10_000,
}
"""Texts of a deploy and how long they may be (our choice); `rollbar_name` is what
some tools call the user's name."""
CHANGEABLE = ("status", "comment")
_DEPLOYS = "rollbar deploys"
_END_NS = 2**63 - 1

blueprint = Blueprint("deploys", __name__, url_prefix="/api/1")


@dataclass(frozen=True)
class Deploys:
    """The deploys in a store; each change appends the deploy anew, durably."""

    store: Store
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def all(self) -> list[dict[str, Any]]:
        """Every deploy as it stands, the newest first; times in seconds."""
        columns: dict[str, Expr] = {"start_ns": EventTime()}
        columns |= {name: Column(name, kind) for name, kind in COLUMNS.items()}
        steps = (*LATEST, Sort((By(ID, descending=True),)))
        with self.store.reader() as reader:
            info = reader.table(TABLE)
            rows = Rows(() if info is None else (info,), COLUMNS, 0, _END_NS)
            table = reader.run(Pipeline(rows, steps, columns)).table
        records: list[dict[str, Any]] = table.to_pylist()
        return records

    def find(self, identity: int) -> dict[str, Any] | None:
        """The deploy of that id, None if there is none."""
        return next((one for one in self.all() if one["id"] == identity), None)

    def add(self, fields: Mapping[str, Any], now_ns: int) -> int:
        """Records a new deploy; returns its id."""
        with self._lock:
            last = max((one["id"] for one in self.all()), default=0)
            self._append({**fields, "id": last + 1, "version": 1}, now_ns)
            return int(last + 1)

    def change(self, identity: int, fields: Mapping[str, Any]) -> dict[str, Any] | None:
        """Changes a deploy and returns it as it is then; None if there is none."""
        with self._lock:
            deploy = self.find(identity)
            if deploy is None:
                return None
            deploy |= {**fields, "version": deploy["version"] + 1}
            self._append(deploy, deploy["start_ns"])
            return deploy

    def _append(self, deploy: Mapping[str, Any], start_ns: int) -> None:
        there = {name: deploy.get(name) for name in COLUMNS}
        values = {name: value for name, value in there.items() if value is not None}
        row = Row(start_ns, 1, values)
        self.store.append([Batch.from_rows(TABLE, TABLE, [row])])


@blueprint.record_once
def _prepare(state: Any) -> None:
    app: Flask = state.app
    app.extensions[_DEPLOYS] = Deploys(app.extensions[EXTENSION].store)


def deploys() -> Deploys:
    """The deploys behind the current request."""
    current: Deploys = current_app.extensions[_DEPLOYS]
    return current


@blueprint.post("/deploy")
def report_deploy() -> Response:
    """`POST /deploy`: a deploy has begun or, without `status`, succeeded."""
    body = authorized_fields(TokenScope.POST_SERVER_ITEM)
    fields = _texts(body)
    for name in ("environment", "revision"):
        if not fields.get(name):
            raise errors.invalid(f"{name}: is required")
    fields["status"] = _status(body.get("status") or "succeeded", 422)
    now_ns = config().clock()
    fields |= _finish(fields["status"], now_ns)
    return jsonify({"err": 0, "data": {"deploy_id": deploys().add(fields, now_ns)}})


@blueprint.patch("/deploy/<int:identity>")
def change_deploy(identity: int) -> Response:
    """`PATCH /deploy/{id}`: how it ended; 409 where that is no state of a deploy."""
    body = authorized_fields(TokenScope.POST_SERVER_ITEM)
    for name in body:
        if name not in CHANGEABLE and name != "deploy_id":
            raise errors.RollbarError(409, f"{name}: not a field that can be changed")
    fields = _texts(body)
    if "status" in body:
        fields["status"] = _status(body["status"], 409)
        fields |= _finish(fields["status"], config().clock())
    if not fields:
        raise errors.RollbarError(409, "nothing to change: status, comment")
    deploy = deploys().change(identity, fields)
    if deploy is None:
        raise errors.not_found()
    return result(_shape(deploy))


@blueprint.get("/deploys")
def list_deploys() -> Response:
    """`GET /deploys`: the newest first, in pages of 20."""
    require(TokenScope.READ)
    query_parameters.only("page", "limit", "environment")
    page = query_parameters.whole("page", 1)
    size = query_parameters.whole("limit", PAGE, most=MAX_PAGE)
    environments = query_parameters.several("environment")
    matches = [
        _shape(one)
        for one in deploys().all()
        if not environments or one["environment"] in environments
    ]
    selection = matches[(page - 1) * size : page * size]
    return result({"page": page, "deploys": selection})


@blueprint.get("/deploy/<int:identity>")
def show_deploy(identity: int) -> Response:
    """`GET /deploy/{id}`."""
    require(TokenScope.READ)
    deploy = deploys().find(identity)
    if deploy is None:
        raise errors.not_found()
    return result(_shape(deploy))


def _texts(body: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in body.items():
        if name in LONGEST and value is not None:
            if not isinstance(value, str) or len(value) > LONGEST[name]:
                expected = f"a text of at most {LONGEST[name]} characters"
                raise errors.invalid(f"{name}: {value!r} is not {expected}")
            fields["rollbar_username" if name == "rollbar_name" else name] = value
        elif name not in LONGEST and name not in ("status", "deploy_id"):
            raise errors.invalid(f"{name}: not a field of a deploy")
    return fields


def _status(value: Any, status: int) -> str:
    if value not in STATUSES:
        message = f"status: {value!r} is not one of {', '.join(STATUSES)}"
        raise errors.RollbarError(status, message)
    return str(value)


def _finish(status: str, now_ns: int) -> dict[str, int | None]:
    return {"finish_time": None if status == "started" else now_ns // 10**9}


def _shape(deploy: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "environment", "revision", "local_username", "comment", "status")
    return {
        **{name: deploy[name] for name in names},
        "project_id": config().project_id,
        "user_id": deploy["user_id"],
        "start_time": deploy["start_ns"] // 10**9,
        "finish_time": deploy["finish_time"],
    }
