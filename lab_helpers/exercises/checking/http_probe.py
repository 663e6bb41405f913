"""HTTP requests that find out whether a URL is served, and with which answer."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from opentelemetry.instrumentation.utils import suppress_instrumentation

_TIMEOUT_S = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request; `status` is None when nothing answered."""

    status: int | None
    document: Any = None

    @property
    def is_fine(self) -> bool:
        """A 2xx."""
        return self.status is not None and 200 <= self.status < 300


def listens(url: str) -> bool:
    """Tells whether something accepts connections there.

    No request is sent, so that an instrumented app makes no span of it.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        socket.create_connection((parts.hostname or "", port), _TIMEOUT_S).close()
    except (OSError, ValueError):
        return False
    return True


def post_no_spans(url: str, headers: Mapping[str, str]) -> Answer:
    """Sends OTLP with no span in it (an empty message is zero bytes of protobuf)."""
    content_type = {"content-type": "application/x-protobuf"}
    return _ask("POST", url, {**headers, **content_type})


def post(url: str) -> Answer:
    """Sends an empty POST request."""
    return _ask("POST", url, {})


def get(url: str, key: str | None = None) -> Answer:
    """Fetches a page, or, with a key, a document of Honeycomb's API."""
    return _ask("GET", url, {"X-Honeycomb-Team": key} if key else {})


def _ask(method: str, url: str, headers: Mapping[str, str]) -> Answer:
    # Our own questions must not show up as spans of an instrumented `requests`.
    with suppress_instrumentation():
        try:
            response = requests.request(
                method, url, headers=dict(headers), data=b"", timeout=_TIMEOUT_S
            )
        except requests.RequestException:
            return Answer(None)
    try:
        return Answer(response.status_code, response.json())
    except ValueError:
        return Answer(response.status_code)
