"""Append to the store from 1, 2, 4 and 8 threads, durably, against not waiting for it.

    python benchmarks/store_append.py [--seconds 20] [--rows 512]

Each line is rows/s that were durable when `append` returned, and all of them queryable
at the end of the measurement, as a ratio to the same writer fed without waiting (its
queue always full) just before and after: what the wait for durability costs at that
many threads. Also the seconds of CPU for a million rows, and the slowest append.
"""

import argparse
import secrets
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from lab_emulators.store import Batch, ColumnType, OverloadedError, Store

THREADS = (1, 2, 4, 8)
STRINGS, INTEGERS = 15, 4


def spans(rows: int, rng: np.random.Generator) -> Batch:
    """Rows as wide as a span: ids, repeated strings, integers, a duration."""
    columns: dict[tuple[str, ColumnType], pa.Array] = {}
    for name, width in (("trace.trace_id", 16), ("trace.span_id", 8)):
        ids = pa.array([secrets.token_hex(width) for _ in range(rows)])
        columns[name, ColumnType.STRING] = ids
    for number in range(STRINGS):
        words = [f"value {value}" for value in rng.integers(0, 40, rows)]
        columns[f"text.{number}", ColumnType.STRING] = pa.array(words)
    for number in range(INTEGERS):
        values = pa.array(rng.integers(0, 1000, rows))
        columns[f"count.{number}", ColumnType.INTEGER] = values
    durations = pa.array(rng.lognormal(3, 1, rows))
    columns["duration_ms", ColumnType.FLOAT] = durations
    times = time.time_ns() + rng.integers(0, 10**9, rows)
    return Batch("bench", "bench", times, np.ones(rows, np.int32), columns)


def durable(store: Store, batch: Batch) -> None:
    """Append and wait."""
    store.append([batch])


def hurried(store: Store, batch: Batch) -> None:
    """Append without waiting, as fast as the store takes it."""
    try:
        store.submit([batch])
    except OverloadedError:
        time.sleep(0.002)


class Run:
    """Some threads appending for some seconds."""

    def __init__(self, store: Store, batches: list[Batch]) -> None:
        self.store = store
        self.batches = batches
        self.slowest = 0.0

    def rate(
        self, send: Callable[[Store, Batch], None], threads: int, seconds: float
    ) -> tuple[float, float]:
        """Rows/s stored, and CPU seconds for a million of them."""
        before, cpu, start = self.stored(), time.process_time(), time.perf_counter()
        workers = [
            threading.Thread(target=self.work, args=(send, start + seconds, number))
            for number in range(threads)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.drain()
        rows = self.stored() - before
        cpu = time.process_time() - cpu
        return rows / (time.perf_counter() - start), cpu / rows * 1e6

    def work(self, send: Callable[[Store, Batch], None], end: float, at: int) -> None:
        """One thread."""
        while (began := time.perf_counter()) < end:
            send(self.store, self.batches[at % len(self.batches)])
            if send is durable:
                self.slowest = max(self.slowest, time.perf_counter() - began)
            at += 1

    def drain(self) -> None:
        """Wait until what was hurried is stored: an append more comes after it."""
        while True:
            try:
                return durable(self.store, self.batches[0])
            except OverloadedError:
                time.sleep(0.002)

    def stored(self) -> int:
        """Rows in the store."""
        with self.store.reader() as reader:
            info = reader.table("bench")
            if info is None:
                return 0
            query = f"SELECT count(*) AS n FROM {info.physical}"
            return int(reader.execute(query).column("n")[0].as_py())


def main() -> None:
    """Print one line for each number of threads."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=float, default=20, help="in all")
    options.add_argument("--rows", type=int, default=512, help="in one append")
    chosen = options.parse_args()
    rng = np.random.default_rng(7)
    batches = [spans(chosen.rows, rng) for _ in range(16)]
    share = chosen.seconds / (2 * len(THREADS) + 1)
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(Path(folder) / "events.duckdb") as store,
    ):
        run = Run(store, batches)
        durable(store, batches[0])
        without = [run.rate(hurried, 2, share)[0]]
        for threads in THREADS:
            run.slowest = 0.0
            rate, cpu = run.rate(durable, threads, share)
            without.append(run.rate(hurried, 2, share)[0])
            limit = statistics.mean(without[-2:])
            print(
                f"{threads} threads: {rate:>9,.0f} rows/s durable, "
                f"{rate / limit:.2f} of {limit:,.0f} without waiting; "
                f"{cpu:.1f} CPU s per million; slowest {run.slowest * 1e3:.0f} ms"
            )


if __name__ == "__main__":
    main()
