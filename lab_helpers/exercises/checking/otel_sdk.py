"""Inspection of the student's OpenTelemetry objects, whatever they turn out to be.

The SDK keeps most of this private, so every look has an answer for "not there". Facts
about opentelemetry-sdk 1.45 and opentelemetry-instrumentation-flask 0.66.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from types import FunctionType

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import ProxyTracer, Tracer

_TRIES = 200


@dataclass(frozen=True, slots=True)
class ExporterFacts:
    """An exporter as found on a provider: where it sends, and what waits before it."""

    kind: str
    over_grpc: bool
    endpoint: str | None
    headers: dict[str, str]
    is_shut: bool
    waiting: int


@dataclass(frozen=True, slots=True)
class CurrentSpan:
    """The current span: its name or id, is it remote, and when it ended (ns)."""

    name: str
    is_remote: bool
    end_time: int | None


def sdk_provider(provider: object = None) -> TracerProvider | None:
    """This provider, or the global one, if it is the SDK's; None otherwise."""
    current = trace.get_tracer_provider() if provider is None else provider
    return current if isinstance(current, TracerProvider) else None


def exporters(provider: TracerProvider) -> list[ExporterFacts]:
    """The exporters behind the provider's processors, in order."""
    chain = getattr(provider, "_active_span_processor", None)
    processors = getattr(chain, "_span_processors", ())
    pairs = [(p, getattr(p, "span_exporter", None)) for p in processors]
    return [_facts(p, exporter) for p, exporter in pairs if exporter is not None]


def endpoint_of(exporter: object) -> str | None:
    """The full URL to which an exporter posts, if it sends out of the process."""
    endpoint = getattr(exporter, "_endpoint", None)
    return str(endpoint) if endpoint else None


def sampled_share(provider: TracerProvider) -> float:
    """Share of new traces that the provider's sampler keeps, by trying it."""
    chance = random.Random(7)
    sampled = 0
    for _ in range(_TRIES):
        trace_id = chance.getrandbits(128)
        result = provider.sampler.should_sample(Context(), trace_id, "probe")
        sampled += result.decision is Decision.RECORD_AND_SAMPLE
    return sampled / _TRIES


def service_name(provider: TracerProvider) -> str:
    """The resource's `service.name`."""
    return str(provider.resource.attributes.get("service.name", ""))


def is_used(provider: TracerProvider) -> bool:
    """Tells whether a tracer was ever taken from this provider."""
    return bool(getattr(provider, "_tracers", True))


def is_instrumented(app: object) -> bool:
    """Tells whether FlaskInstrumentor instrumented this app."""
    return bool(getattr(app, "_is_instrumented_by_opentelemetry", False))


def app_tracer(app: object) -> Tracer | None:
    """The tracer with which FlaskInstrumentor starts this app's spans."""
    for value in _instrumented_with(app).values():
        if isinstance(value, Tracer):
            return _behind_proxy(value)
    return None


def request_hook(app: object) -> object:
    """The second argument of `instrument_app`: called with each request's span."""
    return _instrumented_with(app).get("request_hook")


def current_span() -> CurrentSpan | None:
    """The span that is current where this is called, if there is one."""
    span = trace.get_current_span()
    about = span.get_span_context()
    if not about.is_valid:
        return None
    name = getattr(span, "name", None) or format(about.span_id, "016x")
    return CurrentSpan(name, about.is_remote, getattr(span, "end_time", None))


def comes_from(tracer: Tracer, provider: TracerProvider) -> bool:
    """Tells whether this tracer's spans go through this provider's processors."""
    theirs = getattr(_behind_proxy(tracer), "span_processor", None)
    return theirs is getattr(provider, "_active_span_processor", provider)


def _instrumented_with(app: object) -> dict[str, object]:
    """The values that FlaskInstrumentor's hook on this app holds, by name."""
    hook = getattr(app, "_before_request", None)
    if not isinstance(hook, FunctionType):
        return {}
    values = (cell.cell_contents for cell in hook.__closure__ or ())
    return dict(zip(hook.__code__.co_freevars, values, strict=True))


def _behind_proxy(tracer: Tracer) -> Tracer:
    if isinstance(tracer, ProxyTracer):
        real: Tracer = tracer._tracer
        return real
    return tracer


def _facts(processor: object, exporter: object) -> ExporterFacts:
    client = getattr(exporter, "_client", None)
    batches = getattr(processor, "_batch_processor", None)
    headers = getattr(client, "_headers", None) or {}
    return ExporterFacts(
        kind=type(exporter).__name__,
        over_grpc=".grpc." in type(exporter).__module__,
        endpoint=endpoint_of(exporter),
        headers={str(k).lower(): str(v) for k, v in dict(headers).items()},
        is_shut=_is_shut(processor, batches, exporter),
        waiting=len(getattr(batches, "_queue", ())),
    )


def _is_shut(*parts: object) -> bool:
    return any(bool(getattr(part, "_shutdown", False)) for part in parts)
