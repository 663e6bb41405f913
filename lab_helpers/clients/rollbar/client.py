"""Results from Rollbar as DataFrames, by its public API and nothing else.

Reading needs a token of scope read, resolving one of scope write; neither can send
anything, and the token that sends cannot read.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, cast

import pandas as pd
import requests

from lab_helpers import settings
from lab_helpers.clients.rollbar import frames
from lab_helpers.clients.rollbar.page import ItemPage
from lab_helpers.clients.transport import ratelimit
from lab_helpers.clients.transport.errors import RollbarError, RollbarTimeoutError
from lab_helpers.clients.transport.http import Http, Service
from lab_helpers.clients.transport.waiting import Clock, Wait, backoff

Item = int | Mapping[str, Any] | pd.Series
"""An item by its counter (the number in `#12`), or its row of `items()`."""

ENDED = {"failed", "cancelled", "timed_out"}
PAGE, MOST_PAGES = 100, 100


def said(response: requests.Response) -> str:
    """Rollbar's own words: `message` of its envelope `{"err": 1, "message": …}`."""
    try:
        document = response.json()
    except ValueError:
        return response.text.strip()[:300] or response.reason
    if not isinstance(document, dict):
        return str(document)[:300]
    return str(document.get("message") or response.reason)


ROLLBAR = Service(
    name="Rollbar",
    key_header="X-Rollbar-Access-Token",
    variable="ROLLBAR_ENDPOINT",
    error=RollbarError,
    timeout=RollbarTimeoutError,
    said=said,
    reset=ratelimit.remaining_seconds,
    advice={
        401: "{endpoint} does not know this token: check ROLLBAR_READ_TOKEN.",
        403: "The token may not do this: reading needs scope read "
        "(ROLLBAR_READ_TOKEN), resolving scope write (ROLLBAR_WRITE_TOKEN).",
    },
)


class RollbarClient:
    """Rollbar's API for one project; a context manager that closes connections.

    Token and endpoint default to ROLLBAR_READ_TOKEN and ROLLBAR_ENDPOINT, which
    `lab.start()` sets. `write_token` is needed to resolve, and defaults likewise.
    `deadline_s` bounds each call, waits for rate limits included.
    """

    def __init__(
        self,
        token: str | None = None,
        endpoint: str | None = None,
        *,
        write_token: str | None = None,
        deadline_s: float = 60,
        clock: Clock = time,
    ) -> None:
        if token is None or endpoint is None or write_token is None:
            known = settings.load().rollbar
            token = known.read_token if token is None else token
            endpoint = known.endpoint if endpoint is None else endpoint
            write_token = known.write_token if write_token is None else write_token
        self._clock = clock
        self._deadline_s = deadline_s
        self._reader = Http(ROLLBAR, endpoint, token, clock)
        self._writer = Http(ROLLBAR, endpoint, write_token, clock)

    @property
    def endpoint(self) -> str:
        """The base URL that is asked, `/api/1` included."""
        return self._reader.endpoint

    def items(
        self,
        *,
        status: str | Sequence[str] | None = None,
        level: str | Sequence[str] | None = None,
        environment: str | None = None,
        query: str | None = None,
    ) -> pd.DataFrame:
        """The items that fit, ITEM_COLUMNS, in Rollbar's order.

        `level` and `status` may be several; `query` searches the titles.
        """
        asked = {"status": status, "level": level}
        asked |= {"environment": environment, "query": query}
        return frames.of_items(self._pages("/items/", "items", asked))

    def item(self, item: Item) -> "pd.Series[Any]":
        """One item as a row of ITEM_COLUMNS; RollbarError if there is none."""
        return frames.of_items([self._document(item)]).iloc[0]

    def occurrences(self, item: Item) -> pd.DataFrame:
        """The occurrences of an item, OCCURRENCE_COLUMNS, the oldest first."""
        return frames.of_occurrences(self._instances(self._id_of(item)))

    def payload(self, item: Item) -> dict[str, Any]:
        """The payload of the item's latest occurrence, as its sender sent it."""
        newest = next(self._instances(self._id_of(item)), None)
        return dict((newest or {}).get("data") or {})

    def page(self, item: Item) -> ItemPage:
        """The item as a page: counts, people, the latest stack, the trace's id."""
        document = self._document(item)
        instances = list(self._instances(int(document["id"])))
        return ItemPage(
            frames.of_items([document]).iloc[0],
            frames.of_occurrences(instances),
            (instances[0].get("data") or {}) if instances else {},
        )

    def deploys(self, environment: str | None = None) -> pd.DataFrame:
        """The project's deploys, or those of one environment: DEPLOY_COLUMNS."""
        found = self._pages("/deploys/", "deploys", {"limit": PAGE})
        wanted = (
            deploy
            for deploy in found
            if environment in (None, deploy.get("environment"))
        )
        return frames.of_deploys(wanted)

    def rql(self, query: str, *, timeout_s: float = 60) -> pd.DataFrame:
        """The rows of an RQL query, typed; a column `timestamp` becomes UTC.

        RollbarError holds Rollbar's words if it cannot read the query;
        RollbarTimeoutError when it takes too long.
        """
        asked = {"query_string": query, "force_refresh": True}  # not an old answer
        job = self._call("POST", "/rql/jobs", body=asked)
        name = f"RQL job {job.get('id')}"
        pauses = backoff(0.1, 2)
        with Wait(timeout_s, "waiting for RQL", self._clock) as wait:
            while job.get("status") != "success":
                if job.get("status") in ENDED:
                    raise RollbarError(name, None, _failure(job))
                if not wait.pause(pauses()):
                    advice = "Ask for less: a shorter time range, or fewer groups."
                    raise RollbarTimeoutError(
                        name, None, f"not complete after {timeout_s:.0f} s", advice
                    )
                job = self._call("GET", f"/rql/job/{job['id']}")
        answer = self._call("GET", f"/rql/job/{job['id']}/result")
        return frames.of_rql(answer.get("result") or answer)

    def resolve(self, item: Item, *, version: str | None = None) -> "pd.Series[Any]":
        """Resolves an item, in a version if one is given; its row afterwards."""
        change: dict[str, object] = {"status": "resolved"}
        if version is not None:
            change["resolved_in_version"] = version
        number = self._id_of(item)
        self._ask("PATCH", f"/item/{number}", body=change, http=self._writer)
        return self.item({"id": number})

    def wait_for(
        self,
        *,
        items: int = 1,
        occurrences: int = 0,
        timeout_s: float = 15,
        **filters: Any,
    ) -> pd.DataFrame:
        """The items that fit, asked for again and again until there are so many.

        `occurrences` is how many they must have together; `filters` are those of
        `items`. RollbarTimeoutError if they do not come; it says what to check.
        """
        pauses = backoff(0.1, 2)
        with Wait(timeout_s, "waiting for Rollbar", self._clock) as wait:
            while True:
                frame = self.items(**filters)
                total = int(frame["occurrences"].sum())
                if len(frame) >= items and total >= occurrences:
                    return frame
                if not wait.pause(pauses()):
                    break
        raise RollbarTimeoutError(
            "GET /items/",
            None,
            f"{len(frame)} items with {total} occurrences match {filters}, not {items} "
            f"with {occurrences}, after {timeout_s:.0f} s",
            "Was it sent with ROLLBAR_ACCESS_TOKEN, and does the endpoint end with a "
            "slash? Does a level filter hide it, here or in the program?",
        )

    def close(self) -> None:
        """Closes the connections."""
        self._reader.close()
        self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Rollbar client for {self.endpoint}"

    def _id_of(self, item: Item) -> int:
        """The item's id, which is what most calls take."""
        if isinstance(item, (Mapping, pd.Series)):
            return int(item["id"])
        return int(self._document(item)["id"])

    def _document(self, item: Item) -> dict[str, Any]:
        if isinstance(item, (Mapping, pd.Series)):
            return self._call("GET", f"/item/{int(item['id'])}")
        return self._call("GET", f"/item_by_counter/{int(item)}")

    def _instances(self, item_id: int) -> Iterator[dict[str, Any]]:
        """An item's occurrences as they came, the newest first."""
        return self._pages(f"/item/{item_id}/instances", "instances", {"limit": PAGE})

    def _pages(
        self, path: str, member: str, asked: Mapping[str, object]
    ) -> Iterator[dict[str, Any]]:
        """The members of every page, up to the first page without any."""
        seen: set[object] = set()
        for number in range(1, MOST_PAGES + 1):
            page = self._call("GET", path, query={**asked, "page": number})
            fresh = [one for one in page.get(member) or [] if one["id"] not in seen]
            if not fresh:
                return
            seen |= {one["id"] for one in fresh}
            yield from fresh

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        query: Mapping[str, object] | None = None,
    ) -> dict[str, Any]:
        """The `result` object of a call that reads."""
        found = self._ask(method, path, body=body, query=query, http=self._reader)
        if not isinstance(found, dict):
            text = f"expected an object, got {str(found)[:100]}"
            raise RollbarError(f"{method} {path}", 200, text)
        return cast("dict[str, Any]", found)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        http: Http,
        body: Mapping[str, object] | None = None,
        query: Mapping[str, object] | None = None,
    ) -> object:
        with Wait(self._deadline_s, "waiting for Rollbar", self._clock) as wait:
            found = http.call(method, path, wait, body=body, query=query)
        if not isinstance(found, Mapping) or found.get("err"):
            text = found.get("message") if isinstance(found, Mapping) else found
            raise RollbarError(f"{method} {path}", 200, str(text)[:300])
        return found.get("result")


def _failure(job: Mapping[str, Any]) -> str:
    """Why a job ended without success, in Rollbar's words if it has any."""
    result = job.get("result")
    errors = result.get("errors") if isinstance(result, Mapping) else None
    words = "; ".join(str(error) for error in errors or [])
    return words or str(job.get("error") or f"it ended as {job.get('status')}")
