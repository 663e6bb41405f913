"""What forwarding costs ingest: the same load with it off, and to three kinds of sink.

    python benchmarks/forwarding.py [--seconds 2] [--rounds 7]

One host, posted to over 2 keep-alive connections: batches of 512 spans, and single
spans as a SimpleSpanProcessor sends them. In turn nothing is forwarded, or a copy goes
to a sink that answers at once, to one that never answers, and to a port that nobody
listens on. Figures are ratios to forwarding off in the same round, since a machine's
own speed changes from minute to minute; CPU is that of the host for each span.
"""

import argparse
import contextlib
import http.client
import json
import multiprocessing
import os
import re
import socket
import statistics
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

from ingest import Host, Run, load, median, running
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from otlp_decode import flask_spans

LOADS = {"512 spans a post": 512, "1 span a post": 1}
BODIES = 24
CONNECTIONS = 2
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def sink(ready: Connection, *, answers: bool) -> None:
    """Reads requests and answers each with 200, or never."""
    listening = socket.create_server(("127.0.0.1", 0))
    ready.send(listening.getsockname()[1])
    while True:
        wire, _ = listening.accept()
        serve = answer_all if answers else read_all
        threading.Thread(target=serve, args=(wire,), daemon=True).start()


def answer_all(wire: socket.socket) -> None:
    """Answers every request of a connection; bodies are read, not looked at."""
    reader = wire.makefile("rb")
    while line := reader.readline():
        if found := LENGTH.match(line):
            size = int(found[1])
        if line == b"\r\n":
            reader.read(size)
            wire.sendall(ANSWER)


def read_all(wire: socket.socket) -> None:
    """Reads until the client goes away."""
    while wire.recv(2**16):
        continue


@contextlib.contextmanager
def sinks() -> Iterator[dict[str, str | None]]:
    """Name → URL of each kind of sink; None where nothing is forwarded."""
    urls: dict[str, str | None] = {"off": None}
    processes = []
    for name, answers in {"fast sink": True, "hanging sink": False}.items():
        here, there = multiprocessing.Pipe()
        process = multiprocessing.Process(
            target=sink, args=(there,), kwargs={"answers": answers}, daemon=True
        )
        process.start()
        processes.append(process)
        urls[name] = f"http://127.0.0.1:{here.recv()}"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        urls["gone"] = f"http://127.0.0.1:{taken.getsockname()[1]}"
    yield urls
    for process in processes:
        process.kill()


def control(host: Host, method: str, path: str, body: object = None) -> dict:
    """One control call's JSON answer."""
    wire = http.client.HTTPConnection(
        urlsplit(host.line["control"]).netloc, timeout=120
    )
    with contextlib.closing(wire):
        headers = {"X-Lab-Token": host.line["token"]}
        wire.request(method, path, json.dumps(body), headers)
        answer = wire.getresponse()
        assert answer.status == 200
        return json.loads(answer.read())


@dataclass(frozen=True)
class Posts:
    """Bodies to post in turn, of so many spans each."""

    spans: int
    bodies: list[bytes]

    @classmethod
    def of(cls, spans: int) -> "Posts":
        """Some different bodies."""
        requests = (encode_spans(flask_spans(spans, seed)) for seed in range(BODIES))
        return cls(spans, [request.SerializeToString() for request in requests])


def measured(
    host: Host, url: str | None, posts: Posts, seconds: float
) -> tuple[Run, dict | None]:
    """One load with copies to `url`; the run, and the report on the copies."""
    upstream = {"honeycomb": {"endpoint": url, "key": "benchmark"}} if url else {}
    control(host, "POST", "/forwarding", upstream)
    run = load(host, posts.bodies, posts.spans, CONNECTIONS, seconds)
    report = control(host, "GET", "/health")["forwarding"].get("honeycomb")
    control(host, "POST", "/forwarding", {})
    return run, report


def show(runs: dict[str, list[Run]], reports: dict[str, dict | None]) -> None:
    """A table of the sinks, each as ratios to nothing forwarded."""
    print(
        f"{'':14} {'stored/s':>9} {'to off':>7} {'p50 to off':>11} {'p99 to off':>11} "
        f"{'CPU to off':>11}  copies"
    )
    figures = {
        "rate": lambda run: run.rate,
        "p50": lambda run: run.latency(0.5),
        "p99": lambda run: run.latency(0.99),
        "cpu": lambda run: run.cpu_per_million,
    }
    for name, own in runs.items():
        rate, p50, p99, cpu = (
            ratio(own, runs["off"], figure) for figure in figures.values()
        )
        print(
            f"{name:14} {median(own, 'rate'):9,.0f} {rate:7.2f} {p50:11.2f} "
            f"{p99:11.2f} {cpu:11.2f}  {described(reports[name])}"
        )


def ratio(own: list[Run], off: list[Run], figure: Callable[[Run], float]) -> float:
    """The median over the rounds of a figure's ratio to the same round with it off."""
    pairs = zip(own, off, strict=True)
    return statistics.median(figure(one) / figure(other) for one, other in pairs)


def described(report: dict | None) -> str:
    """The last round's counts of events in words."""
    if report is None:
        return "none"
    names = ("forwarded", "waiting", "dropped")
    return ", ".join(f"{report[name]:,} {name}" for name in names)


def main() -> None:
    """Run all sinks in turn under each load, print what they did."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    chosen = parser.parse_args()
    print(f"{os.cpu_count()} cores, {CONNECTIONS} connections")
    with tempfile.TemporaryDirectory() as folder, sinks() as urls:
        ports = [f"--{vendor}-port=0" for vendor in ("aws", "xray", "rollbar")]
        with running(ports, Path(folder)) as host:
            for title, size in LOADS.items():
                posts = Posts.of(size)
                runs: dict[str, list[Run]] = {name: [] for name in urls}
                reports: dict[str, dict | None] = {}
                for _ in range(chosen.rounds):
                    for name, url in urls.items():
                        run, reports[name] = measured(host, url, posts, chosen.seconds)
                        runs[name].append(run)
                print(f"\n{title}")
                show(runs, reports)


if __name__ == "__main__":
    main()
