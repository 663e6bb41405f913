"""A Honeycomb that answers what a test tells it to, over real sockets."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from lab_helpers.clients import HoneycombClient

KEY = "aConfigurationKey00000"
Reply = tuple[int, dict[str, str], object]


@dataclass
class Fake:
    """What the fake knows and was asked.

    `refusals` are handed out before anything else, by `METHOD /1/kind`; `pending` is
    how many polls find the result incomplete.
    """

    url: str = ""
    data: dict[str, Any] = field(default_factory=lambda: {"results": [], "series": []})
    echo: dict[str, Any] = field(default_factory=dict)
    pending: int = 0
    datasets: list[dict[str, Any]] = field(default_factory=list)
    columns: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    refusals: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)

    def add_dataset(self, slug: str, *columns: tuple[str, str]) -> None:
        """A dataset with columns (name, type), as Honeycomb lists them."""
        moment = "2026-03-02T10:00:00Z"
        self.datasets.append(
            {
                "name": slug.title(),
                "slug": slug,
                "regular_columns_count": len(columns) or None,
                "created_at": moment,
                "last_written_at": moment if columns else None,
            }
        )
        self.columns[slug] = [
            {"key_name": name, "type": kind, "last_written": moment, "description": ""}
            for name, kind in columns
        ]

    def bodies(self, operation: str) -> list[Any]:
        """The bodies sent to an operation such as `POST /1/queries`."""
        return [
            body
            for method, path, body in self.asked
            if f"{method} {path}".startswith(operation)
        ]

    def answer(self, method: str, path: str, key: str | None, body: Any) -> Reply:
        """One reply, as Honeycomb's API reference describes it."""
        self.asked.append((method, path, body))
        kind, _, rest = path.removeprefix("/1/").partition("/")
        waiting = self.refusals.get(f"{method} /1/{kind}")
        if waiting:
            return waiting.pop(0)
        if key != KEY:
            return 401, {}, {"error": "unknown API key - check your credentials"}
        if kind == "datasets":
            return 200, {}, self.datasets
        dataset, _, ident = rest.partition("/")
        if dataset != "__all__" and dataset not in self.columns:
            return 404, {}, {"error": "Dataset not found", "status": 404}
        if kind == "columns":
            return self._columns(dataset)
        if kind == "queries":
            return 200, {}, {**body, "id": "mabAMpSPDjH"}
        if not ident:
            return 201, {}, {"id": "HprJhV1fYyr", "complete": False}
        if self.pending:
            self.pending -= 1
            return 200, {}, {"id": ident, "complete": False}
        links = {"query_url": "http://ui/result/HprJhV1fYyr"}
        done = {"id": ident, "complete": True, "data": self.data, "query": self.echo}
        return 200, self.headers, {**done, "links": links}

    def _columns(self, dataset: str) -> Reply:
        if dataset == "__all__":
            return 200, {}, [c for columns in self.columns.values() for c in columns]
        return 200, {}, self.columns[dataset]


def _handler(fake: Fake) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _reply(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            key = self.headers.get("X-Honeycomb-Team")
            status, headers, document = fake.answer(self.command, self.path, key, body)
            text = document if isinstance(document, str) else json.dumps(document)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = _reply  # noqa: N815 - names the library asks for

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing: a test that fails shows what it was told."""

    return Handler


@pytest.fixture
def fake() -> Iterator[Fake]:
    """A fake Honeycomb on a free loopback port."""
    fake = Fake()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake))
    server.daemon_threads = True
    serve = partial(server.serve_forever, poll_interval=0.01)
    Thread(target=serve, name="fake honeycomb", daemon=True).start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    yield fake
    server.shutdown()
    server.server_close()


@dataclass
class StepClock:
    """A clock that stands still but for sleeping, which takes no time at all."""

    now: float = 1_772_445_600.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        """The same as `time`, here."""
        return self.now

    def time(self) -> float:
        """Seconds since the epoch."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Moves the clock on."""
        self.slept.append(seconds)
        self.now += max(seconds, 0.001)


@pytest.fixture
def clock() -> StepClock:
    """A clock that tests move."""
    return StepClock()


@pytest.fixture
def client(fake: Fake, clock: StepClock) -> Iterator[HoneycombClient]:
    """A client of the fake that waits without waiting."""
    with HoneycombClient(KEY, fake.url, clock=clock) as client:
        yield client


@pytest.fixture
def results() -> Callable[..., dict[str, Any]]:
    """Result data with one row per mapping given."""
    return lambda *rows: {"results": [{"data": row} for row in rows], "series": []}
