"""A day of 20,000 requests: simulated, and sent to the lab's Honeycomb.

    python benchmarks/history.py [--requests 20000] [--rounds 3]

Each round simulates the day anew, empties a host of its own and sends the day to it by
`day.send()`, which ends when a query counts every span. The limit is the same host,
emptied again, with the same requests encoded before and posted over two connections as
fast as it takes them, until a query counts the same number. The goal is 10 s for
simulating and sending on a quiet machine with two cores.

Last come the ways in, with the same spans: OTLP, OTLP of messages that are built one by
one, as an exporter does, and batches of the events API.
"""

import argparse
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import psutil
from ingest import Host, running
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from lab_helpers import history, settings
from lab_helpers.history.rehearsal import rehearsal
from lab_helpers.history.sending import honeycomb, otlp
from lab_helpers.history.sending.part import Part
from lab_helpers.settings import private_lab

GOAL_S = 10
COMPARED = 8_000  # spans sent both ways
PROTOBUF, JSON = "application/x-protobuf", "application/json"


@dataclass(frozen=True)
class Round:
    """One day: seconds of simulating and sending, CPU, memory, the limit's seconds."""

    simulate_s: float
    simulate_cpu_s: float
    send_s: float
    send_cpu_s: float
    lab_cpu_s: float
    lab_mib: float
    own_mib: float
    limit_s: float


def simulated(requests: int) -> history.Day:
    """The day, with nothing remembered of an earlier one."""
    rehearsal.cache_clear()
    day = history.day(
        requests=requests, incidents=[history.Incident("n_plus_one", 14, 15)]
    )
    _ = day.requests, day.spans
    return day


def bodies_of(day: history.Day) -> list[bytes]:
    """The requests that sending this day makes."""
    part = Part.of(day, None, None)
    encoder = otlp.TracesEncoder(part.spans, part.events, {honeycomb.INSTANCE: "x"})
    positions = range(len(part.spans))
    return [encoder.request(each) for each in honeycomb._slices(positions)]


def counted(host: Host, day: history.Day) -> int:
    """The spans of the day that a query counts."""
    total = 0
    start, end = day.window
    for dataset in ("api", "feed", "messages"):
        spec = {"start_time": start, "end_time": end}
        spec |= {"filters": [{"column": "trace.span_id", "op": "exists"}]}
        query = host.call("POST", f"/1/queries/{day.name}-{dataset}", spec)
        if "id" not in query:
            return total  # the dataset is not there yet
        path = f"/1/query_results/{day.name}-{dataset}"
        asked = {"query_id": query["id"], "disable_series": True}
        made = host.call("POST", path, asked)
        result = host.call("GET", f"{path}/{made['id']}")["data"]["results"]
        total += sum(int(row["data"]["COUNT"]) for row in result)
    return total


def post(host: Host, path: str, bodies: Sequence[bytes], kind: str) -> None:
    """Posts bodies one after the other over one connection."""
    connection = host.connect()
    key = host.line["honeycomb"]["api_key"]
    headers = {"X-Honeycomb-Team": key, "Content-Type": kind}
    for body in bodies:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
    connection.close()


def limit(host: Host, day: history.Day, bodies: Sequence[bytes]) -> float:
    """Seconds until the host has stored bodies that were ready before."""
    host.reset()
    expected = int((day.spans["annotation"] == "span").sum())
    started = time.perf_counter()
    threads = [
        threading.Thread(target=post, args=(host, "/v1/traces", half, PROTOBUF))
        for half in (bodies[::2], bodies[1::2])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while (there := counted(host, day)) < expected:
        time.sleep(0.01)
    elapsed = time.perf_counter() - started
    assert there == expected, f"{expected} sent, {there} counted"
    return elapsed


def measured(host: Host, requests: int) -> tuple[Round, history.Day]:
    """One round, and its day."""
    host.reset()
    lab, own = psutil.Process(host.process.pid), psutil.Process()
    begun, cpu = time.perf_counter(), time.process_time()
    day = simulated(requests)
    simulate_s = time.perf_counter() - begun
    simulate_cpu_s = time.process_time() - cpu
    cpu, lab_cpu = time.process_time(), sum(lab.cpu_times()[:2])
    begun = time.perf_counter()
    delivery = day.send(progress=False)
    send_s = time.perf_counter() - begun
    cpu = time.process_time() - cpu
    lab_cpu = sum(lab.cpu_times()[:2]) - lab_cpu
    assert delivery.sent == delivery.total == counted(host, day)
    rss = lab.memory_info().rss / 2**20, own.memory_info().rss / 2**20
    limit_s = limit(host, day, bodies_of(day))
    simulated_in = simulate_s, simulate_cpu_s
    return Round(*simulated_in, send_s, cpu, lab_cpu, *rss, limit_s), day


def show(rounds: Sequence[Round], day: history.Day) -> None:
    """The medians, and the ratios that matter."""
    of = {
        name: statistics.median(getattr(one, name) for one in rounds)
        for name in Round.__dataclass_fields__
    }
    rows, spans = len(day.spans), int((day.spans["annotation"] == "span").sum())
    total = statistics.median(one.simulate_s + one.send_s for one in rounds)
    print(f"{len(day.requests):,} requests, {spans:,} spans, {rows:,} events")
    print(f"  simulate {of['simulate_s']:6.2f} s   CPU {of['simulate_cpu_s']:.2f} s")
    print(
        f"  send     {of['send_s']:6.2f} s   {rows / of['send_s']:,.0f} events/s; "
        f"CPU {of['send_cpu_s']:.2f} s here, {of['lab_cpu_s']:.2f} s in the lab"
    )
    print(f"  together {total:6.2f} s   {total / GOAL_S:.2f} of the goal, {GOAL_S} s")
    ratios = statistics.median(one.limit_s / one.send_s for one in rounds)
    print(
        f"  the lab's limit {rows / of['limit_s']:,.0f} events/s; sending reaches "
        f"{ratios:.2f} of it"
    )
    print(f"  RSS {of['own_mib']:.0f} MiB here, {of['lab_mib']:.0f} MiB in the lab")


def compare_ways_in(host: Host, day: history.Day) -> None:
    """Microseconds of CPU for a span, encoding and in the lab, by OTLP and batches."""
    part = Part.of(day, None, None)
    spans = part.spans.iloc[:COMPARED]
    lab = psutil.Process(host.process.pid)
    ways = {
        "OTLP by columns": lambda: in_columns(spans, part.events),
        "OTLP by messages": lambda: in_messages(spans),
        "batches of JSON": lambda: batches_of(spans),
    }
    for name, encode in ways.items():
        host.reset()
        cpu, lab_cpu = time.process_time(), sum(lab.cpu_times()[:2])
        bodies = encode()
        cpu = time.process_time() - cpu
        for path, own in bodies.items():
            post(host, path, own, PROTOBUF if path == "/v1/traces" else JSON)
        lab_cpu = sum(lab.cpu_times()[:2]) - lab_cpu
        per_span = [seconds / len(spans) * 1e6 for seconds in (cpu, lab_cpu)]
        size = sum(len(body) for own in bodies.values() for body in own) / len(spans)
        print(
            f"  {name:17}{per_span[0]:6.1f} µs to encode, {per_span[1]:5.1f} µs in "
            f"the lab, {size:,.0f} bytes a span"
        )


def in_columns(spans: pd.DataFrame, events: pd.DataFrame) -> dict[str, list[bytes]]:
    """The spans in one request, as a day is sent."""
    encoder = otlp.TracesEncoder(spans, events, {})
    return {"/v1/traces": [encoder.request(np.arange(len(spans)))]}


def in_messages(spans: pd.DataFrame) -> dict[str, list[bytes]]:
    """The spans in one request, a message object for each and all that is in it."""
    request = ExportTraceServiceRequest()
    names = [name for name in spans.columns if name not in otlp.OWN]
    for service, own in spans.groupby("service"):
        resource = request.resource_spans.add()
        resource.resource.attributes.append(otlp._pair("service.name", service))
        scope = resource.scope_spans.add()
        starts = otlp.nanoseconds(own["start"]).tolist()
        for row, start in zip(own.to_dict("records"), starts, strict=True):
            end = start + round(row["duration_ms"] * 1000) * 1000
            there = ((name, row[name]) for name in names)
            scope.spans.add(
                trace_id=bytes.fromhex(row["trace_id"]),
                span_id=bytes.fromhex(row["span_id"]),
                parent_span_id=bytes.fromhex(text_of(row["parent_id"])),
                name=row["name"],
                kind=f"SPAN_KIND_{row['kind'].upper()}",
                start_time_unix_nano=start,
                end_time_unix_nano=end,
                status=otlp._status(f"{row['status']}\n").status,
                attributes=[otlp._pair(k, v) for k, v in there if pd.notna(v)],
            )
    return {"/v1/traces": [request.SerializeToString()]}


def text_of(value: object) -> str:
    """A text, empty where it is missing."""
    return value if isinstance(value, str) else ""


def batches_of(spans: pd.DataFrame) -> dict[str, list[bytes]]:
    """The spans as bodies of the events API, 1,000 in each, by path."""
    bodies: dict[str, list[bytes]] = {}
    names = {"trace_id": "trace.trace_id", "span_id": "trace.span_id"}
    names |= {"parent_id": "trace.parent_id", "service": "service.name"}
    for service, own in spans.rename(columns=names).groupby("service.name"):
        times = own.pop("start").dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        there = own.astype(object).where(own.notna(), None).to_dict("records")
        items = [
            {"time": time, "data": {k: v for k, v in row.items() if v is not None}}
            for time, row in zip(times, there, strict=True)
        ]
        bodies[f"/1/batch/{service}"] = [
            msgspec.json.encode(items[at : at + 1000])
            for at in range(0, len(items), 1000)
        ]
    return bodies


def main() -> None:
    """Run the rounds, print what they took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    for name in [name for name in os.environ if name.startswith(private_lab.FOREIGN)]:
        del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= private_lab.variables(Path(folder))
        with running((), Path(folder) / "host") as host:
            where = host.line["honeycomb"]
            addresses = settings.Addresses(
                honeycomb=where["endpoint"], honeycomb_key=where["api_key"]
            )
            settings.export(settings.load().at(addresses))
            rounds = []
            for _ in range(chosen.rounds):
                one, day = measured(host, chosen.requests)
                rounds.append(one)
            show(rounds, day)
            compare_ways_in(host, day)


if __name__ == "__main__":
    main()
