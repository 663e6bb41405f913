"""The control side of the process: health, reset, stop, and leases.

A lease is a connection kept open: the operating system closes it when the notebook's
kernel ends, however that happens. Every request carries the lab's token, and the
`Host` of this machine.
"""

import hmac
import json
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lab_emulators.contract import CONTROL_TOKEN_HEADER
from lab_emulators.web import trustedhost
from lab_emulators.web.server import LOOPBACK

_BODY_BYTES = 16_384


@dataclass(slots=True)
class Leases:
    """Leases of the process, which runs without any if `until_stopped`."""

    grace_s: float
    until_stopped: bool = False
    held: int = 0
    _free_since: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Begins the first grace: nobody could take a lease before now."""
        self._free_since = time.monotonic()

    def take(self) -> None:
        """Counts one more holder."""
        with self._lock:
            self.held += 1

    def give_back(self) -> None:
        """Counts one holder less; the grace starts with the last one."""
        with self._lock:
            self.held -= 1
            self._free_since = time.monotonic()

    def expired(self) -> bool:
        """True if no lease was held for the whole grace."""
        with self._lock:
            unused = time.monotonic() - self._free_since
            return not self.until_stopped and not self.held and unused > self.grace_s


@dataclass(frozen=True, slots=True)
class ControlActions:
    """Actions of the process that control calls start."""

    health: Callable[[], Mapping[str, Any]]
    reset: Callable[[], None]
    stop: Callable[[], None]
    forward: Callable[[object], Mapping[str, Any]]
    """Sets what copies are forwarded to; ValueError says what is wrong with it."""


class Control(ThreadingHTTPServer):
    """The control server: its port is bound at once, it answers from `start` on."""

    daemon_threads = True
    allow_reuse_address = sys.platform != "win32"
    actions: ControlActions

    def __init__(self, token: str, leases: Leases) -> None:
        super().__init__((LOOPBACK, 0), _Request)
        self.token = token
        self.leases = leases
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.05,), name="control", daemon=True
        )

    @property
    def url(self) -> str:
        """The base URL, without a path."""
        return f"http://{LOOPBACK}:{self.server_address[1]}"

    def start(self, actions: ControlActions) -> None:
        """Serves in a thread of its own."""
        self.actions = actions
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread and closes the port."""
        if self._thread.is_alive():
            self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Logs an error of a request, but not that its client went away."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Request(BaseHTTPRequestHandler):
    server: Control
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        if self._admitted():
            if self.path == "/health":
                self._answer(200, self.server.actions.health())
            elif self.path == "/lease":
                self._hold_lease()
            else:
                self._unknown()

    def do_POST(self) -> None:
        if self._admitted():
            actions, leases = self.server.actions, self.server.leases
            if self.path == "/reset":
                actions.reset()
                self._answer(200, {"reset": True})
            elif self.path == "/forwarding":
                self._forward()
            elif self.path == "/keep":
                leases.until_stopped = True
                self._answer(200, {"kept": True})
            elif self.path == "/stop":
                self._answer(200, {"stopping": True})
                actions.stop()
            else:
                self._unknown()

    def _admitted(self) -> bool:
        self._skip_body()
        if fault := self._host_fault():
            self._answer(trustedhost.STATUS, {"error": fault})
            return False
        shown = self.headers.get(CONTROL_TOKEN_HEADER, "").encode()
        if hmac.compare_digest(shown, self.server.token.encode()):
            return True
        self._answer(401, {"error": f"{CONTROL_TOKEN_HEADER} is missing or wrong"})
        return False

    def _host_fault(self) -> str | None:
        hosts = self.headers.get_all("Host")
        return trustedhost.host_fault(
            None if hosts is None else ", ".join(hosts), self.request_version
        )

    def _skip_body(self) -> None:
        """Ends a connection that sends a body, which hardly any request here needs."""
        if self.headers.get("Content-Length", "0") != "0":
            self.close_connection = True

    def _forward(self) -> None:
        """Sets the upstreams that the body names; no answer repeats their keys."""
        try:
            size = min(int(self.headers.get("Content-Length", "0")), _BODY_BYTES)
            document = json.loads(self.rfile.read(max(size, 0)))
            self._answer(200, self.server.actions.forward(document))
        except ValueError as error:
            self._answer(400, {"error": str(error)})

    def _unknown(self) -> None:
        self._answer(404, {"error": f"there is no {self.command} {self.path}"})

    def _hold_lease(self) -> None:
        """Answers, then waits until the client has closed the connection."""
        leases = self.server.leases
        leases.take()
        try:
            self._answer(200, {"held": True})
            self.connection.settimeout(None)
            while self.connection.recv(1024):
                continue
        except ConnectionError:
            self.close_connection = True  # it went away without a good-bye
        finally:
            leases.give_back()
        self.close_connection = True

    def _answer(self, status: int, document: Mapping[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Logs nothing: health checks are many and of no interest."""
