"""Origin of telemetry: the dataset, columns and rate of a resource and scope."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from lab_emulators.honeycomb.ingest.sampling import RATE_KEYS, attribute_rate
from lab_emulators.honeycomb.ingest.values import flatten
from lab_emulators.store import Value

UNKNOWN_SERVICE = "unknown_service"
INSTRUMENTATION_PREFIXES = (
    "io.opentelemetry",
    "opentelemetry.instrumentation",
    "OpenTelemetry.Instrumentation",
    "OpenTelemetry::Instrumentation",
    "go.opentelemetry.io/contrib/instrumentation",
    "@opentelemetry/instrumentation",
    "io.opentelemetry.contrib.php",
    "github.com/open-telemetry/opentelemetry-collector",
    "@honeycombio/",
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Columns and rate that all rows of one scope of one resource share.

    `columns` holds the built-in columns first, then the scope's and the resource's
    attributes, the earlier winning. `sample_rate` is None unless an attribute says it.
    """

    columns: Mapping[str, Value]
    sample_rate: int | None


def origin(
    resource: Resource, scope: InstrumentationScope, schema_urls: tuple[str, str]
) -> Origin:
    """Returns what a span or log record inherits; `schema_urls`: resource, scope."""
    columns = _built_in(scope, schema_urls)
    for attributes in (scope.attributes, resource.attributes):
        for key, value in attribute_columns(attributes).items():
            columns.setdefault(key, value)
    rate = attribute_rate(scope.attributes)
    return Origin(
        columns, attribute_rate(resource.attributes) if rate is None else rate
    )


def attribute_columns(attributes: Iterable[KeyValue]) -> dict[str, Value]:
    """Returns the columns of a list whose sample rate is metadata, not a column."""
    return flatten(a for a in attributes if a.key not in RATE_KEYS)


def service_name(resource: Resource) -> str | None:
    """Returns the usable `service.name`, trimmed; None for a missing or default one."""
    for attribute in resource.attributes:
        if attribute.key == "service.name":
            name = attribute.value.string_value.strip()
            return None if name.startswith(UNKNOWN_SERVICE) else name or None
    return None


def _built_in(
    scope: InstrumentationScope, schema_urls: tuple[str, str]
) -> dict[str, Value]:
    texts = {
        "resource.schema_url": schema_urls[0],
        "scope.schema_url": schema_urls[1],
        "library.name": scope.name,
        "library.version": scope.version,
    }
    columns: dict[str, Value] = {key: text for key, text in texts.items() if text}
    if scope.name.startswith(INSTRUMENTATION_PREFIXES):
        columns["telemetry.instrumentation_library"] = True
    return columns
