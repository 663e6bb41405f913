"""One copy over HTTP to the real service, and what its answer means."""

import contextlib
import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from lab_emulators.forwarding.backoff import retry_after_s
from lab_emulators.forwarding.model import Copy, Delivery, DeliveryOutcome, Upstream

TIMEOUT_S = 10.0
"""For the connection, and again for each part of the answer."""

_ANSWER_BYTES = 2**20  # read of an answer: a batch's has a line for each event
_ERROR_LENGTH = 200
_FOR_NOW = frozenset({408, 425, 429})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


class CopySender:
    """Sends copies over one connection that stays open."""

    def __init__(
        self,
        key_header: str,
        *,
        timeout_s: float = TIMEOUT_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._key_header = key_header
        self._timeout_s = timeout_s
        self._clock = clock
        # Not a session: it would take twice the time for cookies, redirects and .netrc,
        # all of which must not matter to a copy.
        self._adapter = HTTPAdapter()
        self._options: dict[str, Mapping[str, Any]] = {}

    def send(self, upstream: Upstream, copy: Copy) -> Delivery:
        """Sends a copy; never raises for what the network or the service does."""
        try:
            return self._sent(upstream, copy)
        except requests.Timeout:
            error = f"no answer within {self._timeout_s:g} s"
        except (requests.RequestException, OSError) as fault:
            error = f"no connection ({type(fault).__name__})"
        return Delivery(DeliveryOutcome.FAILED, error)

    def close(self) -> None:
        """Closes the connection."""
        self._adapter.close()

    def _sent(self, upstream: Upstream, copy: Copy) -> Delivery:
        endpoint, headers = upstream.endpoint, {self._key_header: upstream.key}
        if endpoint not in self._options:
            self._options[endpoint] = _environment_options(endpoint)
        request = requests.Request(
            "POST", endpoint + copy.path, {**copy.headers, **headers}, data=copy.body
        )
        options = self._options[endpoint]
        with self._adapter.send(
            request.prepare(), timeout=self._timeout_s, **options
        ) as answer:
            text = _start_of(answer).replace(upstream.key, "***")
            return self._delivery(answer, text)

    def _delivery(self, answer: requests.Response, text: str) -> Delivery:
        status = answer.status_code
        if 200 <= status < 300:
            return _accepted(text)
        error = f"HTTP {status}: {_message_of(text) or answer.reason}"
        if status == 401:
            return Delivery(DeliveryOutcome.KEY_REFUSED, error)
        if status in _FOR_NOW or status >= 500:
            pause_s = retry_after_s(answer.headers.get("Retry-After"), self._clock())
            failed = DeliveryOutcome.FAILED
            return Delivery(failed, error, pause_s, server_error=status >= 500)
        return Delivery(DeliveryOutcome.REFUSED, error)


def _environment_options(url: str) -> Mapping[str, Any]:
    """Proxies and certificates as the variables of this process say for a URL."""
    with requests.Session() as session:
        return session.merge_environment_settings(
            url, proxies={}, stream=True, verify=None, cert=None
        )


def _start_of(answer: requests.Response) -> str:
    """The answer's body as text, as far as it matters."""
    body = b""
    # An answer that breaks off has its status all the same.
    with contextlib.suppress(requests.RequestException):
        for part in answer.iter_content(2**16):
            body += part
            if len(body) > _ANSWER_BYTES:
                break
    return body.decode("utf-8", "replace")


def _accepted(text: str) -> Delivery:
    """The delivery of a 2xx; a batch's answer has a status for each event."""
    document = _parsed(text)
    items = document if isinstance(document, list) else []
    faults = [item for item in items if _status_of(item) >= 300]
    if not faults:
        return Delivery(DeliveryOutcome.ACCEPTED)
    first = faults[0]
    error = f"HTTP {_status_of(first)}: {_printable(first.get('error', ''))}"
    return Delivery(DeliveryOutcome.ACCEPTED, error, refused=len(faults))


def _status_of(item: object) -> int:
    status = item.get("status") if isinstance(item, dict) else None
    return status if isinstance(status, int) else 0


def _message_of(text: str) -> str:
    """The error text of an answer: Honeycomb's `error`, others' `message`, or all."""
    document = _parsed(text)
    if not isinstance(document, dict):
        return _printable(text)
    return _printable(document.get("error") or document.get("message") or text)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _printable(text: object) -> str:
    return _CONTROL.sub(" ", str(text)).strip()[:_ERROR_LENGTH]
