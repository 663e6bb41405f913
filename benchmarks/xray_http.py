"""PutTraceSegments over HTTP as a client meets it: ours, durable, against moto's.

    python benchmarks/xray_http.py [--sent 12000] [--turns 5]

Both are behind the same waitress server, each in a process of its own. Ours is the
gateway as the lab hosts it: it routes by signature, and answers when the documents
would survive `kill -9`. Moto is called through `moto_base` and told the operation, so
it is spared the routing (its own server wants packages the lab does not have); what it
keeps is gone with the process. Requests are written ready-made on keep-alive
connections, so no client's cost hides anything. The two take turns; each line has the
medians, and the median of the ratios turn by turn. The seconds of CPU are those of the
server for a thousand documents, whatever its disk does; the limit printed first is what
the disk takes for the fsync of fifty documents and of one.
"""

import argparse
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import psutil
from xray_engine import batches, traces

from lab_emulators.aws.cloud import opened
from lab_emulators.aws.gateway import moto as moto_base
from lab_emulators.aws.gateway.call import ApiCall
from lab_emulators.aws.gateway.credential_scope import Scope
from lab_emulators.aws.gateway.http_request import HttpRequest
from lab_emulators.aws.services import SERVICES
from lab_emulators.web.server import Server, bind

PATH = "/TraceSegments"
SIGNED = "AWS4-HMAC-SHA256 Credential=lab/20260101/us-east-1/xray/aws4_request"
CASES = [(50, 1), (50, 8), (1, 1), (1, 8)]
APPENDS = 24


def moto(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Moto's answer to the one operation, as a WSGI application."""
    call = ApiCall(
        request=HttpRequest({**environ, "REQUEST_URI": PATH}),
        scope=Scope("", "us-east-1", "xray"),
        facts=SERVICES["xray"],
        operation="PutTraceSegments",
        protocol="rest-json",
    )
    return moto_base.raw_answer(call)(environ, start_response)


def serve(which: str, folder: Path) -> None:
    """Serve one of the two until standard input closes; prints the port."""
    with ExitStack() as open_until:
        app: Any = moto
        if which == "ours":
            cloud = open_until.enter_context(
                opened(folder, "us-east-1", appends=APPENDS)
            )
            cloud.warm_up()
            app = cloud.gateway
        server = Server(which, app, bind(0)[0])
        open_until.callback(server.stop)
        print(server.port, flush=True)
        sys.stdin.read()


@contextmanager
def served(which: str, folder: Path) -> Iterator[tuple[int, psutil.Process]]:
    """A process that serves one of the two: its port, and itself."""
    command = [sys.executable, __file__, "--serve", which, "--folder", str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as child:  # type: ignore[call-overload]
        yield int(child.stdout.readline()), psutil.Process(child.pid)
        child.stdin.close()


def request(documents: Sequence[str]) -> bytes:
    """A whole request that looks signed."""
    body = json.dumps({"TraceSegmentDocuments": documents}).encode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: xray.us-east-1.amazonaws.com\r\n"
        f"Authorization: {SIGNED}, SignedHeaders=host, Signature=0\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def answer(wire: socket.socket) -> bytes:
    """The body of one answer; AssertionError unless it is a success."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += wire.recv(65_536)
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), received
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    while len(body) < int(length):
        body += wire.recv(65_536)
    return body


def send(port: int, requests: Sequence[bytes]) -> None:
    """One connection: a request, its answer, the next request."""
    with closing(socket.create_connection(("127.0.0.1", port))) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for one in requests:
            wire.sendall(one)
            assert json.loads(answer(wire)) == {"UnprocessedTraceSegments": []}


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def rate(port: int, requests: Sequence[bytes], connections: int) -> float:
    """Requests/s over so many connections at once."""
    threads = [
        threading.Thread(target=send, args=(port, requests[place::connections]))
        for place in range(connections)
    ]

    def run() -> None:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return len(requests) / seconds(run)


def measured(
    server: tuple[int, psutil.Process], texts: Sequence[str], case: tuple[int, int]
) -> tuple[float, float]:
    """Documents/s, and the server's CPU seconds for a thousand of them."""
    (port, process), (size, connections) = server, case
    requests = [request(some) for some in batches(texts, size)]
    before = sum(process.cpu_times()[:2])
    found = rate(port, requests, connections) * size
    return found, (sum(process.cpu_times()[:2]) - before) / len(texts) * 1000


def fsync_ms(folder: Path, payload: bytes) -> float:
    """Milliseconds of appending that much to a file, durably: the median of 50."""
    with (folder / "limit").open("wb", buffering=0) as file:

        def write() -> None:
            file.write(payload)
            os.fsync(file.fileno())

        return statistics.median(seconds(write) for _ in range(50)) * 1e3


def measure(folder: Path, texts: Sequence[str], turns: int) -> None:
    """Print one line for each case."""
    for size in (50, 1):
        took = fsync_ms(folder, "".join(texts[:size]).encode())
        print(f"an fsync of {size} documents takes {took:.2f} ms on this disk")
    with served("ours", folder) as ours, served("moto", folder) as other:
        for server in (ours, other):
            measured(server, texts[:1000], (50, 1))
        for case in CASES:
            some = texts if case[0] > 1 else texts[: len(texts) // 8]
            pairs = [
                (measured(ours, some, case), measured(other, some, case))
                for _ in range(turns)
            ]
            report(case, pairs)


def report(
    case: tuple[int, int], pairs: Sequence[tuple[tuple[float, float], ...]]
) -> None:
    """The medians of one case."""
    middle = statistics.median
    own, other = (middle(pair[n][0] for pair in pairs) for n in (0, 1))
    cpu, others = (middle(pair[n][1] for pair in pairs) for n in (0, 1))
    ratio = middle(mine[0] / its[0] for mine, its in pairs)
    print(
        f"by {case[0]} over {case[1]} connections: {own:,.0f} documents/s durable, "
        f"{ratio:.2f} of moto's {other:,.0f} in memory; CPU {cpu * 1e3:.0f} ms per "
        f"thousand, {cpu / others:.2f} of moto's {others * 1e3:.0f}"
    )


def main() -> None:
    """Serve one of the two, or print the ratios."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sent", type=int, default=12_000, help="to each, a turn")
    options.add_argument("--turns", type=int, default=5)
    options.add_argument("--serve", choices=("ours", "moto"), help=argparse.SUPPRESS)
    options.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.serve:
        serve(chosen.serve, chosen.folder)
        return
    texts = [one for many in traces(chosen.sent, random.Random(7)) for one in many]
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), texts, chosen.turns)


if __name__ == "__main__":
    main()
