"""The `Host` header of a request: only names of this machine are answered.

A web page whose name was made to lead to 127.0.0.1 (DNS rebinding) is, for the
browser, of one origin with the lab, and could read it. Its requests still name the
page's own host.
"""

import re
from collections.abc import Iterable
from typing import Any

from werkzeug.wrappers import Response

STATUS = 421
"""Misdirected Request (RFC 9110, section 15.5.20)."""

_NAMES = "127.0.0.1, localhost, [::1] or a name that ends in .localhost"
_LOOPBACK = re.compile(
    r"(127\.0\.0\.1|\[::1\]|([a-z0-9_-]+\.)*localhost)(:[0-9]*)?", re.IGNORECASE
)


def host_fault(host: str | None, protocol: str) -> str | None:
    """A sentence that says what is wrong with a `Host` header, None when nothing is.

    `protocol` is the request's, `HTTP/1.1` or `HTTP/1.0`.
    """
    if host is None and protocol == "HTTP/1.0":
        # The version has no Host; every browser sends one, so this is no web page.
        return None
    if host is not None and _LOOPBACK.fullmatch(host):
        return None
    came = "no Host header" if host is None else f"the Host header {host!r}"
    return (
        f"The request has {came}, and the lab answers only to {_NAMES}, each with or "
        "without a port: use the lab's own URL."
    )


class TrustedHost:
    """WSGI middleware: 421 for a `Host` that is not of this machine."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        protocol = str(environ.get("SERVER_PROTOCOL", ""))
        fault = host_fault(environ.get("HTTP_HOST"), protocol)
        answer = self._app if fault is None else Response(fault, STATUS)
        answered: Iterable[bytes] = answer(environ, start_response)
        return answered
