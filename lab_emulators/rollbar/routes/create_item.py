"""`POST /api/1/item/`: every library sends its occurrences here."""

from typing import Any

from flask import Blueprint, Response, request

from lab_emulators.rollbar import auth, copies, request_body
from lab_emulators.rollbar.config import TokenScope
from lab_emulators.rollbar.context import config, repository
from lab_emulators.rollbar.items import validation
from lab_emulators.rollbar.items.normalize import occurrence_from_payload
from lab_emulators.rollbar.routes import result

CLIENT_PLATFORMS = frozenset({"browser", "android", "ios", "flash", "client"})
"""Platforms whose token anybody can read, so it may do nothing but this."""

blueprint = Blueprint("ingest", __name__)


@blueprint.get("/api/1/status/ping")
def ping() -> Response:
    """`GET /api/1/status/ping`: whether anybody is there."""
    return Response("pong", content_type="text/plain")


@blueprint.post("/api/1/item/")
def post_item() -> Response:
    """Stores one occurrence; the answer's id is null, as published, its uuid known.

    One whose uuid is stored already is discarded, with the same answer.
    """
    payload = request_body.payload()
    data = payload.get("data")
    auth.require(_scope(data), in_body=payload.get(auth.PARAMETER))
    remote = request.remote_addr or ""
    draft = occurrence_from_payload(validation.validate(data), config().clock(), remote)
    repository().add(draft)
    copies.submit(payload)
    return result({"id": None, "uuid": draft.uuid})


def _scope(data: Any) -> TokenScope:
    """The scope that this platform's tokens have."""
    platform = data.get("platform") if isinstance(data, dict) else None
    client = isinstance(platform, str) and platform in CLIENT_PLATFORMS
    return TokenScope.POST_CLIENT_ITEM if client else TokenScope.POST_SERVER_ITEM
