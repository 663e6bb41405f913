"""Calculated fields ("derived columns") of a dataset or of the whole environment."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from lab_emulators.honeycomb import documents, errors, request_body, request_fields
from lab_emulators.honeycomb.auth import require, require_configuration_key
from lab_emulators.honeycomb.config import Permission
from lab_emulators.honeycomb.context import config
from lab_emulators.honeycomb.naming import new_id
from lab_emulators.honeycomb.query import check_expression
from lab_emulators.honeycomb.routes.datasets import ALL, in_scope, scope
from lab_emulators.honeycomb.timestamps import rfc3339
from lab_emulators.web.flask_app import empty

KIND = "calculated_fields"
_TAKEN = "A resource by that name already exists."
_NOT_FOUND = "Derived column not found"

blueprint = Blueprint("calculated_fields", __name__)


@blueprint.before_request
def _admit() -> None:
    require_configuration_key()
    require(Permission.COLUMNS)


def in_force(slug: str) -> dict[str, str]:
    """Alias to expression for queries of a dataset: its own before everyone's."""
    expressions: dict[str, str] = {}
    for owner in (ALL, slug):
        for entry in documents.every(KIND, owner):
            expressions[entry["alias"]] = entry["expression"]
    return expressions


@blueprint.get("/1/derived_columns/<dataset>")
def list_fields(dataset: str) -> Response:
    """`GET /1/derived_columns/{dataset}`: a list, or with `alias` the one."""
    entries = documents.every(KIND, scope(dataset))
    if "alias" not in request.args:
        return jsonify(entries)
    for entry in entries:
        if entry["alias"] == request.args["alias"]:
            return jsonify(entry)
    raise errors.not_found(_NOT_FOUND)


@blueprint.post("/1/derived_columns/<dataset>")
def create_field(dataset: str) -> tuple[Response, int]:
    """`POST /1/derived_columns/{dataset}`: 201; 409 duplicate; 400 bad expression."""
    slug = scope(dataset)
    members = _members(request_body.document())
    _refuse_duplicate(slug, members["alias"])
    now = rfc3339(config().clock())
    entry = {"id": new_id(), **members, "created_at": now, "updated_at": now}
    documents.put(KIND, slug, entry["id"], entry)
    return jsonify(entry), 201


@blueprint.get("/1/derived_columns/<dataset>/<identity>")
def show_field(dataset: str, identity: str) -> Response:
    """`GET /1/derived_columns/{dataset}/{id}`."""
    return jsonify(_entry(scope(dataset), identity))


@blueprint.put("/1/derived_columns/<dataset>/<identity>")
def update_field(dataset: str, identity: str) -> Response:
    """`PUT /1/derived_columns/{dataset}/{id}`: replaces all three members."""
    slug = scope(dataset)
    entry = _entry(slug, identity)
    members = _members(request_body.document())
    if members["alias"] != entry["alias"]:
        _refuse_duplicate(slug, members["alias"])
    entry |= {**members, "updated_at": rfc3339(config().clock())}
    documents.put(KIND, slug, identity, entry)
    return jsonify(entry)


@blueprint.delete("/1/derived_columns/<dataset>/<identity>")
def delete_field(dataset: str, identity: str) -> Response:
    """`DELETE /1/derived_columns/{dataset}/{id}`: 204."""
    slug = scope(dataset)
    _entry(slug, identity)
    documents.delete(KIND, slug, identity)
    return empty(204)


def _entry(slug: str, identity: str) -> dict[str, Any]:
    entry = documents.get(KIND, slug, identity)
    if entry is None:
        raise errors.not_found(_NOT_FOUND)
    return entry


def _members(body: dict[str, Any]) -> dict[str, str]:
    """Alias, expression and description of a body, checked."""
    members = {
        "alias": request_fields.text(body, "alias", 255, required=True),
        "expression": request_fields.text(body, "expression", 4095, required=True),
        "description": request_fields.text(body, "description", 255),
    }
    check_expression(members["expression"])
    return members


def _refuse_duplicate(slug: str, alias: str) -> None:
    """409 for an alias in use, as a field or (our choice) as a real column."""
    aliases = {entry["alias"] for entry in documents.every(KIND, slug)}
    columns = any(alias in info.columns for info in in_scope(slug))
    if alias in aliases or columns:
        raise errors.problem("conflict", _TAKEN)
