"""PutLogEvents from the body as it came, against parameters that were read before.

    python benchmarks/log_events_body.py [--rounds 9]

The gateway reads and checks the parameters of every other operation; PutLogEvents takes
its body by itself (`lab_emulators/aws/logs/operations/put_log_events.py`). Both ways
store the same events in one store, in turn; each line is the median of the ratios of
CPU seconds, reading and storing together.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from lab_emulators.aws.logs.engine import Logs
from lab_emulators.aws.validation import check
from lab_emulators.store import Store

EVENTS = 20_000
BATCHES = (1, 100, 1_000, 5_000)
GROUP, STREAM = "/bench/body", "web"
NAME = "PutLogEvents"


def main() -> None:
    """Print a ratio for each size of a batch."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=9)
    rounds = options.parse_args().rounds
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(Path(folder) / "logs.duckdb") as store,
    ):
        logs = Logs(store)
        logs.call("CreateLogGroup", {"logGroupName": GROUP})
        stream = {"logGroupName": GROUP, "logStreamName": STREAM}
        logs.call("CreateLogStream", stream)
        print(f"{'events in a batch':>18}{'read before / body':>20}")
        for size in BATCHES:
            ratios = [ratio(logs, size) for _ in range(rounds)]
            print(f"{size:>18,}{statistics.median(ratios):>20.2f}")


def ratio(logs: Logs, size: int) -> float:
    """CPU of parameters that were read before, over that of the body as it came."""
    body = batch(size)
    times = min(EVENTS // size, 500)
    return cpu(lambda: read_before(logs, body), times) / cpu(
        lambda: logs.raw[NAME](body), times
    )


def read_before(logs: Logs, body: bytes) -> None:
    """The way of every other operation: read, hold against the model, call."""
    parameters = json.loads(body)
    check("logs", NAME, parameters)
    logs.call(NAME, parameters)


def cpu(call: Callable[[], object], times: int) -> float:
    """CPU seconds of this process for so many calls."""
    began = time.process_time()
    for _ in range(times):
        call()
    return time.process_time() - began


def batch(size: int) -> bytes:
    """A request with log events of this moment, 120 bytes each."""
    now = time.time_ns() // 1_000_000
    message = json.dumps({"level": "INFO", "route": "/api/feed/home", "text": "x" * 70})
    events = [{"timestamp": now, "message": message}] * size
    return json.dumps(
        {"logGroupName": GROUP, "logStreamName": STREAM, "logEvents": events}
    ).encode()


if __name__ == "__main__":
    main()
