"""Links of a span's path from the app to the query, a function for each.

A function returns None when its link holds, else a sentence and a remedy.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import flask
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Tracer

from lab_helpers.exercises.checking import http_probe, otel_sdk
from lab_helpers.settings import TEAM_HEADER

_OTLP_PATH = "/v1/traces"
LinkResult = tuple[str, str] | None
"""Sentence and remedy of a broken link; None when it holds."""


@dataclass(frozen=True, slots=True)
class SpanPath:
    """Both ends of a span's path, and the app and provider between them.

    `url` is where the app is served; `dataset` is the one that was queried. `otlp_url`,
    `api_url` and `api_key` are those of the lab, or of the real service.
    """

    otlp_url: str
    api_url: str
    api_key: str
    provider: object = None
    app: flask.Flask | None = None
    url: str | None = None
    dataset: str | None = None

    @property
    def sdk(self) -> TracerProvider:
        """The provider, once the instrumentation link has shown that it is one."""
        provider = otel_sdk.sdk_provider(self.provider)
        assert provider is not None
        return provider

    @property
    def sender(self) -> otel_sdk.ExporterFacts:
        """The exporter that sends out of the process, else the last one there is."""
        exporters = otel_sdk.exporters(self.sdk)
        return next((one for one in exporters if one.endpoint), exporters[-1])


def app_answers(path: SpanPath) -> LinkResult:
    """Finds an app that nothing serves at the URL of the requests."""
    if path.url is None or http_probe.listens(path.url):
        return None
    return f"nothing listens at {path.url}", "run the cell that serves the app again"


def app_is_instrumented(path: SpanPath) -> LinkResult:
    """Finds an app that no instrumentor touched, or one that came too early."""
    if path.app is None or otel_sdk.is_instrumented(path.app):
        return None
    by_hand = "FlaskInstrumentor().instrument_app(app, tracer_provider=provider)"
    if flask.Flask.__name__ == "_InstrumentedFlask":
        return (
            "FlaskInstrumentor().instrument() reaches only apps made after it, through "
            "flask.Flask; this app is not one of them",
            by_hand,
        )
    return "the app is not instrumented, so no request starts a span", by_hand


def sdk_is_there(path: SpanPath) -> LinkResult:
    """Finds a provider of the API alone, whose spans do nothing."""
    provider = otel_sdk.sdk_provider(path.provider)
    if provider is None:
        return (
            "no TracerProvider of the SDK is in use; the API alone makes spans that "
            "record nothing",
            "provider = TracerProvider(...) from opentelemetry.sdk.trace",
        )
    if getattr(provider, "_disabled", False):
        return "OTEL_SDK_DISABLED is true", "unset it and restart the kernel"
    return None


def provider_is_the_one_in_use(path: SpanPath) -> LinkResult:
    """The app, or the whole process, sends its spans through another provider."""
    tracer = otel_sdk.app_tracer(path.app) if path.app else None
    if tracer and not otel_sdk.comes_from(tracer, path.sdk):
        return (
            f"the app was instrumented without this provider{_taken_instead(tracer)}",
            "build the app and call instrument_app(app, tracer_provider=provider) in "
            "one cell, then serve it again",
        )
    if otel_sdk.is_used(path.sdk):
        return None
    if otel_sdk.sdk_provider() not in (None, path.sdk):
        return (
            "set_tracer_provider() counts only the first time; the second provider was "
            "ignored and made no span",
            "take the tracer from the provider itself: provider.get_tracer(...)",
        )
    return (
        "no tracer was ever taken from this provider",
        "provider.get_tracer(...), or hand the provider to the instrumentor",
    )


def _taken_instead(tracer: Tracer) -> str:
    """Names the global provider, if it is the one that gets the spans."""
    current = otel_sdk.sdk_provider()
    if current is None or not otel_sdk.comes_from(tracer, current):
        return ""
    service = otel_sdk.service_name(current)
    return f"; its spans go to the global one, service {service!r}"


def spans_are_sampled(path: SpanPath) -> LinkResult:
    """The sampler throws traces away before they are recorded."""
    share = otel_sdk.sampled_share(path.sdk)
    sampler = path.sdk.sampler.get_description()
    remedy = "a provider without sampler=, and no OTEL_TRACES_SAMPLER, for this lesson"
    if share == 0:
        return f"the sampler {sampler} keeps no trace", remedy
    if share < 0.9:
        part = f"about {share:.0%}".replace("%", " %")
        return f"the sampler {sampler} keeps {part} of the traces", remedy
    return None


def exporter_is_there(path: SpanPath) -> LinkResult:
    """Finds a provider that exports nowhere, or only to memory or the screen."""
    add = "provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))"
    exporters = otel_sdk.exporters(path.sdk)
    if not exporters:
        return "the provider has no exporter, so finished spans are dropped", add
    if not any(one.endpoint for one in exporters):
        return (
            f"the only exporter is {exporters[-1].kind}, which sends nothing out",
            add,
        )
    return None


def exporter_speaks_http(path: SpanPath) -> LinkResult:
    """Finds OTLP over gRPC, which goes to another port in another form."""
    if not path.sender.over_grpc:
        return None
    return (
        "the exporter speaks OTLP over gRPC, the lab OTLP over HTTP",
        "OTLPSpanExporter from opentelemetry.exporter.otlp.proto.http.trace_exporter",
    )


def exporter_is_open(path: SpanPath) -> LinkResult:
    """Finds an exporter after shutdown(), which ignores everything."""
    if not path.sender.is_shut:
        return None
    return (
        "the provider was shut down; what came later was ignored",
        "run the cell that makes the provider again",
    )


def exporter_path_is_right(path: SpanPath) -> LinkResult:
    """Finds a wrong path: `endpoint=` takes the full URL, the variable the base."""
    url_path = urlsplit(path.sender.endpoint or "").path.rstrip("/")
    if "//" in url_path:
        return (
            f"the exporter posts to {path.sender.endpoint}, with two slashes in a row",
            f"the base URL without a slash at its end, then {_OTLP_PATH}",
        )
    if url_path.count(_OTLP_PATH) == 1 and url_path.endswith(_OTLP_PATH):
        return None
    if url_path.count(_OTLP_PATH) > 1:
        return (
            f"the exporter posts to {path.sender.endpoint}, {_OTLP_PATH} twice over",
            "OTEL_EXPORTER_OTLP_ENDPOINT without a path; the exporter adds it",
        )
    return (
        f"the exporter posts to {path.sender.endpoint}, without {_OTLP_PATH}",
        f"endpoint= as the full URL, ending in {_OTLP_PATH}, or no endpoint= at all",
    )


def nothing_waits(path: SpanPath) -> LinkResult:
    """The batch processor sends every 5 seconds, or at force_flush()."""
    waiting = path.sender.waiting
    if waiting == 0:
        return None
    spans = "1 span waits" if waiting == 1 else f"{waiting} spans wait"
    return f"{spans} in the BatchSpanProcessor", "provider.force_flush()"


def exporter_has_the_key(path: SpanPath) -> LinkResult:
    """Finds a missing header, without which the endpoint does not know the team."""
    if TEAM_HEADER in path.sender.headers:
        return None
    return (
        f"the exporter sends no {TEAM_HEADER} header, so no key",
        "lab.start() before the exporter is made; it sets OTEL_EXPORTER_OTLP_HEADERS",
    )


def endpoint_listens(path: SpanPath) -> LinkResult:
    """Finds an endpoint that refuses connections, or a host that is unknown."""
    answer = http_probe.post_no_spans(path.sender.endpoint or "", path.sender.headers)
    if answer.status is not None:
        return None
    return (
        f"nothing listens at {_base(path.sender.endpoint)}",
        f"lab.start(), and an exporter made after it; spans belong at {path.otlp_url}",
    )


def endpoint_accepts(path: SpanPath) -> LinkResult:
    """The endpoint answers, but refuses."""
    answer = http_probe.post_no_spans(path.sender.endpoint or "", path.sender.headers)
    where = _base(path.sender.endpoint)
    if answer.is_fine:
        return None
    if answer.status in (401, 403):
        return (
            f"{where} refuses the key (HTTP {answer.status})",
            f"the value of HONEYCOMB_API_KEY as the {TEAM_HEADER} header",
        )
    if answer.status in (404, 405):
        return (
            f"what answers at {where} takes no spans at {_OTLP_PATH}",
            f"the port: spans belong at {path.otlp_url}",
        )
    if answer.status == 429:
        return f"{where} is overloaded (HTTP 429)", "wait a moment, then run it again"
    return f"{where} answered HTTP {answer.status}", "lab.status(), then lab.reset()"


def endpoint_is_the_labs(path: SpanPath) -> LinkResult:
    """Finds spans that go to one host while queries go to another."""
    if urlsplit(path.sender.endpoint or "").netloc == urlsplit(path.otlp_url).netloc:
        return None
    return (
        f"spans go to {_base(path.sender.endpoint)}, questions to {path.api_url}",
        f"an exporter that sends to {path.otlp_url}",
    )


def store_has_the_service(path: SpanPath) -> LinkResult:
    """Finds a service without a dataset, or a query of another service's dataset."""
    service = otel_sdk.service_name(path.sdk)
    if service.startswith("unknown_service"):
        return (
            "the provider has no service.name, so its spans are in dataset "
            "unknown_service",
            'TracerProvider(resource=Resource.create({"service.name": "..."}))',
        )
    answer = http_probe.get(f"{path.api_url}/1/datasets", path.api_key)
    if not answer.is_fine or not isinstance(answer.document, list):
        return None
    slugs = {one.get("name"): one.get("slug") for one in answer.document}
    if service not in slugs:
        return (
            f"no span of service {service!r} was ever stored",
            "call the app once, then provider.force_flush()",
        )
    if path.dataset not in (None, service, slugs[service]):
        return (
            f"spans of service {service!r} are in dataset {slugs[service]!r}, "
            f"the query asks {path.dataset!r}",
            "the service name you set as the dataset you query",
        )
    return None


def query_key_is_accepted(path: SpanPath) -> LinkResult:
    """Finds a key that the query API refuses, whatever the OTLP endpoint accepts."""
    answer = http_probe.get(f"{path.api_url}/1/auth", path.api_key)
    if answer.is_fine:
        return _may_ask(answer)
    if answer.status is None:
        return f"nothing answers questions at {path.api_url}", "lab.start()"
    if answer.status in (401, 403):
        return f"{path.api_url} refuses the key for queries", "HONEYCOMB_API_KEY"
    return f"{path.api_url}/1/auth answered HTTP {answer.status}", "lab.status()"


def no_span_was_left_current() -> LinkResult:
    """Finds a current span that no `with` around this call can have made current.

    What begins now becomes its child, and is missing in the trace that is looked at. A
    remote parent is current only inside a request; a span that has ended, never.
    """
    span = otel_sdk.current_span()
    if span is None:
        return None
    begin = f"every link holds, but the span {span.name!r}"
    if span.is_remote or span.end_time is not None:
        state = "the parent of a request" if span.is_remote else "which has ended"
        return (
            f"{begin}, {state}, is still current, outside of any `with`; new spans "
            "join its trace",
            "restart the kernel, or attach(Context()) of opentelemetry.context",
        )
    return (
        f"{begin} is current; if no `with` around this line made it so, it was left, "
        "and new spans join its trace",
        "restart the kernel; `with tracer.start_as_current_span(...)` leaves none",
    )


def _may_ask(answer: http_probe.Answer) -> LinkResult:
    """Finds an ingest key, which sends and nothing else: `type` of `GET /1/auth`."""
    about = answer.document if isinstance(answer.document, dict) else {}
    access = about.get("api_key_access") or {}
    if about.get("type") != "ingest" and access.get("queries", True):
        return None
    return (
        "the key may send data, but not ask for it",
        "a configuration key with the permission to run queries",
    )


def _base(url: str | None) -> str:
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc}"
