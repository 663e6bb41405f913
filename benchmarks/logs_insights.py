"""Logs Insights against the same questions in SQL written by hand, over one store.

    python benchmarks/logs_insights.py [--events 1_000_000] [--rounds 7]

Events are JSON lines of a web application, written through the store in batches of
10,000, the most PutLogEvents takes. Each query is parsed, compiled, run and written
out as GetQueryResults shows it, with its statistics (records and bytes scanned,
records matched). The SQL by hand fetches the rows, and counts what a search matched:
one that may stop at its thousand rows is three times as fast. CPU times are medians of
interleaved rounds; ratios are of CPU times in this run. The memory is the peak of
this process, whose database may take 512 MB.
"""

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa

from lab_emulators.aws.languages.insights.parser import parse
from lab_emulators.aws.languages.insights.run import LogRange, RunSettings, run
from lab_emulators.store import Batch, ColumnType, Reader, Store, TableInfo

GROUP = "/lab/app"
START_MS = 1_700_000_000_000
HOUR_MS = 3_600_000
BATCH = 10_000
GOAL = 1.5
MEMORY_GOAL_MIB = 1229
QUERIES = {
    "pct by bin(1m), route": """stats pct(duration_ms, 50), pct(duration_ms, 95),
        pct(duration_ms, 99) by bin(1m), route""",
    "filtered search": """fields @timestamp, @message, request.user
        | filter duration_ms > 100 and status = 500
        | sort @timestamp desc | limit 1000""",
}
FIELDS = """CASE WHEN json_valid({message})
    THEN json_extract_string({message}, [{paths}]) END AS j"""
BY_HAND = {
    "pct by bin(1m), route": """
        SELECT t, route, quantile_cont(ms, [0.5, 0.95, 0.99]) AS p FROM (
            SELECT _time // 60000000000 * 60000000000 AS t,
                TRY_CAST(j[1] AS DOUBLE) AS ms, j[2] AS route
            FROM (SELECT _time, {fields} FROM {table}
                WHERE _time >= $1 AND _time < $2))
        GROUP BY t, route ORDER BY t, route LIMIT 10000""",
    "filtered search": """
        WITH kept AS MATERIALIZED (
            SELECT _time, message, seq, j[3] AS who FROM (
                SELECT _time, {message} AS message, {seq} AS seq, {fields}
                FROM {table} WHERE _time >= $1 AND _time < $2)
            WHERE TRY_CAST(j[1] AS DOUBLE) > 100 AND TRY_CAST(j[2] AS DOUBLE) = 500)
        SELECT *, (SELECT count(*) FROM kept) AS matched
        FROM kept ORDER BY _time DESC, seq DESC LIMIT 1000""",
}
PATHS = {
    "pct by bin(1m), route": "'$.duration_ms', '$.route'",
    "filtered search": "'$.duration_ms', '$.status', '$.request.user'",
}


def lines(count: int, rng: np.random.Generator) -> list[str]:
    """What an application says about as many requests."""
    took = rng.lognormal(3, 1, count).round(2).tolist()
    routes = rng.integers(0, 12, count).tolist()
    statuses = rng.choice([200, 200, 200, 200, 404, 500], count).tolist()
    users = rng.integers(0, 5000, count).tolist()
    return [
        f'{{"level": "info", "route": "/route/{route}", "duration_ms": {ms}, '
        f'"status": {status}, "request": {{"id": "{user * 7919:032x}", '
        f'"user": "u{user}"}}, "message": "request handled"}}'
        for ms, route, status, user in zip(took, routes, statuses, users, strict=True)
    ]


def fill(store: Store, events: int) -> None:
    """Events over one hour, in the order of their times."""
    rng = np.random.default_rng(5)
    for first in range(0, events, BATCH):
        count = min(BATCH, events - first)
        order = np.arange(first, first + count)
        times = START_MS + order * HOUR_MS // events
        columns = {
            ("message", ColumnType.STRING): pa.array(lines(count, rng)),
            ("stream", ColumnType.STRING): pa.repeat("web", count),
            ("ingested", ColumnType.INTEGER): pa.array(times + 5),
            ("seq", ColumnType.INTEGER): pa.array(order),
        }
        rates = np.ones(count, np.int32)
        store.append([Batch(GROUP, GROUP, times * 1_000_000, rates, columns)])


def ask(reader: Reader, query: str) -> int:
    """The query, from its text to the rows of GetQueryResults: how many."""
    span = LogRange([GROUP], START_MS, START_MS + HOUR_MS)
    setting = RunSettings(lambda group, ms, seq: f"{group}{ms}{seq}", 0)
    return len(run(parse(query), reader, span, setting).rows)


def by_hand(reader: Reader, table: TableInfo, name: str) -> int:
    """The same in SQL: how many rows."""
    names = {key: column.physical for key, column in table.columns.items()}
    fields = FIELDS.format(message=names["message"], paths=PATHS[name])
    sql = BY_HAND[name].format(table=table.physical, fields=fields, **names)
    window = [START_MS * 1_000_000, (START_MS + HOUR_MS) * 1_000_000]
    return len(reader.execute(sql, window).to_pylist())


def cpu(work: Callable[[], int]) -> float:
    """CPU seconds of this process, all threads, for one call."""
    before = time.process_time()
    work()
    return time.process_time() - before


@contextmanager
def watched() -> Iterator[list[float]]:
    """The peak of this process's memory in MiB, looked at a hundred times a second."""
    process, peak, over = psutil.Process(), [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(0.01):
            peak[0] = max(peak[0], process.memory_info().rss / 2**20)

    thread = threading.Thread(target=watch, name="memory", daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def compare(reader: Reader, table: TableInfo, name: str, rounds: int) -> None:
    """Print the medians of both, and their ratio."""
    ours, hands = list[float](), list[float]()
    rows = ask(reader, QUERIES[name])
    if rows != by_hand(reader, table, name):
        raise SystemExit(f"{name}: the SQL by hand finds another number of rows")
    for _ in range(rounds):
        ours.append(cpu(lambda: ask(reader, QUERIES[name])))
        hands.append(cpu(lambda: by_hand(reader, table, name)))
    one, other = statistics.median(ours), statistics.median(hands)
    print(
        f"  {name:24} {one * 1e3:6.0f} ms CPU, by hand {other * 1e3:6.0f}, "
        f"ratio {one / other:4.2f}   goal: at most {GOAL}   ({rows:,} rows)"
    )


def main() -> None:
    """Fill a store, ask both ways, print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--events", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=7)
    chosen = options.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(Path(folder) / "logs.duckdb") as store,
    ):
        began = time.perf_counter()
        fill(store, chosen.events)
        took = time.perf_counter() - began
        print(f"{chosen.events:,} events, stored in {took:.0f} s")
        table = store.table(GROUP)
        if table is None:
            raise SystemExit("nothing was stored")
        idle = psutil.Process().memory_info().rss / 2**20
        with watched() as peak, store.reader() as reader:
            for name in QUERIES:
                compare(reader, table, name, chosen.rounds)
        print(
            f"  memory: {idle:.0f} MiB before, {peak[0]:.0f} at its peak   "
            f"goal: at most {MEMORY_GOAL_MIB}"
        )


if __name__ == "__main__":
    main()
