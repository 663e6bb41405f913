"""The X-Ray engine against JSON decoding, and against moto's own store of segments.

    python benchmarks/xray_engine.py [--segments 50000] [--sent 2000]

Everything is a ratio taken in one run. Over the stored segments: a filtered page of
summaries, the first and the second time, against one plain pass that JSON-decodes the
same documents; then the same after a restart, when everything is read from the file
and nothing has made it ready (the host does, in the background).
PutTraceSegments in documents/s against moto, both behind the same boto3 client in this
process and without a network: by 50 documents a call, as the daemon sends them, and
one by one. Ours is durable when it answers, moto's is gone with the process.
"""

import argparse
import gc
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import psutil
from botocore.awsrequest import AWSResponse
from moto import mock_aws

from lab_emulators.aws.xray.engine import XRay
from lab_emulators.store import Store

NOW = 1_700_000_000.0
FILTER = 'service("feed") { fault } AND annotation.plan = "free" AND duration > 0.2'
CLIENT = {"region_name": "us-east-1", "aws_access_key_id": "lab"}


def traces(segments: int, rng: random.Random) -> Iterator[list[str]]:
    """Traces of three services, as the SDK sends them: `segments` documents in all."""
    for _ in range(0, segments, 3):
        start = NOW + rng.random() * 3600
        trace_id = f"1-{int(start):08x}-{rng.getrandbits(96):024x}"
        names = ("api", "feed", "messages")
        parent: str | None = None
        documents = []
        for name in names:
            document = segment(name, trace_id, parent, start, rng)
            parent = document["subsegments"][0]["id"]
            documents.append(json.dumps(document))
        yield documents


def segment(
    name: str, trace_id: str, parent: str | None, start: float, rng: random.Random
) -> dict[str, Any]:
    """One service's part: a call of the next service and a query, with annotations."""
    took, fault = rng.lognormvariate(-1.5, 0.7), rng.random() < 0.02
    http = {
        "request": {"method": "GET", "url": f"http://{name}/calls", "user_agent": "k"},
        "response": {"status": 500 if fault else 200, "content_length": 512},
    }
    inner = {"start_time": start + took * 0.1, "end_time": start + took * 0.9}
    call = {"id": f"{rng.getrandbits(64):016x}", "name": "next", "namespace": "remote"}
    query = {"id": f"{rng.getrandbits(64):016x}", "name": "people.db", "sql": {}}
    more = {"parent_id": parent} if parent else {}
    return {
        "id": f"{rng.getrandbits(64):016x}",
        "name": name,
        "trace_id": trace_id,
        "start_time": start,
        "end_time": start + took,
        "in_progress": False,
        "fault": fault,
        "http": http,
        "aws": {"xray": {"sdk": "X-Ray for Python", "sdk_version": "2.15.0"}},
        "service": {"runtime": "CPython", "runtime_version": "3.13.0"},
        "annotations": {"plan": rng.choice(["free", "pro"]), "items": rng.randrange(9)},
        "metadata": {"default": {"flags": ["a", "b"], "tenant": rng.randrange(40)}},
        "subsegments": [call | inner | {"http": http}, query | inner],
        **more,
    }


def batches(texts: Sequence[str], size: int) -> Iterator[list[str]]:
    """The documents, some a call."""
    for place in range(0, len(texts), size):
        yield list(texts[place : place + size])


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def megabytes() -> float:
    """Resident memory of this process."""
    return float(psutil.Process().memory_info().rss) / 2**20


def page(xray: XRay) -> dict[str, Any]:
    """A filtered page of the hour's summaries."""
    asked = {"StartTime": NOW, "EndTime": NOW + 3600, "FilterExpression": FILTER}
    return xray.call("GetTraceSummaries", asked)


def decoding(texts: Sequence[str]) -> float:
    """Seconds of one plain pass that decodes every document: the best of three."""
    return min(seconds(lambda: [json.loads(t) and None for t in texts]) for _ in "123")


def measure_pages(store: Store, texts: Sequence[str]) -> None:
    """Summaries over all segments, against decoding them."""
    xray, before = XRay(store), megabytes()
    took = seconds(
        lambda: [
            xray.call("PutTraceSegments", {"TraceSegmentDocuments": some})
            for some in batches(texts, 50)
        ]
    )
    size = sum(map(len, texts)) / 2**20
    print(f"{len(texts):,} segments, {size:.0f} MB of JSON; stored in {took:.1f} s")
    print(f"  memory: {megabytes() - before:+.0f} MB, {megabytes():.0f} MB in all")
    indexer = xray.warm_up()
    print(f"  ready for the first page {seconds(lambda: ready(xray)):.1f} s later")
    indexer.close()
    report(xray, texts, "while it runs")
    reopened = XRay(store)
    report(reopened, texts, "after a restart")


def ready(xray: XRay) -> None:
    """Wait until the thread that the host starts too has settled what was stored."""
    while not xray.is_warm:
        time.sleep(0.005)


def report(xray: XRay, texts: Sequence[str], when: str) -> None:
    """First and second page as multiples of one pass."""
    one = decoding(texts)
    first = seconds(lambda: page(xray))
    second = statistics.median(seconds(lambda: page(xray)) for _ in range(5))
    answer = page(xray)
    print(
        f"  page of {len(answer['TraceSummaries'])} {when}: first {first / one:.3f}, "
        f"second {second / one:.3f} of the {one:.2f} s that decoding takes"
    )


@contextmanager
def ours(store: Store) -> Iterator[Any]:
    """A boto3 client whose requests our engine answers, without a network."""
    xray = XRay(store)

    def answer(request: Any, **_: Any) -> AWSResponse:
        body = xray.call("PutTraceSegments", json.loads(request.body))
        return AWSResponse(request.url, 200, {}, Raw(json.dumps(body).encode()))

    client = boto3.client("xray", aws_secret_access_key="lab", **CLIENT)
    client.meta.events.register("before-send.xray", answer)
    yield client


class Raw:
    """A body as botocore reads it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        """All of it at once."""
        yield self._body


@contextmanager
def motos() -> Iterator[Any]:
    """A boto3 client that moto answers in this process."""
    with mock_aws():
        yield boto3.client("xray", aws_secret_access_key="lab", **CLIENT)


def rate(client: Any, texts: Sequence[str], size: int) -> float:
    """Documents/s through that client."""
    client.put_trace_segments(TraceSegmentDocuments=list(texts[:1]))
    return len(texts) / seconds(
        lambda: [
            client.put_trace_segments(TraceSegmentDocuments=some)
            for some in batches(texts, size)
        ]
    )


def measure_puts(folder: Path, texts: Sequence[str]) -> None:
    """Documents/s of ours and of moto, turn by turn."""
    for size in (50, 1):
        some = texts if size > 1 else texts[: len(texts) // 5]
        found: list[tuple[float, float]] = []
        for turn in range(3):
            path = folder / f"{size}-{turn}.duckdb"
            with Store.open(path) as store, ours(store) as client:
                own = rate(client, some, size)
            with motos() as client:
                found.append((own, rate(client, some, size)))
        own, other = (statistics.median(column) for column in zip(*found, strict=True))
        print(
            f"PutTraceSegments by {size}: {own:,.0f} documents/s durable, "
            f"{own / other:.2f} of moto's {other:,.0f} in memory"
        )


def main() -> None:
    """Print the ratios."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--segments", type=int, default=50_000, help="stored")
    options.add_argument("--sent", type=int, default=2_000, help="to each of the two")
    chosen = options.parse_args()
    rng = random.Random(7)
    texts = [text for trace in traces(chosen.segments, rng) for text in trace]
    with tempfile.TemporaryDirectory() as name:
        with Store.open(Path(name) / "pages.duckdb") as store:
            measure_pages(store, texts)
        measure_puts(Path(name), texts[: chosen.sent])


if __name__ == "__main__":
    main()
