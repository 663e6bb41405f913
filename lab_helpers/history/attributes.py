"""Attributes of the spans, by the names that the instrumentors give them."""

from __future__ import annotations

from collections.abc import Sequence

from lab_helpers.history.batch import Attributes
from lab_helpers.history.randomness import Numbers, key_of, words

ATTRIBUTES: dict[str, str] = {
    "http.method": "str",
    "http.server_name": "str",
    "http.scheme": "str",
    "net.host.name": "str",
    "http.host": "str",
    "net.host.port": "Int64",
    "http.target": "str",
    "net.peer.ip": "str",
    "net.peer.port": "Int64",
    "http.user_agent": "str",
    "http.flavor": "str",
    "http.route": "str",
    "app.user": "str",
    "app.plan": "str",
    "app.tenant": "str",
    "app.region": "str",
    "app.app_version": "str",
    "app.flag": "str",
    "app.cache_hit": "boolean",
    "app.item_count": "Int64",
    "app.queue_wait_ms": "float64",
    "http.status_code": "Int64",
    "http.url": "str",
    "user_agent.original": "str",
    "db.name": "str",
    "db.statement": "str",
    "db.system": "str",
    "db.operation": "str",
    "exception.type": "str",
    "exception.message": "str",
    "exception.stacktrace": "str",
    "exception.escaped": "str",
}
"""Every attribute of a day's spans and span events, with the dtype of its column."""

HOSTS = {"api": "api:8000", "feed": "feed:8001", "messages": "messages:8002"}
"""Where each service listens, in the container network of the past."""

_VISITORS_IP, _API_IP = "10.7.0.2", "10.7.0.3"
_USER_AGENT = "python-requests/2.34.2"
_PORTS = 32768, 60999  # those that Linux gives to clients


def server(service: str, method: str, rule: str, targets: Sequence[str]) -> Attributes:
    """What Flask's instrumentor says of requests to one rule, except the port."""
    inside = service != "api"
    return {
        "http.method": method,
        "http.server_name": "waitress.invalid",
        "http.scheme": "http",
        "net.host.name": HOSTS[service],
        "http.host": HOSTS[service],
        "net.host.port": int(HOSTS[service].partition(":")[2]),
        "http.target": targets,
        "net.peer.ip": _API_IP if inside else _VISITORS_IP,
        "http.flavor": "1.1",
        "http.route": rule,
    } | ({"http.user_agent": _USER_AGENT} if inside else {})


def client(service: str, method: str, paths: Sequence[str], status: int) -> Attributes:
    """What the instrumentor of `requests` says of calls to a service."""
    return {
        "http.method": method,
        "http.url": [f"http://{HOSTS[service]}{path}" for path in paths],
        "user_agent.original": _USER_AGENT,
        "http.status_code": status,
    }


def peer_ports(service: str, numbers: Numbers) -> list[int]:
    """The port that the caller of each request has on its own side."""
    low, high = _PORTS
    drawn = words(key_of(service, "peer port"), numbers)
    return [int(each) for each in drawn % (high - low + 1) + low]
