"""HTTP client of the visitors, which no instrumentation of the notebook sees.

It stands on `http.client`: instrumenting `requests` in the same process neither
records these calls nor adds a trace header to them, as with browsers elsewhere.
"""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from lab_helpers.app.service import USER_HEADER

TIMEOUT_SECONDS = 30.0


class NothingListens(ConnectionError):  # noqa: N818  a state of the world
    """Nothing answers at the base URL; says which and what to do."""


@dataclass(frozen=True, slots=True)
class Address:
    """Host and port of an app, and whether it speaks HTTPS."""

    host: str
    port: int
    secure: bool = False

    @classmethod
    def of(cls, base_url: str) -> Address:
        """The address in a URL such as `http://127.0.0.1:5000`; ValueError if none."""
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{base_url!r} is no URL; it looks like http://host:port")
        secure = parts.scheme == "https"
        return cls(parts.hostname, parts.port or (443 if secure else 80), secure)

    def ensure_listening(self) -> None:
        """Raises NothingListens unless something accepts a connection here."""
        try:
            socket.create_connection((self.host, self.port), timeout=5).close()
        except OSError as error:
            raise NothingListens(
                f"nothing listens on {self.host}:{self.port}; serve the app first "
                "and pass its .url"
            ) from error

    def connect(self) -> http.client.HTTPConnection:
        """A fresh connection, not yet opened."""
        kind = (
            http.client.HTTPSConnection if self.secure else http.client.HTTPConnection
        )
        return kind(self.host, self.port, timeout=TIMEOUT_SECONDS)


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
    headers = {**(headers or {}), **({USER_HEADER: user} if user else {})}
    payload = None
    if body is not None:
        payload = json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
    connection = address.connect()
    try:
        connection.request(method, path, payload, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except http.client.HTTPException as error:
        raise ConnectionError(f"no proper answer to {method} {path}") from error
    finally:
        connection.close()


def get(base_url: str, path: str, *, user: str = "") -> int:
    """The status of one visit to `path` by this user, as a browser would make it.

    NothingListens if there is no app at `base_url`.
    """
    address = Address.of(base_url)
    address.ensure_listening()
    return ask(address, "GET", path, user=user)[0]
