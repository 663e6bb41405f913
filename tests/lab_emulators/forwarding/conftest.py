"""A small HTTP server that plays the real service, with faults that a test sets."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass(frozen=True)
class Request:
    """One request as the service saw it."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Service:
    """The played service: `answer` makes (status, headers, body), or hangs."""

    answer: Callable[[Request], tuple[int, dict[str, str], bytes]] = field(
        default=lambda _: (200, {}, b"")
    )
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    url: str = ""

    def answers(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Lets every request be answered like this from now on."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = lambda _: (status, named, body)


@contextmanager
def served(port: int = 0) -> Iterator[Service]:
    """The service on a port of its own, or on this one."""
    played = Service()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            played.connections += 1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = Request(self.path, dict(self.headers), body)
            played.requests.append(request)
            status, headers, answer = played.answer(request)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Logs nothing."""

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A client that gave up is what some tests are about."""

    server = Quiet(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    played.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield played
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture
def service() -> Iterator[Service]:
    """The service on a port of its own."""
    with served() as played:
        yield played


@pytest.fixture
def serve() -> Callable[[int], AbstractContextManager[Service]]:
    """Serves the service on a port, as a context manager."""
    return served


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], None]:
    """Waits for a condition, with a deadline that only a defect reaches."""

    def wait(condition: Callable[[], bool], seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.01)

    return wait
