"""Events API: single events and batches, in JSON or msgpack, into one dataset."""

from dataclasses import dataclass
from typing import Any

import msgpack
from flask import Blueprint, Response, jsonify, request

from lab_emulators.honeycomb import errors, request_body
from lab_emulators.honeycomb.auth import require
from lab_emulators.honeycomb.config import Permission, RequestLimits
from lab_emulators.honeycomb.context import append, config
from lab_emulators.honeycomb.ingest.event_rows import (
    EMPTY,
    MALFORMED,
    TOO_LARGE,
    EventError,
    Shape,
    header_rate,
    row_of,
    sample_rate,
    size_of,
)
from lab_emulators.honeycomb.naming import slug_of
from lab_emulators.honeycomb.routes.datasets import check_destination, properties_of
from lab_emulators.honeycomb.timestamps import INT64, event_time
from lab_emulators.store import Batch, Row, TableInfo
from lab_emulators.web.bodies import BodyError, BodyTooLargeError, EncodingError
from lab_emulators.web.flask_app import empty

_MSGPACK = ("application/msgpack", "application/x-msgpack")
_ACCEPTED = {"status": 202}

blueprint = Blueprint("events", __name__)


@dataclass(frozen=True, slots=True)
class Destination:
    """The dataset a request names, and how its events become rows."""

    name: str
    info: TableInfo | None
    limits: RequestLimits

    @property
    def shape(self) -> Shape:
        """The dataset's own JSON depth, none for one that is about to be created."""
        depth = properties_of(self.info)["expand_json_depth"] if self.info else 0
        return Shape(depth, self.limits)

    def append(self, rows: list[Row]) -> None:
        """Stores `rows`, all or none; they are durable on return."""
        slug = self.info.name if self.info else slug_of(self.name)
        append([Batch.from_rows(slug, self.name, rows)])


@blueprint.post("/1/events/<dataset>")
def send_event(dataset: str) -> Response:
    """`POST /1/events/{dataset}`: one event; 200 and nothing once it is durable."""
    destination = _destination(dataset)
    data = _parsed(config().limits.event_bytes)
    now_ns, headers = config().clock(), request.headers
    when = event_time(headers.get("X-Honeycomb-Event-Time", ""), now_ns)
    rate = header_rate(headers.get("X-Honeycomb-Samplerate"))
    try:
        row = row_of(data, when, rate, destination.shape)
    except EventError as error:
        raise errors.legacy(400, str(error)) from error
    destination.append([row])
    return empty(200)


@blueprint.post("/1/batch/<dataset>")
def send_batch(dataset: str) -> Response:
    """`POST /1/batch/{dataset}`: a status per item; what got 202 is durable."""
    destination = _destination(dataset)
    items = _parsed(config().limits.batch_bytes)
    if not isinstance(items, list):
        raise errors.legacy(400, MALFORMED)
    rows: list[Row] = []
    statuses: list[dict[str, Any]] = []
    now_ns, shape = config().clock(), destination.shape
    for item in items:
        try:
            rows.append(_row_of_item(item, now_ns, shape))
            statuses.append(_ACCEPTED)
        except EventError as error:
            statuses.append({"status": 400, "error": str(error)})
    if rows:
        destination.append(rows)
    return jsonify(statuses)


def _destination(dataset: str) -> Destination:
    require(Permission.EVENTS)
    return Destination(dataset, check_destination(dataset), config().limits)


def _parsed(limit: int) -> Any:
    """The body as JSON or msgpack, or the documented 400.

    Limits count the body as it is sent; decompressed it may be the size of a batch.
    """
    try:
        body = request_body.read(config().limits.batch_bytes, sent_limit=limit)
        if not body:
            raise errors.legacy(400, EMPTY)
        if request.mimetype in _MSGPACK:
            return _unpack(body)
        return request_body.parse_json(body)
    except BodyTooLargeError as error:
        raise errors.legacy(400, TOO_LARGE) from error
    except EncodingError as error:
        raise errors.problem("unparseable", str(error)) from error
    except BodyError as error:
        raise errors.legacy(400, MALFORMED) from error


def _unpack(body: bytes) -> Any:
    """One msgpack value; BodyError for anything else or anything after it."""
    try:
        return msgpack.unpackb(body, strict_map_key=False)
    except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as error:
        raise BodyError(MALFORMED) from error


def _row_of_item(item: object, now_ns: int, shape: Shape) -> Row:
    """One batch item as a row; EventError when it is none."""
    if not isinstance(item, dict):
        raise EventError(MALFORMED)
    data = item.get("data")
    if data is None:
        raise EventError(EMPTY)
    if size_of(data) > shape.limits.event_bytes:
        raise EventError(TOO_LARGE)
    rate = sample_rate(item.get("samplerate"))
    return row_of(data, _item_time(item.get("time"), now_ns), rate, shape)


def _item_time(time: object, now_ns: int) -> int:
    """An item's time: text, a number of the same forms, or msgpack's own timestamp."""
    if time is None:
        return now_ns
    if isinstance(time, msgpack.Timestamp):
        time_ns: int = time.to_unix_nano()
        return time_ns if time_ns in INT64 else now_ns
    if isinstance(time, bool) or not isinstance(time, str | int | float):
        raise EventError(MALFORMED)
    return event_time(str(time), now_ns)
