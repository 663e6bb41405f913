"""CPU time of a request of Kittiwake, by route; against an empty Flask route.

    python benchmarks/app_request.py [--seconds 25] [--rounds 2] [--live 20]

The requests are those of the visitors' plan, in its order, without the designed waits,
each on a new connection. In process: the CPU time of the thread that calls the app.
Over HTTP: that of the serving processes, which Linux alone tells to the nanosecond.
Every request goes to all of them, in changing order, so that what else the machine
does troubles all alike.

Then visitors come at their own pace, `--live` seconds at each rate, to three processes
with the designed waits and OpenTelemetry's instrumentation of Flask, requests and
SQLAlchemy, spans of steps and an exporter: CPU seconds a second of the services.
`--live 0` leaves it out.
"""

import argparse
import multiprocessing
import random
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from lab_helpers import traffic
from lab_helpers.app import Processes, Server, create_app, run_processes
from lab_helpers.app.service import USER_HEADER
from lab_helpers.traffic import Arrival
from lab_helpers.traffic.wire import Address, ask

# CPU time in limits when it was measured first, on a busy machine with two processors;
# the goal of the project is half of it
FIRST = {"in process": 11.7, "one process": 3.9, "three": 7.3}
GOAL = 0.5
RATES = (10, 20)
SETUP = """
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from lab_helpers.app import around_steps, engine_of

def instrument(app, service):
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    FlaskInstrumentor().instrument_app(app, tracer_provider=provider)
    if service == "api":
        RequestsInstrumentor().instrument(tracer_provider=provider)
    else:
        SQLAlchemyInstrumentor().instrument(
            engine=engine_of(app), tracer_provider=provider
        )
    around_steps(app, provider.get_tracer("steps").start_as_current_span)
"""


@dataclass
class Target:
    """Something to ask: how, whose CPU clock to read, and milliseconds by route.

    `prepare` makes the call that is measured.
    """

    name: str
    prepare: Callable[[Arrival], Callable[[], object]]
    clock: Callable[[], float]
    spent: defaultdict[str, list[float]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def measure(self, arrival: Arrival) -> None:
        """Makes one request."""
        request = self.prepare(arrival)
        begin = self.clock()
        request()
        spent = self.clock() - begin
        route = f"{arrival.errand.method} {arrival.errand.route}"
        self.spent[route].append(spent * 1000)

    def mean(self, route: str | None = None) -> float:
        """CPU milliseconds a request of this route, or of the whole plan."""
        routes = [route] if route else self.spent
        return statistics.fmean(ms for each in routes for ms in self.spent[each])


def empty_app() -> Flask:
    """A Flask app whose only route does nothing."""
    app = Flask("empty")
    app.get("/health")(lambda: "")
    return app


def serve(kind: str, pipe: Connection) -> None:
    """Serves one app in this process until the pipe closes."""
    app = empty_app() if kind == "empty" else create_app(pace=0)
    with Server(app, kind) as server:
        pipe.send(server.url)
        pipe.poll(None)


def in_process(name: str, app: Flask, *, empty: bool = False) -> Target:
    """An app called in this thread."""

    def prepare(arrival: Arrival) -> Callable[[], object]:
        method, path, user, body = request_of(arrival, empty=empty)
        headers = {USER_HEADER: user} if user else {}
        builder = EnvironBuilder(path, method=method, headers=headers, json=body)
        return partial(run_wsgi_app, app, builder.get_environ(), buffered=True)

    return Target(name, prepare, time.thread_time)


def over_http(name: str, url: str, pids: Sequence[int], *, empty: bool) -> Target:
    """An app asked over HTTP, served by these processes."""
    address = Address.of(url)

    def prepare(arrival: Arrival) -> Callable[[], object]:
        return partial(visit, address, *request_of(arrival, empty=empty))

    return Target(name, prepare, lambda: cpu_seconds(pids))


def request_of(arrival: Arrival, *, empty: bool) -> tuple[str, str, str, object]:
    """Method, path, user and body to send: those of the arrival, or of an empty one."""
    errand = arrival.errand
    if empty:
        return "GET", "/health", "", None
    return errand.method, errand.path, arrival.user, errand.body


def visit(address: Address, method: str, path: str, user: str, body: object) -> None:
    """One request, and the moment in which its server sees the connection close."""
    ask(address, method, path, user=user, body=body)
    time.sleep(0.001)


def cpu_seconds(pids: Sequence[int]) -> float:
    """CPU seconds these processes have had: Linux makes clock ids from process ids."""
    return sum(time.clock_gettime((~pid << 3) | 2) for pid in pids)


def spawn(stack: ExitStack, kind: str) -> tuple[str, list[int]]:
    """URL and process id of an app in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(kind, theirs))
    process.start()
    theirs.close()
    stack.callback(process.join)
    stack.callback(ours.close)
    return ours.recv(), [process.pid or 0]


def compare(stack: ExitStack, seconds: float, rounds: int) -> None:
    """Prints CPU milliseconds by route, of everything there is to ask."""
    three: Processes = stack.enter_context(run_processes(pace=0))
    pids = list(three.pids.values())
    targets = [
        in_process("empty", empty_app(), empty=True),
        in_process("in process", create_app(pace=0)),
        over_http("limit", *spawn(stack, "empty"), empty=True),
        over_http("one process", *spawn(stack, "all"), empty=False),
        over_http("three", three.url, pids, empty=False),
    ]
    arrivals = traffic.plan(seconds, 20, seed=7)
    order = random.Random(7)
    for turn in range(rounds + 1):
        for arrival in arrivals:
            for target in order.sample(targets, len(targets)):
                target.measure(arrival)
        if turn == 0:  # the first round warms up
            for target in targets:
                target.spent.clear()
    report({target.name: target for target in targets})


def report(targets: dict[str, Target]) -> None:
    """Prints the table, and how it stands to the goals."""
    print(f"{'CPU ms a request':<32}" + "".join(f"{name:>18}" for name in targets))
    for route in sorted(targets["three"].spent):
        cells = (f"{target.mean(route):>18.2f}" for target in targets.values())
        print(f"{route:<32}" + "".join(cells))
    means = {name: target.mean() for name, target in targets.items()}
    print(f"{'the whole plan':<32}" + "".join(f"{ms:>18.2f}" for ms in means.values()))
    for name, first in FIRST.items():
        times = means[name] / means["limit" if name != "in process" else "empty"]
        part = f"{times / first:.2f} of the {first} measured first"
        print(f"{name}: {times:.1f} × limit, {part} (goal: {GOAL})")


def sink(_environ: object, start_response: Callable[..., object]) -> list[bytes]:
    """Takes what an exporter sends."""
    start_response("200 OK", [("Content-Length", "0")])
    return []


def live(seconds: float) -> None:
    """Prints CPU seconds a second of three instrumented processes, at each rate."""
    with tempfile.TemporaryDirectory() as folder, Server(sink, "sink") as collector:
        setup = Path(folder, "setup.py")
        setup.write_text(SETUP, encoding="utf-8")
        env = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        began = time.perf_counter()
        with run_processes(setup=setup, env=env) as three:
            ready = time.perf_counter() - began
            cpu = cpu_seconds(list(three.pids.values()))
            print(f"three processes: ready after {ready:.1f} s, {cpu:.1f} CPU s")
            for rate in RATES:
                show_rate(three, rate, seconds)


def show_rate(three: Processes, rate: int, seconds: float) -> None:
    """One line of `live`."""
    pids = list(three.pids.values())
    begin = cpu_seconds(pids)
    visits = traffic.run(three.url, seconds=seconds, rate=rate, progress=False)
    spent = (cpu_seconds(pids) - begin) / seconds
    ms = 1000 * spent * seconds / len(visits.requests)
    print(f"rate {rate}: {spent:.3f} CPU s a second, {ms:.1f} ms a request")


def main() -> None:
    """Measures as the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=25)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--live", type=float, default=20)
    options = parser.parse_args()
    with ExitStack() as stack:
        compare(stack, options.seconds, options.rounds)
    if options.live:
        live(options.live)


if __name__ == "__main__":
    main()
