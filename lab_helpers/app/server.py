"""Servers of an app in a thread of this process, each under a name."""

from __future__ import annotations

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from waitress import create_server, wasyncore

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOST = "127.0.0.1"
THREADS = 16
CONNECTIONS = 400  # select() on Windows takes 512
DRAIN_SECONDS = 3.0


class RunningService(ABC):
    """A service that runs until it is stopped; in a `with` block, until its end."""

    @abstractmethod
    def stop(self) -> None:
        """Stops the service; a second call does nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


# A full queue should show in the traces, not in red under a cell.
logging.getLogger("waitress.queue").setLevel(logging.ERROR)

_running: dict[str, RunningService] = {}
_registry = threading.RLock()


class Server(RunningService):
    """A server of an app on a free port of this machine, until `stop()`."""

    def __init__(self, app: WSGIApplication, name: str, port: int = 0) -> None:
        self.name = name
        self._app = app
        self._served = 0
        self._counting = threading.Lock()
        self._stopping = threading.Event()
        self._ending = threading.Lock()
        self._closed = False
        self._waitress = create_server(
            self._count,
            host=HOST,
            port=port,
            threads=THREADS,
            connection_limit=CONNECTIONS,
            ident="Kittiwake",
        )
        self.port = int(self._waitress.effective_port)
        self.url = f"http://{HOST}:{self.port}"
        self._thread = threading.Thread(
            target=self._run, name=f"kittiwake-{name}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stops listening, lets requests under way finish, closes every socket."""
        with self._ending:
            self._stopping.set()
            if not self._closed:
                self._waitress.pull_trigger()
        self._thread.join(3 * DRAIN_SECONDS)

    def __repr__(self) -> str:
        if self._stopping.is_set():
            return f"{self.name}, stopped after {_requests(self._served)}"
        return f"{self.name} on port {self.port}, {_requests(self._served)} served"

    def _count(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        with self._counting:
            self._served += 1
        return self._app(environ, start_response)

    def _run(self) -> None:
        server = self._waitress
        sockets: dict[int, Any] = server._map
        while not self._stopping.is_set():
            wasyncore.loop(timeout=1.0, map=sockets, count=1)
        wasyncore.dispatcher.close(server)
        self._drain(sockets)
        server.task_dispatcher.shutdown(timeout=DRAIN_SECONDS)
        with self._ending:
            wasyncore.close_all(sockets, ignore_all=True)
            self._closed = True

    def _drain(self, sockets: dict[int, Any]) -> None:
        until = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < until and _busy(sockets):
            wasyncore.loop(timeout=0.05, map=sockets, count=1)


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{count} requests"


def _busy(sockets: dict[int, Any]) -> bool:
    channels = list(sockets.values())
    return any(
        getattr(each, "requests", None) or getattr(each, "total_outbufs_len", 0)
        for each in channels
    )


def serve(app: WSGIApplication, name: str) -> Server:
    """Serves `app` on a free port of this machine, in a thread; returns the Server.

    The service that ran under the same name, a server or a group of processes, is
    stopped first, so a cell that serves can be run again.
    """
    with _registry:
        stop_running(name)
        server = Server(app, name)
        _running[name] = server
    return server


def keep_running(name: str, running: RunningService) -> None:
    """Registers a running service under a name, so that its successor stops it."""
    with _registry:
        _running[name] = running


def stop_running(name: str) -> None:
    """Stops the service of this name, if one runs."""
    with _registry:
        running = _running.pop(name, None)
        if running is not None:
            running.stop()
