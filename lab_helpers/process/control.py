"""The control calls of a running lab, and the lease that keeps it alive."""

import contextlib
import http.client
import json
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from lab_helpers.process.state import LabError, Running

TOKEN_HEADER = "x-lab-token"

_leases: dict[str, socket.socket] = {}
"""Control address → the connection that keeps that lab alive."""


def call(
    running: Running,
    method: str,
    path: str,
    *,
    seconds: float = 30,
    body: Mapping[str, object] | None = None,
) -> Mapping[str, object]:
    """The JSON answer to one request to the lab's control address, or LabError.

    `body` is sent as JSON; no error repeats it.
    """
    parts = urlsplit(running.control)
    # Not urllib: a proxy set for the outside world must not see loopback.
    connection = http.client.HTTPConnection(
        parts.hostname or "", parts.port, timeout=seconds
    )
    with contextlib.closing(connection):
        try:
            sent = None if body is None else json.dumps(body)
            headers = {TOKEN_HEADER: running.token}
            connection.request(method, path, sent, headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise LabError(
                f"the lab does not answer {method} {path}: {error}"
            ) from error
    if answer.status >= 300:
        raise LabError(
            f"the lab answered {method} {path} with {answer.status}: {text!r}"
        )
    document = json.loads(text or b"{}")
    return document if isinstance(document, dict) else {}


def hold(running: Running) -> None:
    """Takes a lease that keeps the lab alive for as long as this process lives."""
    if running.control in _leases:
        return
    parts = urlsplit(running.control)
    lease = socket.create_connection((parts.hostname, parts.port), timeout=5)
    lease.sendall(
        f"GET /lease HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"{TOKEN_HEADER}: {running.token}\r\n\r\n".encode()
    )
    _leases[running.control] = lease


def release(running: Running) -> None:
    """Gives the lease back."""
    lease = _leases.pop(running.control, None)
    if lease is not None:
        lease.close()


def answers(running: Running, seconds: float = 3) -> bool:
    """Tells whether the lab answers a control call."""
    try:
        call(running, "GET", "/health", seconds=seconds)
    except LabError:
        return False
    return True


def listens(running: Running) -> bool:
    """Tells whether the control address accepts a connection."""
    parts = urlsplit(running.control)
    try:
        socket.create_connection((parts.hostname, parts.port), timeout=1).close()
    except OSError:
        return False
    return True
