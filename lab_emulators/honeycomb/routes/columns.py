"""Columns of a dataset: list, create, change, delete."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, jsonify, request

from lab_emulators.honeycomb import documents, errors, request_body, request_fields
from lab_emulators.honeycomb.auth import require, require_configuration_key
from lab_emulators.honeycomb.config import Permission
from lab_emulators.honeycomb.context import store
from lab_emulators.honeycomb.routes.datasets import ALL, existing, in_scope
from lab_emulators.honeycomb.timestamps import rfc3339
from lab_emulators.store import ColumnExistsError, ColumnInfo, ColumnType, TableInfo
from lab_emulators.web.flask_app import empty

KEY_LENGTH = 255
_NOT_FOUND = "Column not found"
_TAKEN = "A resource by that name already exists."

blueprint = Blueprint("columns", __name__)


@blueprint.before_request
def _admit() -> None:
    require_configuration_key()
    require(Permission.COLUMNS)


def as_document(column: ColumnInfo) -> dict[str, Any]:
    """A column as the API shows it; never written shows when it was created."""
    last_ns = column.last_written_ns or column.created_ns
    return {
        "id": column.id,
        "key_name": column.key,
        "type": column.type.value,
        "description": column.properties.get("description", ""),
        "hidden": column.properties.get("hidden", False),
        "last_written": rfc3339(last_ns),
        "created_at": rfc3339(column.created_ns),
        "updated_at": rfc3339(column.updated_ns),
    }


@blueprint.get("/1/columns/<dataset>")
def list_columns(dataset: str) -> Response:
    """`GET /1/columns/{dataset}`: a list, or with `key_name` the one of that key.

    For `__all__` each key is listed once, as the first dataset that has it knows it.
    """
    columns: dict[str, ColumnInfo] = {}
    for info in in_scope(dataset):
        for key, column in info.columns.items():
            columns.setdefault(key, column)
    if "key_name" not in request.args:
        return jsonify([as_document(column) for column in columns.values()])
    single = columns.get(request.args["key_name"])
    if single is None:
        raise errors.not_found(_NOT_FOUND)
    return jsonify(as_document(single))


@blueprint.post("/1/columns/<dataset>")
def create_column(dataset: str) -> tuple[Response, int]:
    """`POST /1/columns/{dataset}`: 201; 409 when the dataset has that key."""
    info, body = existing(dataset), request_body.document()
    if body.get("key_name") in (None, ""):
        raise errors.legacy(400, "Key name cannot be blank")
    key = request_fields.text(body, "key_name", KEY_LENGTH, required=True)
    kind = _type(body) or ColumnType.STRING
    described = _described(body)
    try:
        store().create_column(info.name, key, kind, properties=described)
    except ColumnExistsError as error:
        raise errors.problem("conflict", _TAKEN) from error
    return jsonify(as_document(existing(dataset).columns[key])), 201


@blueprint.get("/1/columns/<dataset>/<identity>")
def show_column(dataset: str, identity: str) -> Response:
    """`GET /1/columns/{dataset}/{id}`."""
    return jsonify(as_document(_column(existing(dataset), identity)))


@blueprint.put("/1/columns/<dataset>/<identity>")
def update_column(dataset: str, identity: str) -> Response:
    """`PUT /1/columns/{dataset}/{id}`: type and description; the key stays."""
    info, body = existing(dataset), request_body.document()
    column = _column(info, identity)
    if (
        request_fields.text(body, "key_name", KEY_LENGTH, default=column.key)
        != column.key
    ):
        raise errors.invalid("key_name", "invalid", "cannot be changed")
    properties = {**column.properties, **_described(body)}
    store().update_column(info.name, identity, kind=_type(body), properties=properties)
    return jsonify(as_document(_column(existing(dataset), identity)))


@blueprint.delete("/1/columns/<dataset>/<identity>")
def delete_column(dataset: str, identity: str) -> Response:
    """`DELETE /1/columns/{dataset}/{id}`: 204; 409 while something names it."""
    info = existing(dataset)
    column = _column(info, identity)
    if column.key in _names_in_use(info.name):
        raise errors.problem("conflict", "Column is in use by a query or a definition")
    store().delete_column(info.name, identity)
    return empty(204)


def _column(info: TableInfo, identity: str) -> ColumnInfo:
    for column in info.columns.values():
        if column.id == identity:
            return column
    raise errors.not_found(_NOT_FOUND)


def _type(body: dict[str, Any]) -> ColumnType | None:
    name = request_fields.text(body, "type", KEY_LENGTH)
    if not name:
        return None
    try:
        return ColumnType(name)
    except ValueError as error:
        choices = ", ".join(ColumnType)
        description = f"must be one of {choices}"
        raise errors.invalid("type", "invalid", description) from error


def _described(body: dict[str, Any]) -> dict[str, Any]:
    """The description and visibility that a body states."""
    described: dict[str, Any] = {}
    if body.get("description") is not None:
        described["description"] = request_fields.text(body, "description", KEY_LENGTH)
    if body.get("hidden") is not None:
        described["hidden"] = request_fields.flag(body, "hidden")
    return described


def _names_in_use(slug: str) -> set[str]:
    """Every column that a saved query or a definition of the dataset names."""
    names: set[str] = set()
    for scope in (slug, ALL):
        for query in documents.every("queries", scope):
            names.update(_column_names(query))
    chosen = documents.get("definitions", slug, "definitions") or {}
    names.update(entry["name"] for entry in chosen.values())
    return names


def _column_names(value: Any) -> Iterator[str]:
    """The names in every breakdown and `column` member of a query specification."""
    if isinstance(value, dict):
        if isinstance(value.get("column"), str):
            yield value["column"]
        yield from value.get("breakdowns", [])
        for member in value.values():
            yield from _column_names(member)
    elif isinstance(value, list):
        for member in value:
            yield from _column_names(member)
