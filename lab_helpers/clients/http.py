"""JSON over HTTP to Honeycomb: polite, with a deadline, and clear when it fails."""

import time
from collections.abc import Mapping
from urllib.parse import urlsplit

import requests
from opentelemetry.instrumentation.utils import suppress_instrumentation

from lab_helpers.clients import ratelimit
from lab_helpers.clients.errors import HoneycombError, HoneycombTimeoutError
from lab_helpers.clients.waiting import Clock, Wait, backoff

BUSY = (502, 503, 504)
TIMEOUT_S = 30.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Http:
    """Calls to one endpoint with one key; waits where the service asks for it."""

    def __init__(self, endpoint: str, api_key: str, clock: Clock = time) -> None:
        self.endpoint = endpoint.rstrip("/")
        self._clock = clock
        self._session = requests.Session()
        # A proxy from the environment must not take calls to this very machine.
        self._session.trust_env = urlsplit(self.endpoint).hostname not in LOOPBACK
        self._session.headers["X-Honeycomb-Team"] = api_key

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
    ) -> object:
        """The JSON answer to one call; waits and tries again when told to.

        Raises HoneycombError for a refusal, HoneycombTimeoutError at the deadline.
        """
        name = f"{method} {path}"
        pauses = backoff(0.5, 8)
        while True:
            response = self._send(method, path, body, wait)
            if response.ok:
                return _document(name, response)
            pause = self._pause_for(response)
            if response.status_code in BUSY:
                pause = pause or pauses()
            if pause is None:
                raise HoneycombError(
                    name, response.status_code, said(response), self._advice(response)
                )
            if pause >= wait.left_s or not wait.pause(pause):
                raise HoneycombTimeoutError(
                    name,
                    response.status_code,
                    said(response),
                    f"The service asks to wait {pause:.0f} s, longer than the "
                    f"{wait.seconds:.0f} s allowed: run the cell again in a minute.",
                )

    def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None,
        wait: Wait,
    ) -> requests.Response:
        name = f"{method} {path}"
        timeout = max(min(TIMEOUT_S, wait.left_s), 0.1)
        try:
            # Asking must not show up in the answers: the student may have instrumented
            # `requests` in this very process.
            with suppress_instrumentation():
                return self._session.request(
                    method, self.endpoint + path, json=body, timeout=timeout
                )
        except requests.Timeout as error:
            text = f"no answer within {timeout:.0f} s"
            raise HoneycombTimeoutError(
                name, None, text, f"Is {self.endpoint} overloaded, or unreachable?"
            ) from error
        except requests.ConnectionError as error:
            raise HoneycombError(
                name, None, f"nothing listens at {self.endpoint}", self._start_advice()
            ) from error
        except requests.RequestException as error:
            raise HoneycombError(
                name, None, str(error), "Check HONEYCOMB_API_ENDPOINT."
            ) from error

    def _pause_for(self, response: requests.Response) -> float | None:
        """Seconds until another try is welcome; None if there is none to be made."""
        if response.status_code not in (429, *BUSY):
            return None
        asked = ratelimit.retry_after(response.headers, self._clock.time())
        if asked is None:
            asked = ratelimit.reset(response.headers)
        if asked is None and response.status_code == 429:
            return 10.0
        return asked if asked is None else max(asked, 0.5)

    def _start_advice(self) -> str:
        if urlsplit(self.endpoint).hostname in LOOPBACK:
            return "Start the lab with lab.start() and run this cell again."
        return "Check HONEYCOMB_API_ENDPOINT and the network."

    def _advice(self, response: requests.Response) -> str:
        if response.status_code == 401:
            return (
                f"{self.endpoint} does not know this key: check HONEYCOMB_API_KEY (a "
                "configuration key; an ingest key cannot query)."
            )
        if response.status_code == 403:
            return "The key may not do this: it needs the permission to run queries."
        return ""


def said(response: requests.Response) -> str:
    """Honeycomb's own words: `error` of its problem document, with its details."""
    try:
        document = response.json()
    except ValueError:
        return response.text.strip()[:300] or response.reason
    if not isinstance(document, dict):
        return str(document)[:300]
    text = str(document.get("error") or document.get("title") or response.reason)
    details = [
        f"{item.get('field')}: {item.get('description')}"
        for item in document.get("type_detail") or []
        if isinstance(item, dict)
    ]
    extra = document.get("detail")
    if isinstance(extra, str) and extra != text:
        details.append(extra)
    return f"{text} ({'; '.join(details)})" if details else text


def _document(name: str, response: requests.Response) -> object:
    try:
        return response.json()
    except ValueError as error:
        text = f"an answer that is not JSON: {response.text[:120]!r}"
        raise HoneycombError(
            name, response.status_code, text, "Does the endpoint belong to Honeycomb?"
        ) from error
