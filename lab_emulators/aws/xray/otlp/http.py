"""`http` of a segment, from the old and the new HTTP conventions."""

import ipaddress
from urllib.parse import urlsplit

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from lab_emulators.aws.otlp.values import Attributes, filled, take, text, whole

STATUS = ("http.response.status_code", "http.status_code")

_METHOD = ("http.request.method", "http.method")
_URL = ("url.full", "http.url")
_AGENT = ("user_agent.original", "http.user_agent")
_SCHEME = ("url.scheme", "http.scheme")
_SIZE = ("http.response.body.size", "http.response_content_length")
_FORWARDED = ("client.address", "http.client_ip")
_PEER = ("network.peer.address", "net.peer.ip", "net.sock.peer.addr")
_SERVER_HOST = ("http.server_name", "net.host.name", "server.address")
_SERVER_PORT = ("net.host.port", "server.port")
_CLIENT_HOST = ("net.peer.name", "server.address")
_CLIENT_PORT = ("net.peer.port", "server.port")
_SIGNS = (*_METHOD, *_URL, *_AGENT, *STATUS, "http.host", "http.target", "url.path")
_STANDARD_PORT = {"http": 80, "https": 443}


def http_of(attributes: Attributes, kind: int) -> Attributes:
    """The `http` block, {} for a span that is none; takes what it uses away.

    Unlike the collector's exporter it leaves `content_length` out where it is
    unknown, and says `client_ip` only where the span is the server's.
    """
    if not any(name in attributes for name in _SIGNS):
        return {}
    server = kind == Span.SPAN_KIND_SERVER
    request = {
        "method": text(take(attributes, *_METHOD)),
        "url": _url(attributes, server=server),
        "user_agent": text(take(attributes, *_AGENT)),
        **(_client(attributes) if server else {}),
    }
    response = {
        "status": whole(take(attributes, *STATUS)),
        "content_length": whole(take(attributes, *_SIZE)),
    }
    return filled({"request": filled(request), "response": filled(response)})


def host_of(url: object) -> str:
    """The host name in a URL without its port, "" if it has none."""
    try:
        return urlsplit(text(url)).hostname or ""
    except ValueError:
        return ""


def _client(attributes: Attributes) -> Attributes:
    """The client; a forwarded address is one that is not the connection's own."""
    peer = _address(take(attributes, *_PEER))
    forwarded = _address(take(attributes, *_FORWARDED))
    if forwarded and forwarded != peer:
        return {"client_ip": forwarded, "x_forwarded_for": True}
    return {"client_ip": peer}


def _address(value: object) -> str:
    try:
        return str(ipaddress.ip_address(text(value)))
    except ValueError:
        return ""


def _url(attributes: Attributes, *, server: bool) -> str:
    full = text(take(attributes, *_URL))
    scheme = text(take(attributes, *_SCHEME)) or "http"
    host = text(take(attributes, "http.host"))
    hosts, ports = (
        (_SERVER_HOST, _SERVER_PORT) if server else (_CLIENT_HOST, _CLIENT_PORT)
    )
    name, port = text(take(attributes, *hosts)), whole(take(attributes, *ports))
    target = _target(attributes)
    if full or not (host or name):
        return full
    if not host and port and port != _STANDARD_PORT.get(scheme):
        name = f"{name}:{port}"
    return f"{scheme}://{host or name}{target}"


def _target(attributes: Attributes) -> str:
    whole_target = text(take(attributes, "http.target"))
    path = text(take(attributes, "url.path"))
    query = text(take(attributes, "url.query")).removeprefix("?")
    return whole_target or (path or "/") + (f"?{query}" if query else "")
