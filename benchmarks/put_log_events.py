"""PutLogEvents of our engine and of moto's, in log events per second over HTTP.

    python benchmarks/put_log_events.py [--seconds 1.5] [--rounds 3]

Two child processes serve the same requests through the same server: ours behind the
gateway, durable when it answers; moto, behind less, in memory. The client writes
raw requests on keep-alive connections, so that boto3's cost is not in the picture.
They take turns, and each line is the median of the ratios of the rounds. The CPU is
that of the server for a thousand events, whatever its disk does: with one connection
and small batches, an fsync for each of them is most of what ours takes.
"""

import argparse
import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
from werkzeug.wrappers import Response

from lab_emulators.aws.cloud import opened
from lab_emulators.aws.gateway import moto as moto_base
from lab_emulators.aws.gateway.call import parse_call
from lab_emulators.aws.gateway.credential_scope import scope_of
from lab_emulators.aws.gateway.http_request import HttpRequest
from lab_emulators.web.server import Server, bind

BATCHES = (1, 100, 1000, 10_000)
CONNECTIONS = (1, 8)
Served = tuple[str, psutil.Process]
"""The URL of a server, and its process."""

Pair = tuple[float, float]

GROUP = "/bench/put"
HEADERS = {
    "Content-Type": "application/x-amz-json-1.1",
    "Authorization": "AWS4-HMAC-SHA256 Credential=lab/20260101/us-east-1/logs/"
    "aws4_request, SignedHeaders=host, Signature=0",
}


def moto_door(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Moto's answer, with nothing between it and the server but the routing."""
    scope = scope_of(environ)
    assert scope is not None
    call = parse_call(HttpRequest(environ), scope)
    answer: Response = moto_base.raw_answer(call)
    return answer(environ, start_response)


def serve(which: str, folder: Path) -> None:
    """Serve until standard input closes; the port goes to standard output."""
    with opened(folder, "us-east-1", appends=64) as cloud:
        door = cloud.gateway if which == "ours" else moto_door
        server = Server(which, door, bind(0)[0])
        print(server.url, flush=True)
        sys.stdin.read()
        server.stop()


@contextmanager
def served(which: str, folder: Path) -> Iterator[Served]:
    """One of the two, in a process of its own."""
    command = [sys.executable, __file__, "--serve", which, "--folder", str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        url = child.stdout.readline().strip()
        yield url, psutil.Process(child.pid)
        child.stdin.close()


class Client:
    """One connection that writes requests as they are on the wire."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)

    def call(self, operation: str, body: bytes) -> None:
        """One call, which must succeed."""
        target = {"X-Amz-Target": f"Logs_20140328.{operation}"}
        self._connection.request("POST", "/", body, HEADERS | target)
        answer = self._connection.getresponse()
        said = answer.read()
        assert answer.status == 200, said
        assert b"rejected" not in said, said


def body_of(stream: str, size: int) -> bytes:
    """A batch of lines of some 70 bytes, all of this second."""
    now = int(time.time() * 1000)
    lines = (
        {"level": "info", "route": "/calls", "ms": n % 900, "tenant": f"t{n % 40:03d}"}
        for n in range(size)
    )
    events = [{"timestamp": now, "message": json.dumps(line)} for line in lines]
    names = {"logGroupName": GROUP, "logStreamName": stream}
    return json.dumps({**names, "logEvents": events}).encode()


def prepare(url: str) -> None:
    """Make the group and a stream for each connection."""
    client = Client(url)
    client.call("CreateLogGroup", json.dumps({"logGroupName": GROUP}).encode())
    for number in range(max(CONNECTIONS)):
        names = {"logGroupName": GROUP, "logStreamName": f"s{number}"}
        client.call("CreateLogStream", json.dumps(names).encode())
        client.call("PutLogEvents", body_of(f"s{number}", 1))


def rate(url: str, size: int, connections: int, seconds: float) -> float:
    """Events per second that were acknowledged."""
    counts = [0] * connections
    start = time.perf_counter()

    def post(number: int) -> None:
        client, body = Client(url), body_of(f"s{number}", size)
        while time.perf_counter() < start + seconds:
            client.call("PutLogEvents", body)
            counts[number] += size

    threads = [threading.Thread(target=post, args=(n,)) for n in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - start)


def measured(server: Served, size: int, connections: int, seconds: float) -> Pair:
    """Events per second, and the server's CPU in ms for a thousand of them."""
    url, process = server
    before, start = sum(process.cpu_times()[:2]), time.perf_counter()
    found = rate(url, size, connections, seconds)
    count = found * (time.perf_counter() - start)
    return found, (sum(process.cpu_times()[:2]) - before) / count * 1e6


def compare(ours: Served, moto: Served, seconds: float, rounds: int) -> None:
    """Print one line for each size of batch and number of connections."""
    for connections in CONNECTIONS:
        for size in BATCHES:
            runs = [
                [measured(one, size, connections, seconds) for one in (ours, moto)]
                for _ in range(rounds)
            ]
            own, other = (statistics.median(r[n][0] for r in runs) for n in (0, 1))
            ratio = statistics.median(a[0] / b[0] for a, b in runs)
            cpu = statistics.median(a[1] / b[1] for a, b in runs)
            print(
                f"{connections} connection(s), {size:>6,} a batch: {own:>9,.0f} "
                f"events/s durable, {ratio:5.2f} of moto's {other:,.0f} in memory; "
                f"CPU {statistics.median(r[0][1] for r in runs):,.1f} ms per thousand, "
                f"{cpu:4.2f} of moto's",
                flush=True,
            )


def main() -> None:
    """Print the ratios."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=float, default=1.5, help="of each run")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--serve", choices=("ours", "moto"), help=argparse.SUPPRESS)
    options.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.serve:
        serve(chosen.serve, chosen.folder)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with served("ours", folder / "o") as ours, served("moto", folder / "m") as moto:
            for url, _ in (ours, moto):
                prepare(url)
            compare(ours, moto, chosen.seconds, chosen.rounds)


if __name__ == "__main__":
    main()
