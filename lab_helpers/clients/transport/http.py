"""JSON over HTTP to a vendor, with backoff, a deadline and errors that explain."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from google.protobuf.message import DecodeError
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from opentelemetry.instrumentation.utils import suppress_instrumentation

from lab_helpers.clients.transport import ratelimit
from lab_helpers.clients.transport.errors import VendorError
from lab_helpers.clients.transport.reach import (
    SILENT_S,
    is_here,
    silence_advice,
    unreachable,
)
from lab_helpers.clients.transport.waiting import Clock, Wait, backoff
from lab_helpers.waiting import StatusLine

BUSY = (502, 503, 504)
TIMEOUT_S = 30.0
PROTOBUF = ("application/x-protobuf", "application/protobuf")


@dataclass(frozen=True, slots=True)
class VendorApi:
    """A vendor's conventions: key header, errors, and rate limits.

    `key_header` carries the key, `variable` names the endpoint's variable; `message_of`
    reads the message of a refusal's JSON object, `reset` the seconds to wait from its
    headers; `advice` by status may hold `{endpoint}`.
    """

    name: str
    key_header: str
    variable: str
    error: type[VendorError]
    timeout: type[VendorError]
    message_of: Callable[[Mapping[str, Any]], str]
    reset: Callable[[Mapping[str, str]], float | None]
    advice: Mapping[int, str] = field(default_factory=dict)


class Http:
    """Calls to one endpoint with one key; waits out rate limits and busy servers."""

    def __init__(
        self, service: VendorApi, endpoint: str, api_key: str, clock: Clock = time
    ) -> None:
        self.service = service
        self.endpoint = endpoint.rstrip("/")
        self._clock = clock
        self._session = requests.Session()
        # A proxy from the environment must not take calls to this very machine.
        self._session.trust_env = not is_here(self.endpoint)
        self._session.headers[service.key_header] = api_key

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    def call(
        self,
        method: str,
        path: str,
        wait: Wait,
        *,
        body: Mapping[str, object] | None = None,
        query: Mapping[str, object] | None = None,
    ) -> object:
        """The JSON answer to one call; tries again after a rate limit or a 5xx.

        Raises the service's error for a refusal, its timeout error at the deadline.
        """
        response = self._accepted(method, path, wait, json=body, params=query)
        return self._document(f"{method} {path}", response)

    def upload(self, path: str, body: bytes, content_type: str, wait: Wait) -> None:
        """Sends a body that is no JSON, whose answer says no more than its status.

        Tries again, and raises, like `call`.
        """
        headers = {"Content-Type": content_type}
        self._accepted("POST", path, wait, data=body, headers=headers)

    def _accepted(
        self, method: str, path: str, wait: Wait, **parts: Any
    ) -> requests.Response:
        """The answer that is no refusal, after as many attempts as it takes."""
        name = f"{method} {path}"
        pauses = backoff(0.5, 8)
        while True:
            response = self._send(method, path, wait, **parts)
            if response.ok:
                return response
            pause = self._pause_for(response)
            if response.status_code in BUSY:
                pause = pause or pauses()
            if pause is None:
                raise self.service.error(
                    name,
                    response.status_code,
                    self._refusal(response),
                    self._advice(response),
                )
            if pause >= wait.left_s or not wait.pause(pause):
                raise self.service.timeout(
                    name,
                    response.status_code,
                    self._refusal(response),
                    f"The service asks to wait {pause:.0f} s, longer than the "
                    f"{wait.seconds:.0f} s allowed: run the cell again in a minute.",
                )

    def _send(
        self, method: str, path: str, wait: Wait, **parts: Any
    ) -> requests.Response:
        name = f"{method} {path}"
        timeout = max(min(TIMEOUT_S, wait.left_s), 0.1)
        try:
            # Asking must not show up in the answers: the student may have instrumented
            # `requests` in this very process.
            with (
                StatusLine(f"no answer from {self.endpoint}", delay_s=SILENT_S),
                suppress_instrumentation(),
            ):
                return self._session.request(
                    method, self.endpoint + path, timeout=timeout, **parts
                )
        except requests.Timeout as error:
            text = f"no answer within {timeout:.0f} s"
            advice = silence_advice(self.endpoint)
            raise self.service.timeout(name, None, text, advice) from error
        except requests.ConnectionError as error:
            text, advice = unreachable(self.endpoint, self.service.variable)
            raise self.service.error(name, None, text, advice) from error
        except requests.RequestException as error:
            raise self.service.error(
                name, None, str(error), f"Check {self.service.variable}."
            ) from error

    def _pause_for(self, response: requests.Response) -> float | None:
        """Seconds until the next attempt; None where repeating is no use."""
        if response.status_code not in (429, *BUSY):
            return None
        seconds = ratelimit.retry_after(response.headers, self._clock.time())
        if seconds is None:
            seconds = self.service.reset(response.headers)
        if seconds is None and response.status_code == 429:
            return 10.0
        return None if seconds is None else max(seconds, 0.5)

    def _refusal(self, response: requests.Response) -> str:
        """The service's own words on what is wrong, or else the body's beginning."""
        if response.headers.get("Content-Type") in PROTOBUF:
            return _status_message(response.content) or response.reason
        try:
            document = response.json()
        except ValueError:
            return response.text.strip()[:300] or response.reason
        if not isinstance(document, dict):
            return str(document)[:300]
        return self.service.message_of(document) or response.reason

    def _advice(self, response: requests.Response) -> str:
        advice = self.service.advice.get(response.status_code, "")
        return advice.replace("{endpoint}", self.endpoint)

    def _document(self, name: str, response: requests.Response) -> object:
        try:
            return response.json()
        except ValueError as error:
            raise self.service.error(
                name,
                response.status_code,
                f"an answer that is not JSON: {response.text[:120]!r}",
                f"Does the endpoint belong to {self.service.name}?",
            ) from error


def _status_message(body: bytes) -> str:
    """The message of a google.rpc.Status, with which OTLP refuses."""
    try:
        return str(Status.FromString(body).message)
    except DecodeError:
        return ""
