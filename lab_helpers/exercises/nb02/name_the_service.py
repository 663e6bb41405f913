"""A provider whose spans land under the name that was asked for."""

from __future__ import annotations

from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, instead
from lab_helpers.exercises.checking.otlp import provider_in, sent_by
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss


def check_name(names: Namespace, context: Context) -> None:
    """A span of `named` is in the dataset kittiwake-named."""
    arrived = sent_by(provider_in(names, "named"), context)
    service = arrived["service"].iloc[0]
    if service.startswith("unknown_service"):
        raise Miss(f"the span arrived, in {service!r}; {_why_nameless(names)}")
    if service != "kittiwake-named":
        raise Miss(f"the span arrived in {service!r}; look at the value of the name")


def _why_nameless(names: Namespace) -> str:
    attributes = getattr(names["resource"], "attributes", {})
    if str(attributes.get("service.name", "unknown_service")).startswith("unknown"):
        return "the resource has no key 'service.name' of yours; look at its spelling"
    return "the resource has a name, but the provider does not have the resource"


NAME = """\
resource = Resource.create({"service.name": "kittiwake-named"})
named = TracerProvider(resource=resource)
named.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))"""

EXERCISE = Exercise(
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
            instead(NAME, ("(resource=resource)", "()")), "does not have the resource"
        ),
        "key with an underscore": Wrong(
            instead(NAME, ("service.name", "service_name"), ("kittiwake-", "k-")),
            "no key 'service.name'",
        ),
        "no exporter": Wrong(
            "\n".join(NAME.splitlines()[:2]), "the provider has no exporter"
        ),
    },
)
