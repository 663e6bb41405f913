"""Rollbar's REST calls: read the result out of its envelope, page through lists."""

import time
from collections.abc import Iterator, Mapping
from typing import Any, cast

from lab_helpers.clients.transport import ratelimit
from lab_helpers.clients.transport.errors import RollbarError, RollbarTimeoutError
from lab_helpers.clients.transport.http import Http, VendorApi
from lab_helpers.clients.transport.waiting import Clock, Wait

PAGE, MOST_PAGES = 100, 100


def message_of(document: Mapping[str, Any]) -> str:
    """The message of a refusal's envelope, `{"err": 1, "message": …}`; may be empty."""
    return str(document.get("message") or "")


ROLLBAR = VendorApi(
    name="Rollbar",
    key_header="X-Rollbar-Access-Token",
    variable="ROLLBAR_ENDPOINT",
    error=RollbarError,
    timeout=RollbarTimeoutError,
    message_of=message_of,
    reset=ratelimit.remaining_seconds,
    advice={
        401: "{endpoint} does not know this token: check ROLLBAR_READ_TOKEN.",
        403: "The token may not do this: reading needs scope read "
        "(ROLLBAR_READ_TOKEN), resolving scope write (ROLLBAR_WRITE_TOKEN).",
    },
)


class RollbarApi:
    """Calls of Rollbar's API with one token; each has `deadline_s` seconds."""

    def __init__(
        self, endpoint: str, token: str, deadline_s: float, clock: Clock = time
    ) -> None:
        self._http = Http(ROLLBAR, endpoint, token, clock)
        self._deadline_s = deadline_s
        self._clock = clock

    @property
    def endpoint(self) -> str:
        """The base URL of the calls, `/api/1` included."""
        return self._http.endpoint

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def result(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        query: Mapping[str, object] | None = None,
    ) -> object:
        """The `result` of the envelope; RollbarError if `err` is set."""
        with Wait(self._deadline_s, "waiting for Rollbar", self._clock) as wait:
            answer = self._http.call(method, path, wait, body=body, query=query)
        if not isinstance(answer, Mapping) or answer.get("err"):
            text = answer.get("message") if isinstance(answer, Mapping) else answer
            raise RollbarError(f"{method} {path}", 200, str(text)[:300])
        return answer.get("result")

    def document(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        query: Mapping[str, object] | None = None,
    ) -> dict[str, Any]:
        """The `result` of a call whose result is an object; RollbarError otherwise."""
        result = self.result(method, path, body=body, query=query)
        if not isinstance(result, dict):
            text = f"expected an object, got {str(result)[:100]}"
            raise RollbarError(f"{method} {path}", 200, text)
        return cast("dict[str, Any]", result)

    def pages(
        self, path: str, member: str, query: Mapping[str, object]
    ) -> Iterator[dict[str, Any]]:
        """The members of every page, up to the first page without a new one."""
        seen: set[object] = set()
        for number in range(1, MOST_PAGES + 1):
            page = self.document("GET", path, query={**query, "page": number})
            fresh = [one for one in page.get(member) or [] if one["id"] not in seen]
            if not fresh:
                return
            seen |= {one["id"] for one in fresh}
            yield from fresh
