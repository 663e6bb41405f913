"""Service graphs of the X-Ray engine against JSON decoding.

    python benchmarks/xray_graph.py [--segments 50000]

Every number is a ratio taken in one run: seconds of a call over the seconds that one
plain pass takes which JSON-decodes the stored documents. The first call is the first
after everything was stored; then the same again, another window, the same after one
trace of many was touched, a group's graph, a time series. Last, the first call after a
restart, which reads and assembles every trace anew.
"""

import argparse
import json
import random
import statistics
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from xray_engine import NOW, batches, decoding, megabytes, seconds, traces

from lab_emulators.aws.xray.engine import XRay
from lab_emulators.store import Store

HOUR = {"StartTime": NOW, "EndTime": NOW + 3600}
LATER = {"StartTime": NOW + 600, "EndTime": NOW + 3000}
GROUP = {"GroupName": "failed", "FilterExpression": 'service("feed") { fault }'}
FEED = {"EntitySelectorExpression": 'service("feed")'}


def graph(xray: XRay, window: dict[str, Any]) -> dict[str, Any]:
    """The service graph of a window."""
    return xray.call("GetServiceGraph", window)


def series(xray: XRay) -> dict[str, Any]:
    """One service by the minute."""
    return xray.call("GetTimeSeriesServiceStatistics", HOUR | FEED)


def touch(xray: XRay, text: str) -> None:
    """Send one document again, changed."""
    changed = json.dumps(json.loads(text) | {"fault": True})
    xray.call("PutTraceSegments", {"TraceSegmentDocuments": [changed]})


def median(work: Callable[[], object], before: Callable[[], object]) -> float:
    """Seconds of `work`, the median of five, `before` done before each."""
    found = []
    for _ in range(5):
        before()
        found.append(seconds(work))
    return statistics.median(found)


def measure(store: Store, texts: list[str]) -> None:
    """Print every ratio."""
    xray, nothing = XRay(store), (lambda: None)
    xray.call("CreateGroup", GROUP)  # first: it holds what comes after it
    for some in batches(texts, 50):
        xray.call("PutTraceSegments", {"TraceSegmentDocuments": some})
    pending = iter(texts)
    one = decoding(texts)
    print(f"{len(texts):,} segments; decoding takes {one:.2f} s; {megabytes():.0f} MB")
    cases: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
        ("again", partial(graph, xray, HOUR), nothing),
        ("of another window", partial(graph, xray, LATER), nothing),
        (
            "after a trace was touched",
            partial(graph, xray, HOUR),
            lambda: touch(xray, next(pending)),
        ),
        ("of a group, again", partial(graph, xray, HOUR | GROUP_NAME), nothing),
        ("time series", partial(series, xray), nothing),
    ]
    print(f"  first: {seconds(partial(graph, xray, HOUR)) / one:.3f}")
    first = seconds(partial(graph, xray, HOUR | GROUP_NAME))
    print(f"  of a group, first: {first / one:.3f}")
    for name, work, before in cases:
        print(f"  {name}: {median(work, before) / one:.3f}")
    anew = XRay(store)
    print(f"  first after a restart: {seconds(partial(graph, anew, HOUR)) / one:.3f}")
    again = median(partial(graph, anew, HOUR), nothing)
    print(f"  again: {again / one:.3f}; {megabytes():.0f} MB")


GROUP_NAME = {"GroupName": GROUP["GroupName"]}


def main() -> None:
    """Print the ratios."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--segments", type=int, default=50_000, help="stored")
    chosen = options.parse_args()
    made = traces(chosen.segments, random.Random(7))
    texts = [text for trace in made for text in trace]
    with (
        tempfile.TemporaryDirectory() as name,
        Store.open(Path(name) / "graph.duckdb") as store,
    ):
        measure(store, texts)


if __name__ == "__main__":
    main()
