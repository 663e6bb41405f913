"""FilterLogEvents with and without a pattern's condition in the store.

    python benchmarks/filter_patterns.py [--events 200_000] [--rounds 5]

A filter pattern is compiled twice: to a condition that the store evaluates on its
columns (`compile.py`), and to a function of one message (`matching.py`), which has the
last word and extracts values. The second could search alone. Both ways answer the same
calls over the same JSON lines and access-log lines, page after page, and must find
the same number of events. CPU times are medians of interleaved rounds; ratios are of
CPU times in this run.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from unittest import mock

import numpy as np

from lab_emulators.aws.languages.filter_pattern import Pattern
from lab_emulators.aws.logs.engine import Logs
from lab_emulators.store import Store
from lab_emulators.store.query import TRUE

GROUP, STREAM = "/lab/app", "web"
BATCH = 5_000
GOAL = 2.0
PATTERNS = {
    "json, rare": "{ $.status = 500 && $.duration_ms > 200 }",
    "json, text": '{ $.route = "/route/7" }',
    "json, any number": "{ $.duration_ms > 30 }",
    "line, text": '[ip, user, request = "*/route/7", status, ms]',
    "line, numbers": "[ip, user, request, status = 500, ms > 200]",
}


def messages(count: int, rng: np.random.Generator) -> list[str]:
    """Requests as JSON and as access-log lines in turn."""
    took = rng.lognormal(3, 1, count).round(2).tolist()
    routes = rng.integers(0, 12, count).tolist()
    statuses = rng.choice([200, 200, 200, 200, 404, 500], count).tolist()
    texts = []
    for at, (ms, route, status) in enumerate(zip(took, routes, statuses, strict=True)):
        if at % 2:
            texts.append(f'127.0.0.1 - "GET /route/{route}" {status} {ms}')
        else:
            texts.append(
                f'{{"level": "info", "route": "/route/{route}", "duration_ms": {ms}, '
                f'"status": {status}, "message": "request handled"}}'
            )
    return texts


def fill(logs: Logs, events: int) -> None:
    """Events of the last minutes, in batches."""
    rng = np.random.default_rng(5)
    logs.call("CreateLogGroup", {"logGroupName": GROUP})
    names = {"logGroupName": GROUP, "logStreamName": STREAM}
    logs.call("CreateLogStream", names)
    now_ms = int(time.time() * 1000)
    for first in range(0, events, BATCH):
        count = min(BATCH, events - first)
        stamped = [
            {"timestamp": now_ms - events + first + at, "message": text}
            for at, text in enumerate(messages(count, rng))
        ]
        logs.call("PutLogEvents", {**names, "logEvents": stamped})


def search(logs: Logs, pattern: str) -> int:
    """All pages of FilterLogEvents: how many events."""
    found, token = 0, None
    while True:
        more = {"nextToken": token} if token else {}
        parameters = {"logGroupName": GROUP, "filterPattern": pattern, **more}
        answer = logs.call("FilterLogEvents", parameters)
        found += len(answer["events"])
        token = answer.get("nextToken")
        if token is None:
            return found


def cpu(work: Callable[[], int]) -> tuple[float, int]:
    """CPU seconds of all threads, and the result."""
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def main() -> None:
    """Print CPU times and ratios for each pattern."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(Path(folder) / "logs.duckdb") as store,
    ):
        logs = Logs(store)
        fill(logs, options.events)
        for name, pattern in PATTERNS.items():
            ways = {
                "condition and match": nullcontext(),
                "match alone": mock.patch.object(Pattern, "condition", lambda _: TRUE),
            }
            times: dict[str, list[float]] = {way: [] for way in ways}
            counts = set()
            for _ in range(options.rounds):
                for way, patched in ways.items():
                    with patched:
                        seconds, found = cpu(lambda text=pattern: search(logs, text))
                    times[way].append(seconds)
                    counts.add(found)
            assert len(counts) == 1, counts
            quick, slow = (statistics.median(each) for each in times.values())
            print(
                f"{name:18} {counts.pop():7,} found   condition {quick:6.2f} s   "
                f"match alone {slow:6.2f} s   {slow / quick:5.1f} x (goal {GOAL})"
            )
        logs.close()


if __name__ == "__main__":
    main()
