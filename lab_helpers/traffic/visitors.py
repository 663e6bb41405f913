"""Visitors as a process of their own: requests leave on time, answers or not.

Run as a script by `visit`, and made of the standard library alone, so that it starts in
a few hundredths of a second and takes nothing of the notebook's interpreter. Standard
input has one JSON object in its first line: `host`, `port`, `secure`, `at_once` and
`requests`, each with `at` (seconds after the start), `method`, `path`, `headers` and
`body` (text or null). Standard output gets one JSON array per request as it ends, an
`Outcome`. The process ends with the last of them, or when its standard input closes.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 30.0

Outcome: TypeAlias = tuple[int, int, float, int, float]
"""Number of the request, start (ns since the epoch), late_ms, status, duration_ms."""


@dataclass(frozen=True, slots=True)
class Address:
    """Host and port of an app, and whether it speaks HTTPS."""

    host: str
    port: int
    secure: bool = False

    @classmethod
    def of(cls, base_url: str) -> Address:
        """The address in a URL such as `http://127.0.0.1:5000`; ValueError if none."""
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{base_url!r} is no URL; it looks like http://host:port")
        secure = parts.scheme == "https"
        return cls(parts.hostname, parts.port or (443 if secure else 80), secure)

    def connect(self) -> http.client.HTTPConnection:
        """A fresh connection, not yet opened."""
        kind = (
            http.client.HTTPSConnection if self.secure else http.client.HTTPConnection
        )
        return kind(self.host, self.port, timeout=TIMEOUT_SECONDS)


def exchange(
    address: Address,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
) -> tuple[int, bytes]:
    """Sends one request; status and body of the answer. OSError if there is none."""
    connection = address.connect()
    try:
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read()
    except http.client.HTTPException as error:
        raise ConnectionError(f"no proper answer to {method} {path}") from error
    finally:
        connection.close()


def dispatch(
    requests: Sequence[Mapping[str, Any]],
    send: Callable[[int, float], None],
    at_once: int,
    *,
    clock: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Calls `send` with number and planned moment of each request, on time.

    `at_once` calls run at the same time; none of them delays the requests after it.
    """
    begin = clock()
    with ThreadPoolExecutor(at_once, "visitor") as pool:
        sent = []
        for number, request in enumerate(requests):
            due = begin + request["at"]
            sleep(max(0.0, due - clock()))
            sent.append(pool.submit(send, number, due))
    for future in sent:
        future.result()  # what went wrong in a thread goes wrong here


def visit(
    address: Address, request: Mapping[str, Any], number: int, due: float
) -> Outcome:
    """One request and its outcome; `due` is its moment on `time.perf_counter`."""
    start, start_ns = time.perf_counter(), time.time_ns()
    body = None if request["body"] is None else request["body"].encode()
    try:
        status, _ = exchange(
            address,
            request["method"],
            request["path"],
            headers=request["headers"],
            body=body,
        )
    except OSError:
        status = 0  # no answer is an outcome, and the report counts it
    took = time.perf_counter() - start
    late = max(0.0, start - due)
    return number, start_ns, late * 1000, status, took * 1000


def main() -> None:
    """Sends what the first line of standard input asks for."""
    # Interrupting a notebook cell interrupts the whole process group; not us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    order = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    address = Address(order["host"], order["port"], order["secure"])
    requests = order["requests"]

    def send(number: int, due: float) -> None:
        outcome = visit(address, requests[number], number, due)
        # one write per line: a print of two parts would mix with other threads'
        sys.stdout.write(json.dumps(outcome) + "\n")
        sys.stdout.flush()

    dispatch(requests, send, order["at_once"])


def _end_with_standard_input() -> None:
    sys.stdin.read()
    os._exit(1)  # without waiting for answers that nobody will read


if __name__ == "__main__":
    main()
