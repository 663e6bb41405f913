"""Dataset definitions: which column means duration, trace id, error and so on."""

from typing import Any

from flask import Blueprint, Response, jsonify

from lab_emulators.honeycomb import documents, errors, request_body
from lab_emulators.honeycomb.auth import require, require_configuration_key
from lab_emulators.honeycomb.config import Permission
from lab_emulators.honeycomb.routes.calculated_fields import in_force
from lab_emulators.honeycomb.routes.datasets import existing
from lab_emulators.store import TableInfo

KIND = "definitions"
_DOCUMENT = "definitions"

# The first of these that the dataset has is the default (Terraform provider's tests).
CANDIDATES: dict[str, tuple[str, ...]] = {
    "duration_ms": ("duration_ms", "durationMs", "request_processing_time"),
    "error": ("error",),
    "name": ("name",),
    "parent_id": ("trace.parent_id", "parentId"),
    "route": ("route", "http.route", "request_path"),
    "service_name": ("service_name", "service.name", "serviceName"),
    "span_id": ("id", "trace.span_id"),
    "span_kind": ("meta.span_type", "span.kind"),
    "annotation_type": ("meta.annotation_type",),
    "link_trace_id": ("trace.link.trace_id",),
    "link_span_id": ("trace.link.span_id", "trace.span_id"),
    "log_message": ("body",),
    "log_severity": ("severity",),
    "status": ("response.status_code", "http.status_code", "elb_status_code"),
    "trace_id": ("trace.trace_id", "traceId"),
    "user": ("user.id", "user.email", "request.user.id", "request.user.username"),
}

Definition = dict[str, str]

blueprint = Blueprint("definitions", __name__)


@blueprint.before_request
def _admit() -> None:
    require_configuration_key()
    require(Permission.COLUMNS)


@blueprint.get("/1/dataset_definitions/<dataset>")
def show_definitions(dataset: str) -> Response:
    """`GET /1/dataset_definitions/{dataset}`: each member's column, or null."""
    return jsonify(_definitions(existing(dataset)))


@blueprint.patch("/1/dataset_definitions/<dataset>")
def change_definitions(dataset: str) -> Response:
    """`PATCH /1/dataset_definitions/{dataset}`: an empty name resets to the default.

    422 naming every column that does not exist; nothing is changed then.
    """
    info = existing(dataset)
    names = _names_by_member(request_body.document())
    calculated = in_force(info.name)
    known = info.columns.keys() | calculated.keys()
    missing = sorted({name for name in names.values() if name and name not in known})
    if missing:
        text = f"The following columns were not found: {', '.join(missing)}"
        raise errors.legacy(422, text)
    chosen = _chosen(info) | {
        member: _definition(name, calculated=name not in info.columns)
        for member, name in names.items()
    }
    document = {member: entry for member, entry in chosen.items() if entry["name"]}
    documents.put(KIND, info.name, _DOCUMENT, document)
    return jsonify(_definitions(info))


def _names_by_member(body: dict[str, Any]) -> dict[str, str]:
    """The name asked for each member; unknown members are ignored, null resets."""
    names = {}
    for member in CANDIDATES.keys() & body.keys():
        entry = body[member]
        name = entry.get("name", "") if isinstance(entry, dict) else entry
        if entry is None or name is None:
            name = ""
        if not isinstance(name, str):
            raise errors.invalid(member, "incorrect_type", "must name a column")
        names[member] = name
    return names


def _definitions(info: TableInfo) -> dict[str, Definition | None]:
    chosen = _chosen(info)
    return {
        member: chosen.get(member) or _default(info, member) for member in CANDIDATES
    }


def _chosen(info: TableInfo) -> dict[str, Definition]:
    return documents.get(KIND, info.name, _DOCUMENT) or {}


def _default(info: TableInfo, member: str) -> Definition | None:
    for candidate in CANDIDATES[member]:
        if candidate in info.columns:
            return _definition(candidate, calculated=False)
    return None


def _definition(name: str, *, calculated: bool) -> Definition:
    return {"name": name, "column_type": "derived_column" if calculated else "column"}
