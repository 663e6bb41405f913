"""A WSGI application behind waitress, in threads of this process."""

import select
import socket
import sys
import threading
import time
from typing import Any

import waitress
from waitress import wasyncore

from lab_emulators.web.trustedhost import TrustedHost

LOOPBACK = "127.0.0.1"
THREADS = 32
"""Requests answered at once; one that brings events waits until they are durable."""

_NEIGHBORS = 50  # ports tried after the preferred one
_LARGEST_BODY = 64 * 2**20  # beyond it waitress answers 413 by itself
_IN_MEMORY = 8 * 2**20  # larger bodies wait in a temporary file
_SETTINGS = {
    "threads": THREADS,
    "connection_limit": 500,
    "recv_bytes": 256 * 1024,
    "inbuf_overflow": _IN_MEMORY,
    "max_request_body_size": _LARGEST_BODY,
    "asyncore_use_poll": hasattr(select, "poll"),  # select ends at descriptor 1024
    "ident": None,
}


def bind(preferred: int) -> tuple[socket.socket, str | None]:
    """A listening socket on loopback: the preferred port, else the next free one.

    The second value says so when it is another one. Port 0 means any. OSError when
    neither the preferred port nor any of its neighbors is free.
    """
    if preferred not in range(65_536):
        raise OSError(f"{preferred} is not a port")
    if preferred == 0:
        return _bound(0), None
    try:
        return _bound(preferred), None
    except OSError as refusal:
        for port in range(preferred + 1, min(preferred + _NEIGHBORS, 65535) + 1):
            try:
                return _bound(port), f"port {preferred} is taken, using {port}"
            except OSError:
                continue
        raise refusal


def _bound(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            # there, reusing an address would steal it from who is listening
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((LOOPBACK, port))
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening


class Server:
    """One served application; it serves from the moment it is made until `stop`.

    Whatever the application is, a `Host` that is not of this machine is refused.
    """

    def __init__(
        self, name: str, app: Any, listening: socket.socket, *, threads: int = THREADS
    ) -> None:
        self.name = name
        settings = {**_SETTINGS, "threads": threads}
        self._server = waitress.create_server(
            TrustedHost(app), sockets=[listening], **settings
        )
        self.port: int = listening.getsockname()[1]
        self._thread = threading.Thread(target=self._server.run, name=name, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The base URL, without a path."""
        return f"http://{LOOPBACK}:{self.port}"

    def stop(self, timeout_s: float = 5.0) -> None:
        """Finishes the requests in progress, then closes every connection."""
        deadline = time.monotonic() + timeout_s
        self._server.task_dispatcher.shutdown(timeout=timeout_s)
        while self._unsent() and time.monotonic() < deadline:
            time.sleep(0.01)
        # sockets belong to the server's own thread: it closes them
        self._server.trigger.pull_trigger(self._close_all)
        self._thread.join(timeout_s)

    def _unsent(self) -> int:
        channels = list(self._server.active_channels.values())
        return sum(channel.total_outbufs_len for channel in channels)

    def _close_all(self) -> None:
        wasyncore.close_all(self._server._map)

    def __repr__(self) -> str:
        return f"{self.name} on {self.url}"
