"""Runs of visitors: sent from a process of their own, beside a heartbeat."""

from __future__ import annotations

import json
import math
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import IO, Any

import pandas as pd

from lab_helpers.errors import SentenceError
from lab_helpers.traffic import load, visitors
from lab_helpers.traffic.heartbeat import heart
from lab_helpers.traffic.plan import Arrival, plan
from lab_helpers.traffic.progress import Bar, progress_bar
from lab_helpers.traffic.report import COLUMNS, Report
from lab_helpers.traffic.visitors import TIMEOUT_SECONDS, Address, Outcome
from lab_helpers.traffic.wire import ensure_listening, headers_of

MOST_VISITORS_AT_ONCE = 400
END_SECONDS = 5.0


class VisitorsFailed(SentenceError, RuntimeError):  # noqa: N818  what happened to their process
    """The visitors' process ended before its last request; says what it printed."""

    def __init__(self, printed: str) -> None:
        super().__init__(
            "the visitors' process ended before its last request; run the cell again, "
            f"and if it ends again, with a lower 'rate'. It printed: {printed or '-'}"
        )


def run(
    base_url: str,
    *,
    seconds: float = 10,
    rate: float = 20,
    seed: int = 7,
    progress: bool = True,
) -> Report:
    """Sends visitors to the app at `base_url` for a while; returns their Report.

    `rate` is requests per second on average. Who asks for what and when is decided by
    `seed` beforehand; a slow app does not slow the visitors down. They are a process of
    their own, and the report says how busy this machine was. NothingListens if there is
    no app, before anything is sent; ValueError for impossible numbers.
    """
    address = Address.of(base_url)
    arrivals = plan(seconds, rate, seed)
    ensure_listening(address)
    at_once = min(MOST_VISITORS_AT_ONCE, math.ceil(rate * TIMEOUT_SECONDS))
    with (
        progress_bar(len(arrivals), "visits", shown=progress) as bar,
        heart() as heartbeat,
    ):
        outcomes = list(_outcomes(_order(address, arrivals, at_once), bar))
    report = Report(
        base_url, seconds, seed, _frame(arrivals, outcomes), heartbeat.share
    )
    load.record(report.machine)
    return report


def _order(
    address: Address, arrivals: Sequence[Arrival], at_once: int
) -> dict[str, Any]:
    """The first line of the visitors' standard input."""
    return {
        "host": address.host,
        "port": address.port,
        "secure": address.secure,
        "at_once": at_once,
        "requests": [_request(arrival) for arrival in arrivals],
    }


def _request(arrival: Arrival) -> dict[str, Any]:
    errand = arrival.errand
    return {
        "at": arrival.at,
        "method": errand.method,
        "path": errand.path,
        "headers": headers_of(arrival.user, errand.body),
        "body": None if errand.body is None else json.dumps(errand.body),
    }


def _outcomes(order: dict[str, Any], bar: Bar) -> Iterator[Outcome]:
    """Every request's outcome, as they end; VisitorsFailed if some are missing."""
    with _visitors(order) as (child, errors):
        lines = _lines(child.stdout)
        for _ in order["requests"]:
            line = _next(lines)
            if not line:
                raise VisitorsFailed(_text(errors))
            number, start_ns, late_ms, status, duration_ms = json.loads(line)
            # The bar moves in this thread only: in a notebook it is the cell's.
            bar.update(1)
            yield number, start_ns, late_ms, status, duration_ms
        with suppress(subprocess.TimeoutExpired):  # then it is killed
            child.wait(END_SECONDS)


@contextmanager
def _visitors(
    order: dict[str, Any],
) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """The visitors' process, ended however the block ends, and its standard error."""
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            [sys.executable, "-I", "-S", visitors.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        assert child.stdin is not None and child.stdout is not None
        try:
            with suppress(OSError):  # it may have ended; its standard error says why
                child.stdin.write(json.dumps(order).encode() + b"\n")
                child.stdin.flush()
            yield child, errors
        finally:
            with suppress(OSError):
                child.stdin.close()
            try:
                child.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _lines(stdout: IO[bytes] | None) -> queue.Queue[bytes]:
    """The lines as they come, and an empty one at the end.

    A thread reads them: on Windows, reading cannot be interrupted.
    """
    lines: queue.Queue[bytes] = queue.Queue()

    def read() -> None:
        if stdout is not None:
            with stdout:
                for line in stdout:
                    lines.put(line)
        lines.put(b"")

    threading.Thread(target=read, name="kittiwake-visits", daemon=True).start()
    return lines


def _next(lines: queue.Queue[bytes]) -> bytes:
    while True:
        with suppress(queue.Empty):
            return lines.get(timeout=0.2)


def _text(errors: IO[bytes]) -> str:
    errors.seek(0)
    return errors.read().decode(errors="replace").strip()


def _frame(arrivals: Sequence[Arrival], outcomes: Sequence[Outcome]) -> pd.DataFrame:
    rows = []
    for number, start_ns, late_ms, status, duration_ms in sorted(outcomes):
        arrival = arrivals[number]
        errand = arrival.errand
        visitor = (arrival.habit, arrival.user)
        answer = (status, duration_ms)
        rows.append((start_ns, errand.route, errand.method, *answer, *visitor, late_ms))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.assign(start=pd.to_datetime(frame["start"], unit="ns", utc=True))
