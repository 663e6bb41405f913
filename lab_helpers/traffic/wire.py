"""HTTP calls from the notebook's own process, which no instrumentation of it sees.

They stand on `http.client`: instrumenting `requests` in the same process neither
records these calls nor adds a trace header to them, as with browsers elsewhere.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping

from lab_helpers.app.service import USER_HEADER
from lab_helpers.errors import SentenceError
from lab_helpers.traffic.visitors import Address, exchange


class NothingListens(SentenceError, ConnectionError):  # noqa: N818  a state of the world
    """Nothing answers at the base URL; says which and what to do."""


def ensure_listening(address: Address) -> None:
    """Raises NothingListens unless something accepts a connection there."""
    try:
        socket.create_connection((address.host, address.port), timeout=5).close()
    except OSError as error:
        raise NothingListens(
            f"nothing listens on {address.host}:{address.port}; serve the app first "
            "and pass its .url"
        ) from error


def ask(
    address: Address,
    method: str,
    path: str,
    *,
    user: str = "",
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, bytes]:
    """Sends one request; status and body of the answer. OSError if there is none."""
    payload = None if body is None else json.dumps(body).encode()
    complete = {**(headers or {}), **headers_of(user, body)}
    return exchange(address, method, path, headers=complete, body=payload)


def headers_of(user: str, body: object) -> dict[str, str]:
    """The headers of a request by this user ("" for nobody) with this JSON body."""
    headers = {USER_HEADER: user} if user else {}
    return headers if body is None else headers | {"Content-Type": "application/json"}


def get(base_url: str, path: str, *, user: str = "") -> int:
    """The status of one visit to `path` by this user, as a browser would make it.

    NothingListens if there is no app at `base_url`.
    """
    address = Address.of(base_url)
    ensure_listening(address)
    return ask(address, "GET", path, user=user)[0]
