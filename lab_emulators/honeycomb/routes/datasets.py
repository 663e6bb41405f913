"""Datasets: the tables of the store under Honeycomb's names."""

from typing import Any

from flask import Blueprint, Response, jsonify

from lab_emulators.honeycomb import documents, errors, request_body, request_fields
from lab_emulators.honeycomb.auth import require, require_configuration_key
from lab_emulators.honeycomb.config import Permission
from lab_emulators.honeycomb.context import current_key, store
from lab_emulators.honeycomb.naming import slug_of
from lab_emulators.honeycomb.timestamps import rfc3339
from lab_emulators.store import TableExistsError, TableInfo
from lab_emulators.web.flask_app import empty

ALL = "__all__"
"""Stands for every dataset of the environment."""

NAME_LENGTH = 255
_NOT_FOUND = "Dataset not found"
_DEFAULTS = {"description": "", "expand_json_depth": 0, "delete_protected": True}

blueprint = Blueprint("datasets", __name__)
blueprint.before_request(require_configuration_key)


def find(name: str) -> TableInfo | None:
    """The dataset of that slug, or of that name in any casing."""
    return store().table(slug_of(name))


def is_all(name: str) -> bool:
    """Says whether `name` would be the dataset whose slug stands for all."""
    return slug_of(name) == ALL


def existing(name: str) -> TableInfo:
    """The dataset of that slug or name; 404 if there is none."""
    info = None if is_all(name) else find(name)
    if info is None:
        raise errors.not_found(_NOT_FOUND)
    return info


def scope(name: str) -> str:
    """The slug that documents of this dataset are kept under: `__all__` is one."""
    return ALL if name == ALL else existing(name).name


def in_scope(scope: str) -> list[TableInfo]:
    """The tables a slug stands for: all of them for `__all__`."""
    return list(store().tables()) if scope == ALL else [existing(scope)]


def properties_of(info: TableInfo) -> dict[str, Any]:
    """Description, JSON depth and protection, with the defaults of new datasets."""
    return {**_DEFAULTS, **info.properties}


def check_destination(name: str) -> TableInfo | None:
    """The dataset events go to, None if they will create it; 404 if they may not.

    What it says of columns may lag behind the events.
    """
    info = None if is_all(name) else store().known(slug_of(name))
    creatable = name.strip() and not is_all(name) and len(name) <= NAME_LENGTH
    if info is None and not (
        creatable and current_key().may(Permission.CREATE_DATASETS)
    ):
        raise errors.not_found(_NOT_FOUND)
    return info


def as_document(info: TableInfo) -> dict[str, Any]:
    """A dataset as the API shows it; never written means null, not a date."""
    properties, last_ns = properties_of(info), info.last_written_ns
    return {
        "name": info.label,
        "slug": info.name,
        "description": properties["description"],
        "settings": {"delete_protected": properties["delete_protected"]},
        "expand_json_depth": properties["expand_json_depth"],
        "created_at": rfc3339(info.created_ns),
        "last_written_at": None if last_ns is None else rfc3339(last_ns),
        "regular_columns_count": len(info.columns) or None,
    }


@blueprint.get("/1/datasets")
def list_datasets() -> Response:
    """`GET /1/datasets`: every dataset, by slug."""
    return jsonify(
        [as_document(info) for info in sorted(store().tables(), key=lambda i: i.name)]
    )


@blueprint.post("/1/datasets")
def create_dataset() -> tuple[Response, int]:
    """`POST /1/datasets`: 201, or 200 with the dataset that has that name already."""
    require(Permission.CREATE_DATASETS)
    body = request_body.document()
    name = request_fields.text(body, "name", NAME_LENGTH, required=True)
    if is_all(name):
        raise errors.invalid("name", "invalid", f"{ALL} is reserved")
    info = find(name)
    if info is not None:
        return jsonify(as_document(info)), 200
    properties = _DEFAULTS | _described(body)
    try:
        store().create_table(slug_of(name), label=name, properties=properties)
    except TableExistsError:  # somebody else was quicker
        return jsonify(as_document(existing(name))), 200
    return jsonify(as_document(existing(name))), 201


@blueprint.get("/1/datasets/<name>")
def show_dataset(name: str) -> Response:
    """`GET /1/datasets/{slug}`."""
    return jsonify(as_document(existing(name)))


@blueprint.put("/1/datasets/<name>")
def update_dataset(name: str) -> Response:
    """`PUT /1/datasets/{slug}`: replaces description and depth, keeps protection."""
    require(Permission.CREATE_DATASETS)
    info, body = existing(name), request_body.document()
    settings = request_fields.mapping(body, "settings")
    protected = request_fields.flag(
        settings, "delete_protected", default=properties_of(info)["delete_protected"]
    )
    changed = _described(body) | {"delete_protected": protected}
    store().update_table(info.name, properties={**info.properties, **changed})
    return jsonify(as_document(existing(name)))


@blueprint.delete("/1/datasets/<name>")
def delete_dataset(name: str) -> Response:
    """`DELETE /1/datasets/{slug}`: 202; 409 while it is protected."""
    require(Permission.CREATE_DATASETS)
    info = existing(name)
    if properties_of(info)["delete_protected"]:
        raise errors.problem("conflict", "Dataset is delete protected")
    store().delete_table(info.name)
    documents.forget(info.name)
    return empty(202)


def _described(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": request_fields.text(body, "description", 1024),
        "expand_json_depth": request_fields.whole(body, "expand_json_depth", range(11)),
    }
