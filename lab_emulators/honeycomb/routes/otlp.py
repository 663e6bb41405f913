"""OTLP over HTTP: traces and logs, protobuf or JSON, answered in kind."""

from flask import Blueprint, Response, request

from lab_emulators.honeycomb import errors, request_body
from lab_emulators.honeycomb.auth import DATASET_HEADER, authenticate_otlp, require
from lab_emulators.honeycomb.config import Permission
from lab_emulators.honeycomb.context import append, config, current_key, store
from lab_emulators.honeycomb.errors import OTLP_TYPES
from lab_emulators.honeycomb.ingest import OtlpError, decode_logs, decode_traces
from lab_emulators.store import Batch
from lab_emulators.web.bodies import BodyError

_UNPARSED = "failed to parse OTLP request body"
_UNSUPPORTED = f"unsupported content-type, valid types are: {', '.join(OTLP_TYPES)}"

blueprint = Blueprint("otlp", __name__)


@blueprint.post("/v1/traces")
def send_traces() -> Response:
    """`POST /v1/traces`: 200 once every span of the request is durable."""
    body = _admitted_body()
    try:
        batches = decode_traces(body, request.mimetype, decoder=config().decoder)
    except (OtlpError, RecursionError) as error:
        raise errors.legacy(400, _UNPARSED) from error
    return _stored(batches)


@blueprint.post("/v1/logs")
def send_logs() -> Response:
    """`POST /v1/logs`: 200 once every record of the request is durable."""
    body = _admitted_body()
    dataset, clock = request.headers.get(DATASET_HEADER), config().clock
    try:
        batches = decode_logs(body, request.mimetype, dataset, clock=clock)
    except (OtlpError, RecursionError) as error:
        raise errors.legacy(400, _UNPARSED) from error
    return _stored(batches)


def _admitted_body() -> bytes:
    """The decompressed body, after content type, then key, then headers are right."""
    if request.mimetype not in OTLP_TYPES:
        raise errors.legacy(415, _UNSUPPORTED)
    authenticate_otlp()
    require(Permission.EVENTS)
    try:
        return request_body.read(config().limits.otlp_bytes)
    except BodyError as error:
        raise errors.legacy(400, _UNPARSED) from error


def _stored(batches: list[Batch]) -> Response:
    """Appends `batches`, all or none, and answers as OTLP does: an empty message."""
    may_create = current_key().may(Permission.CREATE_DATASETS)
    if not may_create and any(store().known(one.table) is None for one in batches):
        raise errors.legacy(404, "Dataset not found")
    if batches:
        append(batches)
    empty = "{}" if request.mimetype == "application/json" else b""
    return Response(empty, 200, content_type=request.mimetype)
