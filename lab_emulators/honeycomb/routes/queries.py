"""Saved queries: checked, normalized, named by what they say."""

from typing import Any

from flask import Blueprint, Response, jsonify

from lab_emulators.honeycomb import documents, errors, request_body
from lab_emulators.honeycomb.auth import require, require_configuration_key
from lab_emulators.honeycomb.config import Permission
from lab_emulators.honeycomb.query import QuerySpec, Schema, parse_spec, spec_id
from lab_emulators.honeycomb.routes.calculated_fields import in_force
from lab_emulators.honeycomb.routes.datasets import in_scope, scope

KIND = "queries"

blueprint = Blueprint("queries", __name__)


@blueprint.before_request
def _admit() -> None:
    require_configuration_key()
    require(Permission.QUERIES)


def checked(document: object, slug: str) -> QuerySpec:
    """A specification checked against what the dataset has now; SpecError if bad."""
    return parse_spec(document, Schema.of(in_scope(slug), in_force(slug)))


def saved(slug: str, identity: str) -> dict[str, Any]:
    """The saved specification of that id; 404 if the dataset has none."""
    document = documents.get(KIND, slug, identity)
    if document is None:
        raise errors.not_found("Query not found")
    return document


@blueprint.post("/1/queries/<dataset>")
def create_query(dataset: str) -> Response:
    """`POST /1/queries/{dataset}`: 200 with the normalized specification and its id."""
    slug = scope(dataset)
    spec = checked(request_body.value(), slug)
    identity = spec_id(slug, spec)
    document = spec.as_document()
    if documents.get(KIND, slug, identity) is None:  # a commit costs, a look does not
        documents.put(KIND, slug, identity, document)
    return jsonify({**document, "id": identity})


@blueprint.get("/1/queries/<dataset>/<identity>")
def show_query(dataset: str, identity: str) -> Response:
    """`GET /1/queries/{dataset}/{id}`: what the POST answered."""
    return jsonify({**saved(scope(dataset), identity), "id": identity})
