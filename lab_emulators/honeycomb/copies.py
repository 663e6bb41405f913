"""Copies of requests whose events were stored, for the real Honeycomb."""

from collections.abc import Sequence
from urllib.parse import quote

from flask import Response, g, request

from lab_emulators.contract import TEAM_HEADER
from lab_emulators.forwarding import Copy, CopyForwarder, Sender
from lab_emulators.honeycomb.auth import DATASET_HEADER
from lab_emulators.honeycomb.context import config, emulator
from lab_emulators.honeycomb.timestamps import rfc3339
from lab_emulators.store import Batch

EVENT_TIME_HEADER = "X-Honeycomb-Event-Time"

_HEADERS = (
    "Content-Type",
    "Content-Encoding",
    "User-Agent",
    DATASET_HEADER,
    EVENT_TIME_HEADER,
    "X-Honeycomb-Samplerate",
    "X-Honeycomb-UserAgent",
)
"""Headers that a copy has of its request; the lab's key is not among them."""


def forwarder() -> CopyForwarder:
    """Makes a forwarder to Honeycomb that has no upstream yet."""
    return CopyForwarder(_new_sender)


def submit(response: Response) -> Response:
    """Lets a copy of the current request wait to be sent if its events were stored."""
    stored: Sequence[Batch] = g.get("batches", ())
    if stored and response.status_code == 200 and emulator().forwarder.active:
        path = quote(request.environ["PATH_INFO"].encode("latin-1"))
        headers, events = _headers(stored[0].label), sum(map(len, stored))
        emulator().forwarder.submit(Copy(path, headers, g.sent_body, events))
    return response


def _new_sender() -> Sender:
    # loads `requests`, which a lab that forwards nothing does not need
    from lab_emulators.forwarding.sender import CopySender

    return CopySender(TEAM_HEADER)


def _headers(dataset: str) -> dict[str, str]:
    headers = {
        name: request.headers[name] for name in _HEADERS if name in request.headers
    }
    if request.path.startswith("/1/events/"):
        # An event without a time has the time of its arrival here, not of its copy's.
        headers.setdefault(EVENT_TIME_HEADER, rfc3339(config().clock()))
    elif request.path == "/v1/traces" and dataset.isascii() and dataset.isprintable():
        # Classic keys want it; elsewhere a span's service.name is its dataset.
        headers.setdefault(DATASET_HEADER, dataset)
    return headers
