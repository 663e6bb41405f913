"""Exercises of notebook 02: instrument Kittiwake for Honeycomb.

Every check sends something of its own, under an id nobody used before, through what
the student built, and looks at what arrived.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
from flask import Flask
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter

from lab_helpers.app import create_app
from lab_helpers.clients import HoneycombError
from lab_helpers.exercises.book import Book, Exercise, Namespace, Wrong, instead
from lab_helpers.exercises.chain import diagnose
from lab_helpers.exercises.context import Context, FreshTrace
from lab_helpers.exercises.verdict import Miss
from lab_helpers.traffic import Mystery
from lab_helpers.traffic.wire import Place, ask

CHECKED = "kittiwake-checked"
HOME, CHAT = "/api/feed/home", "/api/messages/@bram_v"
SERVER_SPAN = {"column": "span.kind", "op": "=", "value": "server"}
# Which service an incident happens in, and which routes of the api feel it.
CULPRITS: dict[str, tuple[str, frozenset[str]]] = {
    "n_plus_one": ("feed", frozenset({HOME})),
    "slow_dependency": (
        "messages",
        frozenset({"/api/message_groups", "/api/messages/@<handle>", "/api/messages"}),
    ),
}


def _provider(found: object, name: str) -> TracerProvider:
    if not isinstance(found, TracerProvider):
        raise Miss(f"{name} is a {type(found).__name__}, not a TracerProvider")
    return found


def _sent_by(provider: TracerProvider, context: Context) -> pd.DataFrame:
    """One span of a new trace through this provider, as it arrived."""
    with provider.get_tracer("check").start_as_current_span("checked") as span:
        trace_id = format(span.get_span_context().trace_id, "032x")
    provider.force_flush()
    return context.trace(trace_id, diagnose=lambda: f"\n{diagnose(provider)}")


def _sent_through(exporter: SpanExporter, context: Context) -> pd.DataFrame:
    """The same through an exporter; a link that is broken is named before sending."""
    provider = TracerProvider(resource=Resource.create({"service.name": CHECKED}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    _ = provider.get_tracer("check")
    said = diagnose(provider)
    if said.broken and said.broken.link in ("exporter", "endpoint"):
        raise Miss(f"\n{said}")
    return _sent_by(provider, context)


def _visited(
    app: Flask, provider: TracerProvider, path: str, context: Context
) -> FreshTrace:
    """One visit inside a new trace, through Flask's own test client."""
    fresh = context.fresh_trace()
    headers = {"X-Kittiwake-User": "marisol", **fresh.headers}
    status = app.test_client().get(path, headers=headers).status_code
    if status != 200:
        raise Miss(f"the app answered {status} to GET {path}; does it still serve?")
    provider.force_flush()
    return fresh


# 1 -----------------------------------------------------------------------------------


def check_name(names: Namespace, context: Context) -> None:
    """A span of `named` is in the dataset kittiwake-named."""
    arrived = _sent_by(_provider(names["named"], "named"), context)
    service = arrived["service"].iloc[0]
    if service.startswith("unknown_service"):
        raise Miss(
            f"the span arrived, in {service!r}; the resource needs the key "
            "'service.name', and the provider needs the resource"
        )
    if service != "kittiwake-named":
        raise Miss(f"the span arrived in {service!r}; look at the value of the name")


NAME = """\
resource = Resource.create({"service.name": "kittiwake-named"})
named = TracerProvider(resource=resource)
named.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))"""

name_the_service = Exercise(
    name="name_the_service",
    title="Name a service",
    answer=("resource", "named"),
    check=check_name,
    hints=(
        "provider_for, further up, does the same for any name.",
        "Three things are needed: a resource, a provider that has it, an exporter.",
    ),
    solution=NAME,
    lesson="The resource says who speaks; the dataset follows from it.",
    wrong={
        "resource not handed over": Wrong(
            instead(NAME, ("(resource=resource)", "()")), "in 'unknown_service"
        ),
        "key with an underscore": Wrong(
            instead(NAME, ("service.name", "service_name"), ("kittiwake-", "k-")),
            "the key 'service.name'",
        ),
        "no exporter": Wrong(
            "\n".join(NAME.splitlines()[:2]), "the provider has no exporter"
        ),
    },
)

# 2 -----------------------------------------------------------------------------------


def check_endpoint(names: Namespace, context: Context) -> None:
    """A span sent through `exporter` arrives."""
    exporter = names["exporter"]
    if not isinstance(exporter, OTLPSpanExporter):
        raise Miss(f"exporter is a {type(exporter).__name__}, not an OTLPSpanExporter")
    _sent_through(exporter, context)


ENDPOINT = 'exporter = OTLPSpanExporter(endpoint=f"{honeycomb.endpoint}/v1/traces")'

say_the_endpoint = Exercise(
    name="say_the_endpoint",
    title="Send to an address",
    answer=("exporter",),
    check=check_endpoint,
    hints=(
        "To the variable's base URL the exporter adds a path by itself.",
        "The path of OTLP over HTTP for traces is /v1/traces.",
    ),
    solution=ENDPOINT,
    lesson="The argument is the full URL, the variable only its beginning.",
    wrong={
        "base URL": Wrong(
            "exporter = OTLPSpanExporter(endpoint=honeycomb.endpoint)",
            "without /v1/traces",
        ),
        "path twice": Wrong(
            instead(ENDPOINT, ("/v1/traces", "/v1/traces/v1/traces")), "twice over"
        ),
        "nobody there": Wrong(
            'exporter = OTLPSpanExporter("http://127.0.0.1:9/v1/traces", timeout=1)',
            "nothing listens",
        ),
    },
)

# 3 -----------------------------------------------------------------------------------


def check_key(names: Namespace, context: Context) -> None:
    """A span sent with these headers, and with no others, is accepted."""
    headers = names["headers"]
    if not isinstance(headers, Mapping):
        raise Miss("headers should be a dictionary: header name to value")
    if not any(str(name).lower() == "x-honeycomb-team" for name in headers):
        given = ", ".join(map(repr, headers)) or "nothing"
        raise Miss(
            f"headers holds {given}; Honeycomb looks for the key under "
            "'x-honeycomb-team'"
        )
    _sent_through(OTLPSpanExporter(headers=dict(headers)), context)


KEY = 'headers = {"x-honeycomb-team": os.environ["HONEYCOMB_API_KEY"]}'

bring_the_key = Exercise(
    name="bring_the_key",
    title="Bring the key",
    answer=("headers",),
    check=check_key,
    hints=(
        "Print OTEL_EXPORTER_OTLP_HEADERS: which header did the lab choose?",
        'The value is os.environ["HONEYCOMB_API_KEY"].',
    ),
    solution=KEY,
    lesson="One header carries the key; everything else about it is up to you.",
    wrong={
        "bearer token": Wrong(
            'headers = {"authorization": "Bearer " + os.environ["HONEYCOMB_API_KEY"]}',
            "'x-honeycomb-team'",
        ),
        "name of the variable": Wrong(
            'headers = {"x-honeycomb-team": "HONEYCOMB_API_KEY"}', "refuses the key"
        ),
    },
)

# 4 -----------------------------------------------------------------------------------


def check_instrumented(names: Namespace, context: Context) -> None:
    """A visit to an app that `build_app` returns leaves its server span."""
    provider = _provider(names["provider"], "provider")
    build: Callable[[], Flask] = _function(names["build_app"], "build_app")
    app = build()
    if not isinstance(app, Flask):
        raise Miss(f"build_app() returned {app!r}; it should return the app")
    fresh = _visited(app, provider, HOME, context)
    context.trace(fresh.trace_id, diagnose=lambda: f"\n{diagnose(provider, app=app)}")


def _function(found: object, name: str) -> Callable[..., Any]:
    if not callable(found):
        raise Miss(f"{name} is a {type(found).__name__}, not a function")
    return found


INSTRUMENT = """\
def build_app():
    app = create_app()
    FlaskInstrumentor().instrument_app(app, tracer_provider=provider)
    return app
"""

instrument_the_app = Exercise(
    name="instrument_the_app",
    title="Instrument the app that is served",
    answer=("build_app",),
    check=check_instrumented,
    hints=(
        "The cell that served Kittiwake did it in one line.",
        "instrument_app needs two things: the app, and tracer_provider=.",
    ),
    solution=INSTRUMENT,
    lesson="An instrumentor watches the object you hand it, and only that.",
    wrong={
        "another app": Wrong(
            instead(
                INSTRUMENT, ("instrument_app(app,", "instrument_app(create_app(),")
            ),
            "the app is not instrumented",
        ),
        "no provider": Wrong(
            instead(INSTRUMENT, ("(app, tracer_provider=provider)", "(app)")),
            "instrumented without this provider",
        ),
        "app forgotten": Wrong(
            instead(INSTRUMENT, ("    return app\n", "")), "should return the app"
        ),
    },
)

# 5 -----------------------------------------------------------------------------------

FACTS = {"app.plan": "paid", "app.tenant": "lowtide", "app.cache_hit": False}


def check_facts(names: Namespace, context: Context) -> None:
    """The server span of a visit carries the three facts; a second one other facts."""
    provider = _provider(names["provider"], "provider")
    app = _instrumented_with(names["record_facts"], provider)
    first = _facts_of(app, provider, context)
    missing = [name for name in FACTS if pd.isna(first.get(name))]
    if missing:
        raise Miss(f"the server span has no {missing[0]}; look at names and at `span`")
    for name, expected in FACTS.items():
        if first[name] != expected:
            raise Miss(f"{name} is {first[name]!r} for marisol, not {expected!r}")
    again = _facts_of(app, provider, context)
    if not again["app.cache_hit"]:
        raise Miss("app.cache_hit stays False when the feed comes from the cache")


def _instrumented_with(hook: object, provider: TracerProvider) -> Flask:
    app = create_app(pace=0)
    instrumentor = FlaskInstrumentor()
    instrumentor.instrument_app(app, tracer_provider=provider)  # type: ignore[no-untyped-call]
    app.after_request(_function(hook, "record_facts"))
    return app


def _facts_of(app: Flask, provider: TracerProvider, context: Context) -> pd.Series[Any]:
    fresh = _visited(app, provider, HOME, context)
    context.trace(fresh.trace_id, diagnose=lambda: f"\n{diagnose(provider, app=app)}")
    frame = context.honeycomb.trace(fresh.trace_id, extra=list(FACTS))
    servers = frame[frame["kind"] == "server"]
    return servers.reindex(columns=[*servers.columns.union(list(FACTS))]).iloc[0]


RECORD = """\
from lab_helpers.app import request_facts


def record_facts(response):
    facts = request_facts()
    span = trace.get_current_span()
    span.set_attribute("app.plan", facts.plan)
    span.set_attribute("app.tenant", facts.tenant)
    span.set_attribute("app.cache_hit", facts.cache_hit)
    return response
"""

record_the_facts = Exercise(
    name="record_the_facts",
    title="Record the facts",
    answer=("record_facts",),
    check=check_facts,
    hints=(
        "span.set_attribute(name, value), once per fact.",
        'The first one is span.set_attribute("app.plan", facts.plan).',
    ),
    solution=RECORD,
    lesson="What is on the span can be asked about; what is not, cannot.",
    wrong={
        "names without a prefix": Wrong(
            instead(RECORD, ("app.plan", "plan")), "no app.plan"
        ),
        "a span of its own": Wrong(
            instead(
                RECORD,
                (
                    "trace.get_current_span()",
                    'provider.get_tracer("facts").start_span("facts")',
                ),
                ("    return response", "    span.end()\n    return response"),
            ),
            "the server span has no",
        ),
        "the same for everybody": Wrong(
            instead(RECORD, ("facts.plan", '"free"')), "app.plan is 'free' for marisol"
        ),
    },
)

# 6 -----------------------------------------------------------------------------------


def check_joined(names: Namespace, context: Context) -> None:
    """One visit to the api is one trace over two services, client span included."""
    providers: Mapping[str, TracerProvider] = names["providers"]  # type: ignore[assignment]
    outgoing = RequestsInstrumentor()
    if outgoing.is_instrumented_by_opentelemetry:
        outgoing.uninstrument()
    _function(names["join"], "join")(providers["api"])
    frame = _across(names["api"], providers, context)
    if "kittiwake-messages" not in set(frame["service"]):
        raise Miss(
            "the trace ends in kittiwake-api: the call to messages carried no "
            "traceparent header"
        )
    if not (frame["kind"] == "client").any():
        raise Miss(
            "the two services are in one trace, but the client span between them is "
            "missing; which provider did the instrumentor get?"
        )
    callers = set(frame.loc[frame["kind"] == "client", "service"])
    if callers != {"kittiwake-api"}:
        raise Miss(f"the client span belongs to {min(callers)!r}, not to kittiwake-api")


def _across(
    api: Any, providers: Mapping[str, TracerProvider], context: Context
) -> pd.DataFrame:
    fresh = context.fresh_trace()
    path = Place.of(api.url)
    ask(path, "GET", CHAT, user="marisol", headers=fresh.headers)
    for provider in providers.values():
        provider.force_flush()
    return context.trace(
        fresh.trace_id,
        spans=3,
        diagnose=lambda: f"\n{diagnose(providers['api'], url=api.url)}",
    )


JOIN = """\
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor


def join(provider):
    outgoing = RequestsInstrumentor()
    if outgoing.is_instrumented_by_opentelemetry:
        outgoing.uninstrument()
    outgoing.instrument(tracer_provider=provider)
"""

join_the_services = Exercise(
    name="join_the_services",
    title="Join the services",
    answer=("join",),
    check=check_joined,
    hints=(
        "The instrumentor injects the header; all it needs is to be switched on.",
        "outgoing.instrument(...) takes tracer_provider= as the others do.",
    ),
    solution=JOIN,
    lesson="The header carries the trace; the instrumentor carries the header.",
    wrong={
        "only let go": Wrong(
            instead(JOIN, ("outgoing.instrument(tracer_provider=provider)", "return")),
            "carried no traceparent",
        ),
        "no provider": Wrong(
            instead(
                JOIN,
                (
                    "tracer_provider=provider",
                    "tracer_provider=trace.NoOpTracerProvider()",
                ),
            ),
            "client span between them is missing",
        ),
        "the callee's provider": Wrong(
            instead(JOIN, ("provider=provider", 'provider=providers["messages"]')),
            "belongs to 'kittiwake-messages'",
        ),
    },
)

# 7 -----------------------------------------------------------------------------------

# Durations in ms by route; P95 by linear interpolation at 0.95 * (n - 1).
DESIGNED = {"/slow": (100, 200, 300, 400, 500), "/fast": (1, 2, 3, 4, 100)}
P95 = {"/slow": 480.0, "/fast": 80.8}


def check_query(names: Namespace, context: Context) -> None:
    """The query, asked about ten designed spans, gives their P95 by route."""
    spec = names["by_route"]
    if not isinstance(spec, Mapping):
        raise Miss("by_route should be a dictionary, as the query above")
    answer = _asked(spec, _designed_spans(context), context)
    for column in ("http.route", "COUNT", "P95(duration_ms)"):
        if column not in answer:
            found = ", ".join(answer.columns)
            raise Miss(f"the answer has no column {column}; it has {found}")
    if list(answer["http.route"]) != ["/slow", "/fast"]:
        raise Miss(
            f"the routes come as {', '.join(answer['http.route'].astype(str))}; the "
            "slowest should be first, each once"
        )
    if [round(p, 1) for p in answer["P95(duration_ms)"]] != list(P95.values()):
        raise Miss("P95 of the check's own spans came out wrong; is there a filter?")


def _designed_spans(context: Context) -> str:
    """Ten spans of known length under a fresh `check.id`, which is returned."""
    check_id = context.fresh_id()
    provider = TracerProvider(resource=Resource.create({"service.name": CHECKED}))
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
    tracer, now = provider.get_tracer("check"), time.time_ns()
    for route, durations in DESIGNED.items():
        for milliseconds in durations:
            attributes = {"http.route": route, "check.id": check_id}
            begin = now - milliseconds * 1_000_000
            span = tracer.start_span("GET", attributes=attributes, start_time=begin)
            span.end(now)
    return check_id


def _asked(spec: Mapping[str, Any], check_id: str, context: Context) -> pd.DataFrame:
    mine = {"column": "check.id", "op": "=", "value": check_id}
    filters = [*spec.get("filters", ()), mine]
    asked = {**spec, "filters": filters, "time_range": 600}
    try:
        return context.honeycomb.query(CHECKED, asked)
    except HoneycombError as error:
        raise Miss(f"Honeycomb refuses the query: {error.message}") from None


QUERY = """\
by_route = {
    "calculations": [{"op": "P95", "column": "duration_ms"}, {"op": "COUNT"}],
    "breakdowns": ["http.route"],
    "orders": [{"op": "P95", "column": "duration_ms", "order": "descending"}],
}"""

ask_by_route = Exercise(
    name="ask_by_route",
    title="Ask for P95 by route",
    answer=("by_route",),
    check=check_query,
    hints=(
        "Each of the three is a list. A calculation is {'op': ..., 'column': ...}.",
        "An order names a calculation the same way and adds 'order': 'descending'.",
    ),
    solution=QUERY,
    lesson="Calculate, break down, order: most questions are these three lines.",
    wrong={
        "no column": Wrong(
            instead(
                QUERY, ('[{"op": "P95", "column": "duration_ms"}, ', '[{"op": "P95"}, ')
            ),
            "P95 requires a column",
        ),
        "the average": Wrong(
            instead(QUERY, ('"P95"', '"AVG"')), "no column P95(duration_ms)"
        ),
        "fastest first": Wrong(
            instead(QUERY, ('"descending"', '"ascending"')), "slowest should be first"
        ),
        "not broken down": Wrong(
            instead(QUERY, ('["http.route"]', "[]")), "no column http.route"
        ),
    },
)

# 8 -----------------------------------------------------------------------------------


def check_culprit(names: Namespace, context: Context) -> None:
    """Service and route are those of the incident, and the trace is proof of it."""
    diagnosis, mystery = names["diagnosis"], names["mystery"]
    if not isinstance(diagnosis, Mapping) or not isinstance(mystery, Mystery):
        raise Miss("diagnosis should be the dictionary above, with its three keys")
    service, routes = CULPRITS[mystery.kind.name]
    root = _evidence(str(diagnosis["trace_id"]), mystery, context)
    if diagnosis["route"] not in routes:
        raise Miss(
            f"{diagnosis['route']} did not get slower; compare the two columns of the "
            "table, route by route"
        )
    if root["http.route"] != diagnosis["route"]:
        raise Miss(f"the trace is one of {root['http.route']}, not of your route")
    if diagnosis["service"] not in (service, f"kittiwake-{service}"):
        raise Miss(
            f"{diagnosis['service']} only waits; look in the waterfall of your trace "
            "for the span that is long by itself"
        )
    usual = _usual_ms(str(diagnosis["route"]), mystery, context)
    if root["duration_ms"] < 1.5 * usual:
        raise Miss("that trace is about as fast as usual; show a slow one")


def _evidence(trace_id: str, mystery: Mystery, context: Context) -> pd.Series[Any]:
    """The api's server span of this trace, which must lie in the incident."""
    try:
        frame = context.honeycomb.trace(trace_id, extra=["http.route"])
    except HoneycombError:
        raise Miss(f"Honeycomb has no trace {trace_id!r}") from None
    mine = (frame["service"] == "kittiwake-api") & (frame["kind"] == "server")
    if not mine.any():
        raise Miss("that trace has no server span of kittiwake-api")
    root = frame[mine].iloc[0]
    if not mystery.covers(root["start"]):
        raise Miss("that trace is from another time; show one from the incident")
    return root


def _usual_ms(route: str, mystery: Mystery, context: Context) -> float:
    """Median of this route in the quarter of an hour before the incident."""
    began = int(mystery.started.timestamp())
    spec = {
        "calculations": [{"op": "P50", "column": "duration_ms"}],
        "filters": [SERVER_SPAN, {"column": "http.route", "op": "=", "value": route}],
        "start_time": began - 900,
        "end_time": began,
    }
    frame = context.honeycomb.query("kittiwake-api", spec)
    return float(frame["P50(duration_ms)"].iloc[0]) if len(frame) else 0.0


CULPRIT = """\
suspects = both.assign(
    grew=both["P95(duration_ms) during"] - both["P95(duration_ms) before"]
).sort_values("grew")
route = suspects["http.route"].iloc[-1]
slowest = honeycomb.query("kittiwake-api", now | {
    "calculations": [{"op": "MAX", "column": "duration_ms"}],
    "breakdowns": ["trace.trace_id"],
    "filters": [servers, {"column": "http.route", "op": "=", "value": route}],
})
slow_trace = honeycomb.trace(slowest["trace.trace_id"].iloc[0])
inner = slow_trace[slow_trace["kind"] == "server"].sort_values("start")
diagnosis = {
    "service": inner["service"].iloc[-1],
    "route": route,
    "trace_id": slowest["trace.trace_id"].iloc[0],
}"""

name_the_culprit = Exercise(
    name="name_the_culprit",
    title="Name the culprit",
    answer=("diagnosis",),
    check=check_culprit,
    hints=(
        "Which route's P95 grew by most? That is the route.",
        "Break the window `now` down by trace.trace_id, with MAX of duration_ms and a "
        "filter on the route: the first row is your evidence.",
        "Draw the waterfall of that trace: which service is slow by itself?",
    ),
    solution=CULPRIT,
    lesson="A route, a service and a trace anyone can open: that is a diagnosis.",
    wrong={
        "blames the caller": Wrong(
            instead(CULPRIT, ('inner["service"].iloc[-1]', '"kittiwake-api"')),
            "only waits",
        ),
        "the wrong route": Wrong(
            instead(CULPRIT, ('"route": route', '"route": "/api/search"')),
            "/api/search did not get slower",
        ),
        "no evidence": Wrong(
            instead(
                CULPRIT,
                ('"trace_id": slowest["trace.trace_id"].iloc[0]', '"trace_id": "42"'),
            ),
            "no trace '42'",
        ),
    },
)

BOOK = Book(
    "02_honeycomb_with_opentelemetry.ipynb",
    (
        name_the_service,
        say_the_endpoint,
        bring_the_key,
        instrument_the_app,
        record_the_facts,
        join_the_services,
        ask_by_route,
        name_the_culprit,
    ),
)
