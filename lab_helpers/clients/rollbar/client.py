"""Results from Rollbar as DataFrames, by its public API only.

Reading needs a token of scope read, resolving one of scope write; neither can send
anything, and the token that sends cannot read.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self
from urllib.parse import urlsplit

import pandas as pd

from lab_helpers import settings
from lab_helpers.clients.rollbar import frames
from lab_helpers.clients.rollbar.api import PAGE, RollbarApi
from lab_helpers.clients.rollbar.item_page import ItemPage
from lab_helpers.clients.transport.errors import RollbarError, RollbarTimeoutError
from lab_helpers.clients.transport.reach import LOOPBACK
from lab_helpers.clients.transport.waiting import Clock, Wait

Item = int | Mapping[str, Any] | pd.Series
"""An item by its counter (the number in `#12`), or its row of `items()`."""

ENDED = {"failed", "cancelled", "timed_out"}

RQL_PLANS = (
    "RQL is part of Rollbar's Advanced and Enterprise plans (docs.rollbar.com/docs/rql)"
    "; items() reads what there is on every plan."
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
        self._reader = RollbarApi(endpoint, token, deadline_s, clock)
        self._writer = RollbarApi(endpoint, write_token, deadline_s, clock)

    @property
    def endpoint(self) -> str:
        """The base URL of Rollbar's API, `/api/1` included."""
        return self._reader.endpoint

    def items(
        self,
        *,
        status: str | Sequence[str] | None = None,
        level: str | Sequence[str] | None = None,
        environment: str | None = None,
        query: str | None = None,
    ) -> pd.DataFrame:
        """The items that match all filters, ITEM_COLUMNS, in Rollbar's order.

        `level` and `status` may be several; `query` searches the titles.
        """
        filters = {"status": status, "level": level}
        filters |= {"environment": environment, "query": query}
        return frames.of_items(self._reader.pages("/items/", "items", filters))

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
        return frames.of_deploys(
            deploy
            for deploy in self._reader.pages("/deploys/", "deploys", {"limit": PAGE})
            if environment in (None, deploy.get("environment"))
        )

    def rql(self, query: str, *, timeout_s: float = 60) -> pd.DataFrame:
        """The rows of an RQL query, typed; a column `timestamp` becomes UTC.

        RollbarError holds Rollbar's words if it cannot read the query;
        RollbarTimeoutError when it takes too long.
        """
        body = {"query_string": query, "force_refresh": True}  # not an old answer
        job = self._job(body)
        name = f"RQL job {job.get('id')}"
        with Wait(timeout_s, "waiting for RQL", self._clock) as wait:
            for _ in wait.attempts(0.1, 2):
                if job.get("status") == "success":
                    path = f"/rql/job/{job['id']}/result"
                    answer = self._reader.document("GET", path)
                    return frames.of_rql(answer.get("result") or answer)
                if job.get("status") in ENDED:
                    raise RollbarError(name, None, _failure(job))
                job = self._reader.document("GET", f"/rql/job/{job['id']}")
        advice = "Ask for less: a shorter time range, or fewer groups."
        raise RollbarTimeoutError(
            name, None, f"not complete after {timeout_s:.0f} s", advice
        )

    def _job(self, body: Mapping[str, object]) -> dict[str, Any]:
        """A new RQL job; where the real Rollbar refuses one, the plan may be why."""
        try:
            return self._reader.document("POST", "/rql/jobs", body=body)
        except RollbarError as error:
            real = urlsplit(self.endpoint).hostname not in LOOPBACK
            if not real or error.status not in (402, 403, 404):
                raise
            raise error.advised(f"{error.advice} {RQL_PLANS}".strip()) from error

    def resolve(self, item: Item, *, version: str | None = None) -> "pd.Series[Any]":
        """Resolves an item, in `version` if not None; returns its row afterwards."""
        change: dict[str, object] = {"status": "resolved"}
        if version is not None:
            change["resolved_in_version"] = version
        number = self._id_of(item)
        self._writer.result("PATCH", f"/item/{number}", body=change)
        return self.item({"id": number})

    def wait_for(
        self,
        *,
        items: int = 1,
        occurrences: int = 0,
        timeout_s: float = 15,
        **filters: Any,
    ) -> pd.DataFrame:
        """The items that match, read again and again until there are enough.

        `occurrences` is how many they must have together; `filters` are those of
        `items`. RollbarTimeoutError if they do not come; it says what to check.
        """
        with Wait(timeout_s, "waiting for Rollbar", self._clock) as wait:
            for _ in wait.attempts(0.1, 2):
                frame = self.items(**filters)
                total = int(frame["occurrences"].sum())
                if len(frame) >= items and total >= occurrences:
                    return frame
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

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Rollbar client for {self.endpoint}"

    def _id_of(self, item: Item) -> int:
        """The item's id, which most calls take."""
        if isinstance(item, (Mapping, pd.Series)):
            return int(item["id"])
        return int(self._document(item)["id"])

    def _document(self, item: Item) -> dict[str, Any]:
        if isinstance(item, (Mapping, pd.Series)):
            return self._reader.document("GET", f"/item/{int(item['id'])}")
        return self._reader.document("GET", f"/item_by_counter/{int(item)}")

    def _instances(self, item_id: int) -> Iterator[dict[str, Any]]:
        """An item's occurrences in Rollbar's order, the newest first."""
        path = f"/item/{item_id}/instances"
        return self._reader.pages(path, "instances", {"limit": PAGE})


def _failure(job: Mapping[str, Any]) -> str:
    """Why a job ended without success, in Rollbar's words if it has any."""
    result = job.get("result")
    errors = result.get("errors") if isinstance(result, Mapping) else None
    words = "; ".join(str(error) for error in errors or [])
    return words or str(job.get("error") or f"it ended as {job.get('status')}")
