"""A provider whose spans land under the name that was asked for."""

from __future__ import annotations

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, instead
from lab_helpers.exercises.checking.otlp import provider_in, sent_by
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

SERVICE = "kittiwake-named"


def check_name(names: Namespace, context: Context) -> None:
    """A span of `named` is in the dataset kittiwake-named, by the student's resource.

    A provider with a resource of another origin is one that `provider_for` made.
    """
    resource = names["resource"]
    if not isinstance(resource, Resource):
        raise Miss(
            f"resource is {described(resource)}, not a Resource; Resource.create makes "
            "one from a dictionary"
        )
    named = provider_in(names, "named")
    service = sent_by(named, context)["service"].iloc[0]
    if service.startswith("unknown_service"):
        raise Miss(f"the span arrived, in {service!r}; {_why_nameless(resource)}")
    if service != SERVICE:
        raise Miss(f"the span arrived in {service!r}; look at the value of the name")
    _demand_own(resource, named)


def _why_nameless(resource: Resource) -> str:
    name = str(resource.attributes.get("service.name", "unknown_service"))
    if name.startswith("unknown_service"):
        return "the resource has no key 'service.name' of yours; look at its spelling"
    return "the resource has a name, but the provider does not have the resource"


def _demand_own(resource: Resource, named: TracerProvider) -> None:
    if named.resource is not resource:
        raise Miss(
            f"the span arrived in {SERVICE!r}, by a resource that is not yours: the "
            "provider was made elsewhere. Write it out, with resource=resource"
        )


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
        "Which of the four objects says who is speaking? Look at the section 'One "
        "service': each object is made there, in the order in which they are needed.",
        "Resource.create takes a dictionary, TracerProvider takes resource=, and "
        "named.add_span_processor takes the processor that holds the exporter.",
        'resource = Resource.create({"service.name": "kittiwake-named"}), then named = '
        "TracerProvider(resource=resource), then "
        "named.add_span_processor(BatchSpanProcessor(OTLPSpanExporter())).",
    ),
    solution=NAME,
    lesson="The resource says who speaks; the dataset follows from it.",
    right={
        "the constant, and no batches": instead(
            NAME,
            (
                "resource = ",
                "from opentelemetry.sdk.resources import SERVICE_NAME\n"
                "from opentelemetry.sdk.trace.export import SimpleSpanProcessor\n\n"
                "resource = ",
            ),
            ('"service.name"', "SERVICE_NAME"),
            ("BatchSpanProcessor", "SimpleSpanProcessor"),
        ),
        "the variable": """\
import os

os.environ["OTEL_SERVICE_NAME"] = "kittiwake-named"
resource = Resource.create()
del os.environ["OTEL_SERVICE_NAME"]
processor = BatchSpanProcessor(OTLPSpanExporter())
named = TracerProvider(resource=resource)
named.add_span_processor(processor)""",
        "the resource of the provider": """\
named = TracerProvider(
    resource=Resource({"service.name": "kittiwake-named", "team": "birds"})
)
named.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
resource = named.resource""",
    },
    wrong={
        "resource not handed over": Wrong(
            instead(NAME, ("(resource=resource)", "()")), "does not have the resource"
        ),
        "the resource by position": Wrong(
            instead(NAME, ("(resource=resource)", "(resource)")),
            "the first argument of TracerProvider is the sampler",
        ),
        "key with an underscore": Wrong(
            instead(NAME, ("service.name", "service_name"), ("kittiwake-", "k-")),
            "no key 'service.name'",
        ),
        "name with an underscore": Wrong(
            instead(NAME, ("kittiwake-named", "kittiwake_named")),
            "arrived in 'kittiwake_named'; look at the value",
        ),
        "no exporter": Wrong(
            "\n".join(NAME.splitlines()[:2]), "the provider has no exporter"
        ),
        "provider_for, and no resource": Wrong(
            'resource = None\nnamed = provider_for("kittiwake-named")',
            "resource is None, not a Resource",
        ),
        "provider_for, and a resource unused": Wrong(
            'resource = Resource.create({"service.name": "kittiwake-named"})\n'
            'named = provider_for("kittiwake-named")',
            "by a resource that is not yours",
        ),
        "the name alone": Wrong(
            'resource = "kittiwake-named"\nnamed = provider_for(resource)',
            "resource is 'kittiwake-named'",
        ),
    },
)
