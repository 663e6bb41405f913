"""Decode OTLP traces both ways, interleaved in one run: spans/s and CPU per span.

    python benchmarks/otlp_decode.py [--rounds 9] [--spans 512]

The input is what the Python SDK's exporter sends for requests to a Flask app: traces
of eight spans (the request, its queries and calls), about twenty attributes each.
The goal is columnar CPU per span at most 0.25 times the plain path's.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, Status, StatusCode

from lab_emulators.honeycomb.ingest import Decoder, decode_traces
from lab_emulators.store import Store

PROTOBUF = "application/x-protobuf"
GOAL = 0.25
SPANS_PER_TRACE = 8
REQUESTS_PER_COMMIT = 8


def flask_trace(tracer, rng: random.Random) -> None:
    """One request: a server span, and seven spans of queries and outgoing calls."""
    route = rng.choice(["/home", "/calls/<id>", "/search", "/messages"])
    failed = rng.random() < 0.02
    with tracer.start_as_current_span(
        f"GET {route}", kind=SpanKind.SERVER, attributes=request_attributes(route, rng)
    ) as span:
        for step in range(SPANS_PER_TRACE - 1):
            kind = SpanKind.CLIENT if step % 2 else SpanKind.INTERNAL
            with tracer.start_as_current_span(
                f"SELECT feed {step}", kind=kind, attributes=query_attributes(step, rng)
            ):
                pass
        if failed:
            span.record_exception(TimeoutError("feed took longer than 250 ms"))
            span.set_status(Status(StatusCode.ERROR, "feed timed out"))


def request_attributes(route: str, rng: random.Random) -> dict:
    """What the Flask instrumentation and a careful student put on a server span."""
    return {
        "http.method": "GET",
        "http.route": route,
        "http.target": f"{route}?page={rng.randrange(40)}",
        "http.scheme": "http",
        "http.host": "127.0.0.1:41231",
        "http.flavor": "1.1",
        "http.server_name": "127.0.0.1",
        "http.user_agent": "python-requests/2.32.3",
        "http.status_code": 200,
        "net.host.name": "127.0.0.1",
        "net.host.port": 41231,
        "net.peer.ip": "127.0.0.1",
        "net.peer.port": rng.randrange(1024, 65536),
        "app.user.id": f"user-{rng.randrange(5000)}",
        "app.plan": rng.choice(["free", "pro", "team"]),
        "app.tenant": f"tenant-{rng.randrange(40)}",
        "app.region": rng.choice(["eu-west", "us-east"]),
        "app.cache_hit": rng.random() < 0.7,
        "app.items": rng.randrange(200),
        "app.queue_wait_ms": rng.random() * 20,
    }


def query_attributes(step: int, rng: random.Random) -> dict:
    """What the SQLAlchemy instrumentation and a careful student put on a query."""
    return {
        "db.system": "sqlite",
        "db.name": "kittiwake",
        "db.operation": "SELECT",
        "db.sql.table": rng.choice(["calls", "people", "follows"]),
        "db.statement": f"SELECT id, text, expires_at FROM calls LIMIT {step * 10}",
        "db.rows": rng.randrange(1000),
        "db.pool.size": 5,
        "db.pool.wait_ms": rng.random(),
        "code.function": "home_feed",
        "code.filepath": "/srv/kittiwake/feed/queries.py",
        "code.lineno": 40 + step,
        "thread.id": 140_201_334_912_000 + step,
        "thread.name": "waitress-2",
        "app.user.id": f"user-{rng.randrange(5000)}",
        "app.tenant": f"tenant-{rng.randrange(40)}",
        "app.region": rng.choice(["eu-west", "us-east"]),
        "app.cache_key": f"feed:{rng.getrandbits(40):x}",
        "app.cache_hit": rng.random() < 0.7,
        "app.attempt": 1,
        "app.items": rng.randrange(200),
    }


def flask_spans(count: int, seed: int = 7) -> list[ReadableSpan]:
    """Finished spans of whole traces, at least `count`, cut to `count`."""
    rng = random.Random(seed)
    exporter = InMemorySpanExporter()
    resource = Resource.create(
        {"service.name": "kittiwake-api", "service.version": "3"}
    )
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("opentelemetry.instrumentation.flask", "0.66b0")
    while len(exporter.get_finished_spans()) < count:
        flask_trace(tracer, rng)
    return list(exporter.get_finished_spans())[:count]


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU seconds of the whole process while `work` runs."""
    before = time.process_time()
    work()
    return time.process_time() - before


def interleaved(
    works: dict[str, Callable[[], object]], rounds: int, repeats: int
) -> dict[str, float]:
    """Median CPU seconds of one call of each, measured in turns."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            spent = cpu_seconds(lambda work=work: [work() for _ in range(repeats)])
            taken[name].append(spent / repeats)
    return {name: statistics.median(times) for name, times in taken.items()}


def decoding(body: bytes) -> dict[str, Callable[[], object]]:
    """Decode alone, both ways."""

    def work(decoder: Decoder) -> Callable[[], object]:
        return lambda: decode_traces(body, PROTOBUF, decoder=decoder)

    return {"plain": work("plain"), "columnar": work("columnar")}


def storing(body: bytes, folder: Path) -> tuple[dict[str, Callable[[], object]], list]:
    """Decode and append to a store each; the works, and the stores to close.

    One append takes several requests, as when a commit takes all that are waiting.
    """
    stores = [Store.open(folder / f"{name}.duckdb") for name in ("plain", "columnar")]

    def work(store: Store, decoder: Decoder) -> Callable[[], object]:
        def append() -> None:
            waiting = (
                decode_traces(body, PROTOBUF, decoder=decoder)
                for _ in range(REQUESTS_PER_COMMIT)
            )
            store.append([batch for batches in waiting for batch in batches])

        return append

    plain, columnar = stores
    return {
        "plain": work(plain, "plain"),
        "columnar": work(columnar, "columnar"),
    }, stores


def report(title: str, taken: dict[str, float], spans: int) -> float:
    """Print a line per decoder and the ratio of columnar to plain; return that."""
    print(title)
    for name, seconds in taken.items():
        micros = seconds / spans * 1e6
        print(f"  {name:<9} {micros:7.2f} µs CPU/span {spans / seconds:10,.0f} spans/s")
    ratio = taken["columnar"] / taken["plain"]
    print(f"  ratio     {ratio:7.3f}")
    return ratio


def main() -> None:
    """Measure decoding alone, then decoding and storing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--spans", type=int, default=512)
    options = parser.parse_args()
    body = encode_spans(flask_spans(options.spans)).SerializeToString()
    sizes = options.rounds, options.repeats
    print(f"{len(body) / options.spans:,.0f} bytes a span, {options.rounds} rounds")
    ratio = report("decode", interleaved(decoding(body), *sizes), options.spans)
    print(f"  goal      {GOAL:7.3f} {'met' if ratio <= GOAL else 'missed'}")
    with tempfile.TemporaryDirectory() as folder:
        works, stores = storing(body, Path(folder))
        spans = options.spans * REQUESTS_PER_COMMIT
        report("decode and store, durably", interleaved(works, *sizes), spans)
        for store in stores:
            store.close()


if __name__ == "__main__":
    main()
