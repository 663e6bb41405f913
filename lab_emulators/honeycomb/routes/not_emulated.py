"""Resources of the real service that are not emulated, refused by name."""

import json

from flask import Blueprint, Response

from lab_emulators.honeycomb import errors
from lab_emulators.honeycomb.auth import require_configuration_key

_RESOURCES = {
    "query_annotations": "Query annotations",
    "boards": "Boards",
    "markers": "Markers",
    "marker_settings": "Marker settings",
    "triggers": "Triggers",
    "recipients": "Recipients",
    "slos": "SLOs",
    "burn_alerts": "Burn alerts",
    "reporting": "SLO reports",
    "maps": "Service maps",
    "kinesis_events": "Kinesis events",
}
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

blueprint = Blueprint("not_emulated", __name__)


def _text(what: str) -> str:
    return f"{what} are not emulated by this local Honeycomb."


@blueprint.route("/1/<any({}):resource>".format(",".join(_RESOURCES)), methods=_METHODS)
@blueprint.route(
    "/1/<any({}):resource>/<path:rest>".format(",".join(_RESOURCES)), methods=_METHODS
)
def refuse(resource: str, rest: str = "") -> Response:
    """404 that names the resource."""
    require_configuration_key()
    raise errors.not_found(_text(_RESOURCES[resource]))


@blueprint.route("/v1/metrics", methods=_METHODS)
def refuse_metrics() -> Response:
    """404 in JSON whatever the request's encoding, so that exporters can print it."""
    error = errors.not_found(_text("OTLP metrics"))
    return errors.render_json(error)


@blueprint.route("/2/", methods=_METHODS)
@blueprint.route("/2/<path:rest>", methods=_METHODS)
def refuse_management(rest: str = "") -> Response:
    """404 in the JSON:API shape of the management endpoints."""
    error = {
        "id": "local",
        "status": "404",
        "code": "not-found/not-emulated",
        "title": "The requested resource cannot be found.",
        "detail": _text("Management endpoints (/2)"),
    }
    body = json.dumps({"errors": [error]})
    return Response(body, 404, content_type="application/vnd.api+json")
