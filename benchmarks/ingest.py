"""OTLP ingest through the real process: spans/s stored, latency, CPU and memory.

    python benchmarks/ingest.py [--seconds 6] [--rounds 3] [--spans 512]

Three hosts take turns under the same load, with 2 and with 8 keep-alive connections
posting protobuf batches of Flask traces (8 spans, about 20 attributes each):

columnar     what the lab runs: columnar decode, every 200 waits until it is durable
plain        the same server with the reference decoder (protobuf objects, dicts)
not durable  columnar, answering before anything is written: the limit of the first

A rate counts spans only once a query counts them: for the third host, that is long
after its answers. The number the query gives must be the number acknowledged.
"""

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from otlp_decode import flask_spans

DATASET = "kittiwake-api"
VARIANTS = {
    "columnar": (),
    "plain": ("--decoder", "plain"),
    "not durable": ("--not-durable",),
}
BATCHES = 24  # different bodies, posted in turn


@dataclass(frozen=True)
class Run:
    """One host under load: spans stored, in how long, and what it took."""

    spans: int
    seconds: float
    cpu_s: float
    rss_mib: float
    latencies_ms: Sequence[float]
    refused: int = 0

    @property
    def rate(self) -> float:
        """Spans stored and queryable per second."""
        return self.spans / self.seconds

    @property
    def cpu_per_million(self) -> float:
        """CPU seconds of the host for a million spans."""
        return self.cpu_s / self.spans * 1e6

    def latency(self, share: float) -> float:
        """The latency in ms that `share` of the posts stayed below."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


@dataclass
class Host:
    """A running host, reached as any client reaches it."""

    process: subprocess.Popen[str]
    line: dict
    api: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.api = self.connect()

    def connect(self) -> http.client.HTTPConnection:
        """A new keep-alive connection."""
        where = urlsplit(self.line["honeycomb"]["endpoint"]).netloc
        return http.client.HTTPConnection(where, timeout=120)

    def call(self, method: str, path: str, body: object = None) -> dict:
        """One REST call's JSON answer."""
        headers = {"X-Honeycomb-Team": self.line["honeycomb"]["api_key"]}
        self.api.request(method, path, json.dumps(body), headers)
        answer = self.api.getresponse()
        return json.loads(answer.read() or b"{}")

    def stored(self) -> int:
        """How many spans a query counts."""
        spans = [{"column": "duration_ms", "op": "exists"}]  # not their events
        spec = {"time_range": 86_400, "filters": spans}
        query = self.call("POST", f"/1/queries/{DATASET}", spec)
        if "id" not in query:
            return 0  # the dataset is not there yet
        wanted = {"query_id": query["id"], "disable_series": True}
        made = self.call("POST", f"/1/query_results/{DATASET}", wanted)
        result = self.call("GET", f"/1/query_results/{DATASET}/{made['id']}")
        return int(result["data"]["results"][0]["data"]["COUNT"])

    def reset(self) -> None:
        """Empty it."""
        where = urlsplit(self.line["control"]).netloc
        control = http.client.HTTPConnection(where, timeout=120)
        control.request("POST", "/reset", headers={"X-Lab-Token": self.line["token"]})
        assert control.getresponse().status == 200
        control.close()


@contextmanager
def running(arguments: Sequence[str], state: Path) -> Iterator[Host]:
    """A host of its own for one variant."""
    command = [sys.executable, "-m", "lab_emulators", "--keep"]
    command += ["--state-dir", str(state), "--honeycomb-port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Host(process, json.loads(process.stdout.readline()))
        finally:
            process.kill()


def post_until(
    host: Host, bodies: Sequence[bytes], deadline: float, latencies: list[float]
) -> int:
    """Post `bodies` in turn over one connection; how many were refused with 429."""
    connection, refused, place = host.connect(), 0, 0
    headers = {
        "X-Honeycomb-Team": host.line["honeycomb"]["api_key"],
        "Content-Type": "application/x-protobuf",
    }
    while time.perf_counter() < deadline:
        started = time.perf_counter()
        connection.request("POST", "/v1/traces", bodies[place % len(bodies)], headers)
        answer = connection.getresponse()
        answer.read()
        place += 1
        if answer.status == 200:
            latencies.append((time.perf_counter() - started) * 1000)
        elif answer.status == 429:
            refused += 1
            time.sleep(0.05)
        else:
            raise AssertionError(f"the host answered {answer.status}")
    connection.close()
    return refused


def load(
    host: Host, bodies: Sequence[bytes], spans: int, connections: int, seconds: float
) -> Run:
    """Post from `connections` for `seconds`, then wait until all of it is counted."""
    host.reset()
    process = psutil.Process(host.process.pid)
    latencies: list[list[float]] = [[] for _ in range(connections)]
    refused = [0] * connections
    peak = [0.0]
    started, cpu = time.perf_counter(), sum(process.cpu_times()[:2])
    deadline = started + seconds

    def post(number: int) -> None:
        own = bodies[number:] + bodies[:number]
        refused[number] = post_until(host, own, deadline, latencies[number])

    threads = [threading.Thread(target=post, args=(n,)) for n in range(connections)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        peak[0] = max(peak[0], process.memory_info().rss / 2**20)
        time.sleep(0.1)
    accepted = sum(map(len, latencies)) * spans
    while (stored := host.stored()) < accepted:
        time.sleep(0.02)
    elapsed = time.perf_counter() - started
    assert stored == accepted, f"{accepted} acknowledged, {stored} counted"
    return Run(
        spans=stored,
        seconds=elapsed,
        cpu_s=sum(process.cpu_times()[:2]) - cpu,
        rss_mib=peak[0],
        latencies_ms=[one for own in latencies for one in own],
        refused=sum(refused),
    )


def median(runs: Sequence[Run], name: str) -> float:
    """The median of one figure over the rounds."""
    return statistics.median(getattr(run, name) for run in runs)


def show(connections: int, runs: dict[str, list[Run]]) -> None:
    """A table of the variants, and the ratios the project asks for."""
    print(f"\n{connections} connections")
    print(
        f"{'':12} {'stored/s':>9} {'p50 ms':>7} {'p99 ms':>7} "
        f"{'CPU s/M':>8} {'RSS MiB':>8} {'429':>5}"
    )
    for name, own in runs.items():
        p50, p99 = (statistics.median(r.latency(q) for r in own) for q in (0.5, 0.99))
        print(
            f"{name:12} {median(own, 'rate'):9,.0f} {p50:7.1f} {p99:7.1f} "
            f"{median(own, 'cpu_per_million'):8.1f} {median(own, 'rss_mib'):8.0f} "
            f"{sum(run.refused for run in own):5}"
        )
    ours, plain, limit = (runs[name] for name in VARIANTS)
    goals = (
        ("stored/s, columnar to plain", "rate", plain, "at least 4"),
        ("CPU per span, columnar to plain", "cpu_per_million", plain, "at most 0.25"),
        ("stored/s, durable to not", "rate", limit, "at least 0.8"),
    )
    for what, figure, other, goal in goals:
        ratio = median(ours, figure) / median(other, figure)
        print(f"  {what:32} {ratio:5.2f}   goal: {goal}")
    peak = max(run.rss_mib for run in ours)
    print(f"  {'peak RSS to 1.2 GiB':32} {peak / 1229:5.2f}   goal: at most 1")


def main() -> None:
    """Run all variants in turn, print what they did."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--spans", type=int, default=512)
    parser.add_argument("--connections", type=int, nargs="+", default=[2, 8])
    chosen = parser.parse_args()
    bodies = [
        encode_spans(flask_spans(chosen.spans, seed)).SerializeToString()
        for seed in range(BATCHES)
    ]
    size = statistics.mean(map(len, bodies)) / 1024
    print(f"{chosen.spans} spans a batch, {size:.0f} KiB, {os.cpu_count()} cores")
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        hosts = {
            name: opened.enter_context(running(arguments, folder / name))
            for name, arguments in VARIANTS.items()
        }
        for connections in chosen.connections:
            runs: dict[str, list[Run]] = {name: [] for name in hosts}
            for _ in range(chosen.rounds):
                for name, host in hosts.items():
                    run = load(host, bodies, chosen.spans, connections, chosen.seconds)
                    runs[name].append(run)
            show(connections, runs)


if __name__ == "__main__":
    main()
