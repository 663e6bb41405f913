"""Honeycomb's REST calls: create, run and poll a query; read lists."""

import difflib
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote, urlsplit

from lab_helpers.clients.honeycomb.frames import Document
from lab_helpers.clients.transport import ratelimit
from lab_helpers.clients.transport.errors import (
    HoneycombError,
    HoneycombPlanError,
    HoneycombTimeoutError,
)
from lab_helpers.clients.transport.http import Http, VendorApi
from lab_helpers.clients.transport.reach import LOOPBACK
from lab_helpers.clients.transport.waiting import Clock, Wait

ALL = "__all__"
"""The name under which Honeycomb queries a whole environment."""

PLAN = (
    "Reading query results by API is part of Honeycomb's Enterprise plan "
    "(docs.honeycomb.io/api/query-results). With any other plan, set "
    "LAB_HONEYCOMB=forwarded in .env and restart the kernel: the lab answers your "
    "queries, and passes what you send on to Honeycomb, where you can look at it."
)


def message_of(document: Document) -> str:
    """The `error` of a problem document, with its details; empty if it has none."""
    text = str(document.get("error") or document.get("title") or "")
    details = [
        f"{item.get('field')}: {item.get('description')}"
        for item in document.get("type_detail") or []
        if isinstance(item, dict)
    ]
    extra = document.get("detail")
    if isinstance(extra, str) and extra != text:
        details.append(extra)
    return f"{text} ({'; '.join(details)})".strip() if details else text


HONEYCOMB = VendorApi(
    name="Honeycomb",
    key_header="X-Honeycomb-Team",
    variable="HONEYCOMB_API_ENDPOINT",
    error=HoneycombError,
    timeout=HoneycombTimeoutError,
    message_of=message_of,
    reset=ratelimit.reset,
    advice={
        401: "{endpoint} does not know this key: check HONEYCOMB_API_KEY (a "
        "configuration key; an ingest key cannot query).",
        403: "The key may not do this: a query needs the permissions Run Queries and "
        "Manage Queries and Columns.",
    },
)


def slug_path(dataset: str) -> str:
    """A dataset's name or slug as one segment of a path."""
    return quote(dataset, safe="")


class HoneycombApi:
    """Calls of Honeycomb's API; a query, polling included, has `deadline_s` seconds."""

    def __init__(self, http: Http, deadline_s: float, clock: Clock) -> None:
        self._http = http
        self._deadline_s = deadline_s
        self._clock = clock

    @property
    def endpoint(self) -> str:
        """The base URL of the calls."""
        return self._http.endpoint

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def run(
        self,
        dataset: str,
        spec: Document,
        options: Document,
        *,
        deadline_s: float | None = None,
    ) -> Document:
        """The complete result of a query: creates query and result, then polls."""
        deadline = self._deadline_s if deadline_s is None else deadline_s
        slug = slug_path(dataset)
        reason = f"waiting for {dataset}"
        with Wait(deadline, reason, self._clock) as wait:
            query = self._document("POST", f"/1/queries/{slug}", dataset, wait, spec)
            body = {"query_id": query.get("id"), **options}
            results = f"/1/query_results/{slug}"
            created = self._document("POST", results, dataset, wait, body)
            path = f"{results}/{created.get('id')}"
            for _ in wait.attempts(0.25, 2):
                document = self._document("GET", path, dataset, wait)
                if document.get("complete"):
                    return {"query_id": query.get("id"), **document}
        raise HoneycombTimeoutError(
            f"GET {path}",
            None,
            f"not complete after {deadline:.0f} s",
            "Ask for less: a shorter time range or fewer groups.",
        )

    def list_of(self, path: str, dataset: str) -> list[dict[str, Any]]:
        """The array at a path; HoneycombError if there is something else."""
        with Wait(self._deadline_s, "waiting for Honeycomb", self._clock) as wait:
            answer = self._answer("GET", path, dataset, wait)
        if not isinstance(answer, list):
            text = f"expected a list, got {str(answer)[:100]}"
            raise HoneycombError(f"GET {path}", 200, text)
        return cast("list[dict[str, Any]]", answer)

    def _document(
        self,
        method: str,
        path: str,
        dataset: str,
        wait: Wait,
        body: Document | None = None,
    ) -> Document:
        answer = self._answer(method, path, dataset, wait, body)
        if not isinstance(answer, Mapping):
            text = f"expected an object, got {str(answer)[:100]}"
            raise HoneycombError(f"{method} {path}", 200, text)
        return answer

    def _answer(
        self,
        method: str,
        path: str,
        dataset: str,
        wait: Wait,
        body: Document | None = None,
    ) -> object:
        """The JSON of one call; a refusal gets advice on names, or on the plan."""
        try:
            return self._http.call(method, path, wait, body=body)
        except HoneycombError as error:
            raise self._explained(error, path, dataset) from error

    def _explained(
        self, error: HoneycombError, path: str, dataset: str
    ) -> HoneycombError:
        """The error with advice on what most likely led to it.

        Which status tells of a missing plan is not published. A query that was accepted
        and is then not run can hardly be refused for its key or its dataset.
        """
        unknown = error.status == 404 and dataset != ALL
        advice = self._nearest(dataset) if unknown else error.advice
        accepted = path.startswith("/1/query_results")
        refused = error.status in (402, 403) or (
            (accepted and error.status in (401, 404)) or unknown
        )
        misnamed = unknown and advice
        asks = accepted or path.startswith("/1/queries")
        if self._is_real and asks and refused and not misnamed:
            permissions = error.advice if error.status == 403 else ""
            return HoneycombPlanError(
                error.call, error.status, error.message, f"{permissions} {PLAN}".strip()
            )
        return error.advised(advice) if unknown else error

    @property
    def _is_real(self) -> bool:
        return urlsplit(self.endpoint).hostname not in LOOPBACK

    def _nearest(self, dataset: str) -> str:
        """Advice naming the datasets whose names are most like this one.

        Empty when there is a dataset of that very name.
        """
        try:
            datasets = self.list_of("/1/datasets", ALL)
        except HoneycombError:
            return f"There is no dataset {dataset!r}."
        names = [str(item["slug"]) for item in datasets]
        if not names:
            return "There is no dataset yet: no span has arrived with this key."
        if dataset in names or dataset in [item.get("name") for item in datasets]:
            return ""
        near = difflib.get_close_matches(dataset.lower(), names, n=3, cutoff=0.4)
        return f"There is no dataset {dataset!r}; there is {', '.join(near or names)}."
