"""Query a large store: heatmap, P99 by route, one trace; against NumPy and pandas.

    python benchmarks/queries.py [--rows 10_000_000] [--rounds 5]

Rows are spans of Flask requests, eight to a trace, about twenty attributes each,
written through the store. NumPy has the same columns as arrays in memory, strings as
small integers: what code written for one question alone, over times that are sorted,
could do. pandas has them as a frame. CPU times are medians of interleaved rounds;
ratios are of CPU times. A store of a tenth of the rows shows how cost grows.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from lab_emulators.honeycomb.query import ResultOptions, Schema, parse_spec, run_query
from lab_emulators.store import Batch, ColumnType, Store

NS = 10**9
START = 1_700_000_000 // 7200 * 7200
WINDOW = 7200
STEP = 60
BINS = 50
CHUNK = 250_000
SPANS_PER_TRACE = 8
ROUTES = np.array([f"/route/{n}" for n in range(20)])
KINDS = np.array(["server", "client", "internal"])
DATASET = "spans"
# goals of the project: (contender, at most this many times its CPU time)
GOALS = {
    "heatmap 120x50": [("numpy", 4.0), ("pandas", 1.0)],
    "P99 by route, filtered": [("numpy", 1.3), ("pandas", 0.4)],
    "one trace by id": [("P99 by route, filtered", 1.0)],
}
GROWTH_GOAL = 1.3
PLANNING_GOAL_MS = 10.0


@dataclass(frozen=True)
class Spans:
    """The columns questions are asked about; `filler` goes to the store only."""

    time_ns: np.ndarray
    duration_ms: np.ndarray
    route: np.ndarray
    kind: np.ndarray
    trace: np.ndarray

    @classmethod
    def random(cls, rows: int, rng: np.random.Generator) -> "Spans":
        times = START * NS + np.sort(rng.integers(0, WINDOW * NS, rows))
        return cls(
            time_ns=times,
            duration_ms=rng.lognormal(3, 1, rows),
            route=rng.integers(0, len(ROUTES), rows, dtype=np.int8),
            kind=rng.integers(0, len(KINDS), rows, dtype=np.int8),
            trace=np.arange(rows) // SPANS_PER_TRACE,
        )

    def part(self, where: slice) -> "Spans":
        return Spans(*(getattr(self, name)[where] for name in self.__annotations__))

    def trace_ids(self) -> np.ndarray:
        """32 hex digits for each row, as a random id would have."""
        mixed = self.trace.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        halves = np.stack([mixed, ~mixed], axis=1).astype(">u8")
        text = halves.tobytes().hex().encode()
        return np.frombuffer(text, dtype="S32")


def arrow_columns(
    spans: Spans, rng: np.random.Generator
) -> dict[tuple[str, ColumnType], pa.Array]:
    """The spans as columns of a batch, with attributes no question is about."""
    rows = len(spans.time_ns)
    ids = pa.array(spans.trace_ids()).cast(pa.string())
    texts = {
        "trace.trace_id": ids,
        "http.route": pa.array(ROUTES[spans.route]),
        "span.kind": pa.array(KINDS[spans.kind]),
    }
    for number in range(10):
        values = np.array([f"value {number} {n}" for n in range(4 ** (number % 5))])
        texts[f"app.text_{number}"] = pa.array(
            values[rng.integers(0, len(values), rows)]
        )
    columns = {(key, ColumnType.STRING): array for key, array in texts.items()}
    duration = pa.array(spans.duration_ms)
    columns["duration_ms", ColumnType.FLOAT] = duration
    for number in range(5):
        whole = rng.integers(0, 10**number + 1, rows)
        columns[f"app.number_{number}", ColumnType.INTEGER] = pa.array(whole)
    return columns


def write(folder: Path, spans: Spans) -> Store:
    """A store of its own with all spans in one dataset."""
    store = Store.open(folder / "events.duckdb")
    rng = np.random.default_rng(2)
    for start in range(0, len(spans.time_ns), CHUNK):
        part = spans.part(slice(start, start + CHUNK))
        rate = np.ones(len(part.time_ns), np.int32)
        columns = arrow_columns(part, rng)
        store.append([Batch(DATASET, DATASET, part.time_ns, rate, columns)])
    return store


Question = Callable[[], object]


def emulator(store: Store, trace: str) -> dict[str, Question]:
    """The questions as query specifications, from JSON to JSON."""
    route = {"breakdowns": ["http.route"]}
    server = {"filters": [{"column": "span.kind", "op": "=", "value": "server"}]}
    one = {"filters": [{"column": "trace.trace_id", "op": "=", "value": trace}]}
    specs = {
        "heatmap 120x50": _calculate("HEATMAP") | {"granularity": STEP},
        "P99 by route, filtered": _calculate("P99") | route | server,
        "one trace by id": one | {"breakdowns": ["app.text_1", "app.number_1"]},
    }
    return {
        name: lambda spec=spec, name=name: ask(store, spec, series="heatmap" in name)
        for name, spec in specs.items()
    }


def _calculate(op: str) -> dict[str, object]:
    return {"calculations": [{"op": op, "column": "duration_ms"}]}


def ask(store: Store, spec: dict[str, object], *, series: bool) -> object:
    window = {"start_time": START, "end_time": START + WINDOW}
    with store.reader() as reader:
        schema = Schema.of(reader.tables())
        return run_query(
            parse_spec(spec | window, schema),
            reader,
            [DATASET],
            {},
            now_ns=0,
            options=ResultOptions(disable_series=not series),
        )


def numpy_answers(spans: Spans, row: int) -> dict[str, Question]:
    """The same, written by hand over arrays."""

    def heatmap() -> object:
        # Times are sorted: a step is a slice, small enough to stay in the cache.
        # Temporaries of all rows would be mapped anew each time, and cost more.
        scale = BINS / spans.duration_ms.max()
        starts = START * NS + np.arange(WINDOW // STEP + 1) * STEP * NS
        edges = np.searchsorted(spans.time_ns, starts)
        steps = [spans.duration_ms[a:b] for a, b in pairwise(edges)]
        return np.stack([_binned(values, scale) for values in steps])

    def p99() -> object:
        chosen = spans.kind == 0
        routes, values = spans.route[chosen], spans.duration_ms[chosen]
        return [np.percentile(values[routes == r], 99) for r in range(len(ROUTES))]

    def one_trace() -> object:
        return np.flatnonzero(spans.trace == spans.trace[row])

    return dict(zip(GOALS, (heatmap, p99, one_trace), strict=True))


def _binned(values: np.ndarray, scale: float) -> np.ndarray:
    bins = (values * scale).astype(np.int32)
    return np.bincount(np.minimum(bins, BINS - 1, out=bins), minlength=BINS)


def pandas_answers(spans: Spans, row: int) -> dict[str, Question]:
    """The same over a data frame with columns of text."""
    frame = pd.DataFrame(
        {
            "time": pd.to_datetime(spans.time_ns),
            "duration_ms": spans.duration_ms,
            "route": pd.array(ROUTES, dtype="str").take(spans.route),
            "kind": pd.array(KINDS, dtype="str").take(spans.kind),
            "trace": pd.array(spans.trace_ids().astype("U32"), dtype="str"),
        }
    )
    trace = frame["trace"].iloc[row]

    def heatmap() -> object:
        steps = frame["time"].dt.floor(f"{STEP}s")
        width = frame["duration_ms"].max() / BINS
        bins = (frame["duration_ms"] / width).astype("int64").clip(upper=BINS - 1)
        return frame.groupby([steps, bins]).size()

    def p99() -> object:
        chosen = frame[frame["kind"] == "server"]
        return chosen.groupby("route")["duration_ms"].quantile(0.99)

    def one_trace() -> object:
        return frame[frame["trace"] == trace]

    return dict(zip(GOALS, (heatmap, p99, one_trace), strict=True))


def measured(
    contenders: dict[str, dict[str, Question]], rounds: int
) -> dict[tuple[str, str], tuple[float, float]]:
    """Median CPU and wall milliseconds of (contender, question)."""
    times: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for _ in range(rounds + 1):
        for who, questions in contenders.items():
            for name, question in questions.items():
                times.setdefault((who, name), []).append(_timed(question))
    # the first round warms caches up
    return {key: _medians(found[1:]) for key, found in times.items()}


def _timed(question: Question) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    question()
    return (time.process_time() - cpu) * 1e3, (time.perf_counter() - wall) * 1e3


def _medians(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    cpu, wall = zip(*pairs, strict=True)
    return statistics.median(cpu), statistics.median(wall)


def report(times: dict[tuple[str, str], tuple[float, float]]) -> Iterator[str]:
    """A table of times, then every goal with what was reached."""
    for (who, name), (cpu, wall) in times.items():
        yield f"{name:26} {who:18} CPU {cpu:8.1f} ms   wall {wall:8.1f} ms"
    for name, goals in GOALS.items():
        ours = times["emulator", name][0]
        for other, goal in goals:
            key = (other, name) if (other, name) in times else ("emulator", other)
            ratio = ours / times[key][0]
            verdict = "met" if ratio <= goal else "MISSED"
            yield f"{name:26} {ratio:5.2f}x {other} (goal {goal}x): {verdict}"


def planning(store: Store, rounds: int) -> float:
    """Median milliseconds of a question about an empty dataset: all but the rows."""
    store.create_table("empty", label="empty")
    window = {"start_time": START, "end_time": START + WINDOW}

    def question() -> None:
        with store.reader() as reader:
            info = reader.table("empty")
            spec = parse_spec(window, Schema.of([info] if info else []))
            options = ResultOptions(disable_series=True)
            run_query(spec, reader, ["empty"], {}, now_ns=0, options=options)

    return statistics.median(_timed(question)[1] for _ in range(rounds * 4))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    try:
        compare(folder, options.rows, options.rounds)
    finally:
        shutil.rmtree(folder)


def compare(folder: Path, rows: int, rounds: int) -> None:
    """Write both stores, ask everybody, print."""
    spans = Spans.random(rows, np.random.default_rng(1))
    small = spans.part(slice(None, None, 10))
    trace = spans.trace_ids()[rows // 2].decode()
    with write(folder / "all", spans) as store, write(folder / "tenth", small) as tenth:
        contenders = {
            "emulator": emulator(store, trace),
            "emulator, a tenth": emulator(tenth, trace),
            "numpy": numpy_answers(spans, rows // 2),
            "pandas": pandas_answers(spans, rows // 2),
        }
        times = measured(contenders, rounds)
        print(f"{rows:,} rows")
        print("\n".join(report(times)))
        for name in GOALS:
            grown = (
                times["emulator", name][0] / times["emulator, a tenth", name][0] / 10
            )
            print(
                f"{name:26} cost per row {grown:.2f}x that of a tenth of the rows "
                f"(goal at most {GROWTH_GOAL}x)"
            )
        print(
            f"planning {planning(store, rounds):.1f} ms a call "
            f"(goal {PLANNING_GOAL_MS:.0f} ms)"
        )


if __name__ == "__main__":
    main()
