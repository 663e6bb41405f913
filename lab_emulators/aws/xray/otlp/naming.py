"""`name` and `namespace` of a segment: services where spans have operations."""

import re

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from lab_emulators.aws.otlp.values import Attributes, text
from lab_emulators.aws.xray.otlp.http import host_of

MAX_NAME = 200

_OUTWARD = (Span.SPAN_KIND_CLIENT, Span.SPAN_KIND_PRODUCER, Span.SPAN_KIND_CONSUMER)
_NOT_ALLOWED = re.compile(r"[^\w\s.:/%&#=+\\\-@]")


def name_of(span: Span, attributes: Attributes, resource: Attributes) -> str:
    """The first that is known, in the order of the collector's exporter.

    Two more than there come before the span's own name: the host of the newer
    conventions' `server.address`, and that of the URL.
    """
    names = (
        _named_by_aws(span, attributes),
        text(attributes.get("peer.service")),
        text(attributes.get("aws.service")),
        _database(attributes),
        text(resource.get("service.name")) if _serves(span) else "",
        text(attributes.get("rpc.service")),
        text(attributes.get("http.host")),
        text(attributes.get("net.peer.name")),
        _host(span, attributes),
        span.name,
    )
    return next(filter(None, map(_allowed, names)), "span")


def namespace_of(span: Span, attributes: Attributes) -> str:
    """`aws` for calls of AWS, `remote` for other calls, "" for what is local."""
    if attributes.get("rpc.system") == "aws-api" or "aws.service" in attributes:
        return "aws"
    if span.kind == Span.SPAN_KIND_CLIENT:
        return "remote"
    known = span.kind in _OUTWARD and "aws.remote.service" in attributes
    return "remote" if known else ""


def is_local_root(attributes: Attributes) -> bool:
    """Tells whether AWS's distribution marked the span as its service's first."""
    return attributes.get("aws.span.kind") == "LOCAL_ROOT"


def remote_service(attributes: Attributes) -> str:
    """Name of the callee by AWS's distribution, in X-Ray's spelling."""
    name = text(attributes.get("aws.remote.service"))
    if attributes.get("rpc.system") != "aws-api":
        return name
    return name.removeprefix("AWS.SDK.").removeprefix("AWS::")


def _named_by_aws(span: Span, attributes: Attributes) -> str:
    if span.kind in _OUTWARD:
        return remote_service(attributes)
    if _serves(span) or is_local_root(attributes):
        return text(attributes.get("aws.local.service"))
    return ""


def _database(attributes: Attributes) -> str:
    """`database@host`, the host where a connection string or an address has it."""
    name = text(attributes.get("db.name"))
    connection = text(attributes.get("db.connection_string"))
    host = host_of(connection.removeprefix("jdbc:"))
    if not name:
        name = text(attributes.get("db.namespace"))
        host = text(attributes.get("server.address"))
    return f"{name}@{host}" if name and host else name


def _host(span: Span, attributes: Attributes) -> str:
    if span.kind != Span.SPAN_KIND_CLIENT:
        return ""
    address = text(attributes.get("server.address"))
    url = attributes.get("url.full") or attributes.get("http.url")
    return address or host_of(url)


def _serves(span: Span) -> bool:
    return span.kind == Span.SPAN_KIND_SERVER


def _allowed(name: str) -> str:
    """Removes the characters a segment's name may not have (X-Ray developer guide)."""
    return _NOT_ALLOWED.sub("", name)[:MAX_NAME].strip()
