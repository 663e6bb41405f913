"""One span to one segment document, or to two where AWS's distribution marked it.

The rules are those of the OpenTelemetry collector's awsxray exporter, which AWS's own
OTLP endpoint follows as far as it is documented; where they differ a docstring says so.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from lab_emulators.aws.otlp.values import Attributes, attributes_of, filled, text
from lab_emulators.aws.xray.otlp.cause import cause_of, derived_id, outcome_of
from lab_emulators.aws.xray.otlp.http import http_of
from lab_emulators.aws.xray.otlp.naming import (
    is_local_root,
    name_of,
    namespace_of,
    remote_service,
)
from lab_emulators.aws.xray.otlp.resource import aws_of, origin_of, service_of
from lab_emulators.aws.xray.otlp.sql import sql_of
from lab_emulators.otlp import OtlpError

_ANNOTATIONS = "aws.xray.annotations"
_METADATA = "aws.xray.metadata."
_RESOURCE = "otel.resource."
_WITHIN = (Span.SPAN_KIND_SERVER, Span.SPAN_KIND_INTERNAL)
_OF_THE_CALL = ("http", "namespace", "sql")
_CALLED_BY_AWS = (
    "operation",
    "account_id",
    "region",
    "request_id",
    "queue_url",
    "table_name",
    "table_names",
)

Document = dict[str, Any]


def segments_of(
    span: Span, resource: Attributes, indexed: Collection[str]
) -> Iterator[Document]:
    """The documents of one span; raises OtlpError for ids that are none.

    A span marked LOCAL_ROOT that calls another service is both: a segment for the
    service, with an id of its own, and below it a subsegment for the call.
    """
    attributes = attributes_of(span.attributes)
    document = _document(span, attributes, resource, indexed)
    if not is_local_root(attributes):
        yield document
    elif span.kind in _WITHIN:
        yield _without(document, ("type", "namespace"))
    else:
        service = _service_segment(span, document, attributes, resource)
        yield document | {
            "type": "subsegment",
            "parent_id": service["id"],
            "namespace": document.get("namespace", "remote"),
            "name": remote_service(attributes) or document["name"],
        }
        yield service


def _document(
    span: Span, attributes: Attributes, resource: Attributes, indexed: Collection[str]
) -> Document:
    rest = dict(attributes)
    parent = _span_id(span.parent_span_id) if span.parent_span_id else ""
    below = span.kind != Span.SPAN_KIND_SERVER and bool(parent)
    blocks = {
        "http": http_of(rest, span.kind),
        "cause": cause_of(span, text(resource.get("telemetry.sdk.language"))),
        "aws": aws_of(rest, resource),
        "sql": sql_of(rest, span.name),
        "service": service_of(resource),
        "user": text(rest.pop("enduser.id", None)),
    }
    shown = {} if below else {_RESOURCE + key: v for key, v in resource.items()}
    annotations, metadata = _divide(rest, shown, attributes, set(indexed))
    return filled(
        {
            "id": _span_id(span.span_id),
            "trace_id": _trace_id(span.trace_id),
            "parent_id": parent,
            "name": name_of(span, attributes, resource),
            "type": "subsegment" if below else "",
            "namespace": namespace_of(span, attributes),
            "origin": origin_of(resource),
            **outcome_of(span, attributes),
            **blocks,
            "annotations": annotations,
            "metadata": metadata,
            "links": [_link(link) for link in span.links],
        }
    ) | {
        "start_time": span.start_time_unix_nano / 1_000_000_000,
        "end_time": span.end_time_unix_nano / 1_000_000_000,
    }


def _service_segment(
    span: Span, document: Document, attributes: Attributes, resource: Attributes
) -> Document:
    """The segment of the service that made the call of a span."""
    own = _without(document, (*_OF_THE_CALL, "type"))
    own["id"] = derived_id(span, "service")
    name = attributes.get("aws.local.service") or resource.get("service.name")
    own["name"] = text(name) or document["name"]
    own["aws"] = _without(document.get("aws", {}), _CALLED_BY_AWS)
    default = document.get("metadata", {}).get("default", {})
    resource_metadata = {k: v for k, v in default.items() if k.startswith(_RESOURCE)}
    return filled(own | {"metadata": filled({"default": resource_metadata})})


def _divide(
    rest: Attributes, shown: Attributes, attributes: Attributes, indexed: set[str]
) -> tuple[Attributes, Attributes]:
    """Annotations, which are searchable, and metadata by namespace.

    Indexed are the keys in `indexed`, and those the span lists in its attribute
    `aws.xray.annotations`; a key in `indexed` is one even if another block used it.
    """
    listed = rest.pop(_ANNOTATIONS, None)
    keys = indexed | set(map(text, listed if isinstance(listed, list) else ()))
    requested = {key: attributes[key] for key in indexed if key in attributes}
    annotations: Attributes = {}
    metadata: dict[str, Attributes] = {"default": {}}
    for key, value in {**shown, **requested, **rest}.items():
        if key in keys and isinstance(value, str | int | float):
            annotations[_annotation_key(key)] = value
        elif key.startswith(_METADATA) and isinstance(value, str):
            _spread(metadata, key, value)
        elif value is not None:
            metadata["default"][key] = value
    return annotations, filled(metadata)


def _spread(metadata: dict[str, Attributes], key: str, value: str) -> None:
    """A whole namespace of metadata, as JSON in one attribute."""
    members = _object_in(value)
    namespace = key.removeprefix(_METADATA)
    if members is None:
        metadata["default"][key] = value
    else:
        name = "default" if namespace.lower() == "default" else namespace
        metadata.setdefault(name, {}).update(members)


def _object_in(text: str) -> Attributes | None:
    """The JSON object in a text, None unless it can be serialized again."""
    try:
        members = json.loads(text)
        json.dumps(
            [[[[[members]]]]], allow_nan=False
        )  # nested as deeply as in a document
    except (ValueError, RecursionError):
        return None
    return members if isinstance(members, dict) else None


def _annotation_key(key: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]", "_", key)


def _link(link: Span.Link) -> Document:
    return filled(
        {
            "trace_id": _trace_id(link.trace_id),
            "id": _span_id(link.span_id),
            "attributes": attributes_of(link.attributes),
        }
    )


def _trace_id(identity: bytes) -> str:
    if len(identity) != 16 or not any(identity):
        raise OtlpError(f"{identity.hex()!r} is not a trace id")
    digits = identity.hex()
    return f"1-{digits[:8]}-{digits[8:]}"


def _span_id(identity: bytes) -> str:
    if len(identity) != 8 or not any(identity):
        raise OtlpError(f"{identity.hex()!r} is not a span id")
    return identity.hex()


def _without(members: Mapping[str, Any], names: Collection[str]) -> Document:
    return {key: value for key, value in members.items() if key not in names}
