"""Results from Honeycomb as DataFrames, by its public API only.

On the real service both ends of a query's window are cut down to whole minutes (five or
thirty for windows beyond six hours or two days), so the last minute of data may not be
in an answer yet: `wait_for` repeats the query until it is. A window by
`lab_helpers.analysis.whole_minutes` loses nothing there, and gets the same here.
"""

import math
import time
from collections.abc import Callable, Sequence
from typing import Any, Self

import pandas as pd

from lab_helpers import settings
from lab_helpers.clients.honeycomb import frames, heatmaps, service_map, traces
from lab_helpers.clients.honeycomb.api import ALL, HONEYCOMB, HoneycombApi, slug_path
from lab_helpers.clients.honeycomb.frames import Document
from lab_helpers.clients.honeycomb.heatmaps import Scale
from lab_helpers.clients.transport.columns import utc
from lab_helpers.clients.transport.errors import (
    HoneycombError,
    HoneycombPlanError,
    HoneycombTimeoutError,
)
from lab_helpers.clients.transport.http import Http
from lab_helpers.clients.transport.waiting import Clock, Wait

TimeRange = int | tuple[float, float]
"""Seconds back from now, or (start, end) in Unix seconds."""

WEEK_S = 604_800


class HoneycombClient:
    """Honeycomb's query API for one key; a context manager that closes connections.

    Key and endpoint default to HONEYCOMB_API_KEY and HONEYCOMB_API_ENDPOINT, which
    `lab.start()` sets. `deadline_s` bounds each query, waits for rate limits included.
    """

    def __init__(
        self,
        api_key: str | None = None,
        endpoint: str | None = None,
        *,
        deadline_s: float = 120,
        clock: Clock = time,
    ) -> None:
        if api_key is None or endpoint is None:
            known = settings.load().honeycomb
            api_key = known.api_key if api_key is None else api_key
            endpoint = known.endpoint if endpoint is None else endpoint
        self._clock = clock
        self._api = HoneycombApi(
            Http(HONEYCOMB, endpoint, api_key, clock), deadline_s, clock
        )

    @property
    def endpoint(self) -> str:
        """The base URL of Honeycomb's API."""
        return self._api.endpoint

    def query(
        self,
        dataset: str,
        spec: Document,
        *,
        series: bool = False,
        limit: int | None = None,
        totals: bool = False,
    ) -> pd.DataFrame:
        """Runs a query and returns its rows, columns in the order of the spec.

        `spec` is Honeycomb's query specification. `series` gives a row per time step
        and group with a `time` column. `limit`, up to 10000, replaces Honeycomb's 1000
        rows (without series only). `attrs` of the frame: dataset, spec, query_id,
        result_id, query_url, and with `totals` total and other (name to value).
        """
        options = _options(series=series, totals=totals)
        if limit is not None:
            options["limit"] = limit
        return self._rows(dataset, spec, options, series=series)

    def heatmap(
        self,
        dataset: str,
        column: str = "duration_ms",
        *,
        filters: Sequence[Document] = (),
        time_range: TimeRange = 7200,
        granularity: int = 0,
        scale: Scale = "log",
    ) -> pd.DataFrame:
        """A heatmap of a column as long rows: time (UTC), low, high, count.

        One row per time step of `granularity` seconds (0: Honeycomb chooses) and value
        bucket. The log scale shows milliseconds and minutes at once, but not values of
        0 or less. `attrs` name column, unit, scale and step_s, for
        `HeatmapGrid.from_frame` to read.
        """
        spec = heatmaps.calculation(column, scale) | _window(time_range)
        if filters:
            spec["filters"] = [dict(item) for item in filters]
        if granularity:
            spec["granularity"] = granularity
        document = self._api.run(dataset, spec, {"disable_series": False})
        steps = (document.get("data") or {}).get("series") or []
        frame = heatmaps.cells(steps, scale)
        unit = "ms" if column.endswith("_ms") else ""
        frame.attrs |= _origin(dataset, spec, document)
        frame.attrs |= {"column": column, "unit": unit, "scale": scale}
        frame.attrs["step_s"] = _step(document, frame)
        return frame

    def trace(
        self, trace_id: str | int, dataset: str = ALL, *, extra: Sequence[str] = ()
    ) -> pd.DataFrame:
        """The rows of one trace (TRACE_COLUMNS) plus the attributes in `extra`.

        Looks back two hours, then seven days. Takes the id as text or as
        OpenTelemetry's integer. HoneycombError says what to check if nothing is there.
        """
        plain_id = traces.plain_id(trace_id)
        existing = set(self.columns(dataset)["name"])
        for time_range in (7200, WEEK_S):
            if "trace.trace_id" not in existing:
                break
            spec = traces.spec(plain_id, existing, extra) | _window(time_range)
            rows = self.query(dataset, spec, limit=traces.MOST_ROWS)
            if len(rows):
                frame = traces.tidy(rows, extra)
                frame.attrs |= rows.attrs | {"complete": len(rows) < traces.MOST_ROWS}
                return frame
        raise HoneycombError(
            f"trace {plain_id}",
            None,
            f"no spans of it in {dataset}",
            "Were the spans flushed (force_flush)? Are they younger than seven days? "
            "Was the trace sampled? On the real service, ask again in a minute.",
        )

    def latest_trace(self, dataset: str, *, within_s: int = 600) -> str:
        """The id of the trace whose root span began last, of the past `within_s`.

        HoneycombError if no root span of the dataset is that young.
        """
        rows = self.query(dataset, traces.LATEST | _window(within_s))
        if rows.empty:
            raise HoneycombError(
                f"latest trace of {dataset}",
                200,
                f"no root span in the last {within_s} seconds",
                "Send a request and flush the provider (force_flush), then ask again.",
            )
        return str(rows["trace.trace_id"].iloc[0])

    def service_edges(
        self, time_range: TimeRange = 7200, dataset: str = ALL
    ) -> pd.DataFrame:
        """Spans by their parent's and their own service (EDGE_COLUMNS).

        Rows where both are the same service are its inner spans; a missing parent is
        where traces begin. `ServiceMap.from_edges` takes it from there.
        """
        existing = set(self.columns(dataset)["name"])
        rows = self.query(dataset, service_map.spec(existing) | _window(time_range))
        frame = service_map.tidy(rows)
        frame.attrs |= rows.attrs
        return frame

    def columns(self, dataset: str = ALL) -> pd.DataFrame:
        """The columns of a dataset, or of all: name, type, last_written, description.

        `type` is string, integer, float or boolean; `last_written` is UTC.
        """
        try:
            columns = self._columns(dataset)
        except HoneycombError as error:
            if dataset != ALL or error.status != 404:
                raise
            slugs = self.datasets()["slug"]
            columns = [item for slug in slugs for item in self._columns(slug)]
        rows = {str(item.get("key_name")): item for item in columns}
        return pd.DataFrame(
            {
                "name": pd.Series(list(rows), dtype="str"),
                "type": [item.get("type") for item in rows.values()],
                "last_written": utc(
                    [item.get("last_written") for item in rows.values()]
                ),
                "description": [
                    item.get("description") or "" for item in rows.values()
                ],
            }
        )

    def _columns(self, dataset: str) -> list[dict[str, Any]]:
        return self._api.list_of(f"/1/columns/{slug_path(dataset)}", dataset)

    def datasets(self) -> pd.DataFrame:
        """The datasets: name, slug, columns (a count), last_written_at, created_at."""
        items = self._api.list_of("/1/datasets", ALL)
        counts = [item.get("regular_columns_count") or 0 for item in items]
        return pd.DataFrame(
            {
                "name": pd.Series([item.get("name") for item in items], dtype="str"),
                "slug": pd.Series([item.get("slug") for item in items], dtype="str"),
                "columns": pd.Series(counts, dtype="int64"),
                "last_written_at": utc([item.get("last_written_at") for item in items]),
                "created_at": utc([item.get("created_at") for item in items]),
            }
        )

    def wait_for(
        self,
        dataset: str,
        spec: Document,
        *,
        until: Callable[[pd.DataFrame], bool] | None = None,
        timeout_s: float = 30,
        series: bool = False,
    ) -> pd.DataFrame:
        """Repeats a query until its rows satisfy `until`, and returns them.

        `until` judges the frame; without it any row with a count will do. A dataset or
        column that does not exist yet is waited for, too. HoneycombTimeoutError, naming
        the last answer, when the time is up.
        """
        judge = until or _anything
        last = "no answer"
        options = _options(series=series)
        with Wait(timeout_s, f"waiting for data in {dataset}", self._clock) as wait:
            for _ in wait.attempts(0.25, 5):
                try:
                    frame = self._rows(
                        dataset, spec, options, series=series, deadline_s=wait.left_s
                    )
                except HoneycombError as error:
                    if not _not_yet(error):
                        raise
                    last = error.message
                else:
                    if judge(frame):
                        return frame
                    last = f"{len(frame)} rows, not those waited for"
        raise HoneycombTimeoutError(
            f"query of {dataset}",
            None,
            f"after {timeout_s:.0f} s still {last}",
            "Did the spans leave (force_flush), with this key, to this endpoint "
            f"({self.endpoint}), under this service name?",
        )

    def _rows(
        self,
        dataset: str,
        spec: Document,
        options: Document,
        *,
        series: bool,
        deadline_s: float | None = None,
    ) -> pd.DataFrame:
        document = self._api.run(dataset, spec, options, deadline_s=deadline_s)
        frame = frames.of_result(document, spec, series=series)
        frame.attrs |= _origin(dataset, spec, document)
        if not options["disable_total_by_aggregate"]:
            data = document.get("data") or {}
            frame.attrs["total"] = frames.aggregates(data.get("total_by_aggregate"))
            frame.attrs["other"] = frames.aggregates(data.get("other_by_aggregate"))
        return frame

    def close(self) -> None:
        """Closes the connections."""
        self._api.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Honeycomb client for {self.endpoint}"


def _options(*, series: bool, totals: bool = False) -> dict[str, object]:
    return {
        "disable_series": not series,
        "disable_total_by_aggregate": not totals,
        "disable_other_by_aggregate": not totals,
    }


def _window(time_range: TimeRange) -> dict[str, object]:
    if isinstance(time_range, tuple):
        start, end = time_range
        return {"start_time": math.floor(start), "end_time": math.ceil(end)}
    return {"time_range": time_range}


def _origin(dataset: str, spec: Document, document: Document) -> dict[str, object]:
    links = document.get("links") or {}
    return {
        "dataset": dataset,
        "spec": dict(spec),
        "query_id": document.get("query_id"),
        "result_id": document.get("id"),
        "query_url": links.get("query_url"),
    }


def _step(document: Document, frame: pd.DataFrame) -> float | None:
    """Seconds per time step: as echoed, else the smallest distance of two steps."""
    echoed = (document.get("query") or {}).get("granularity")
    if echoed:
        return float(echoed)
    gaps = frame["time"].drop_duplicates().sort_values().diff().dropna()
    return float(gaps.min().total_seconds()) if len(gaps) else None


def _anything(frame: pd.DataFrame) -> bool:
    return len(frame) > 0 and ("COUNT" not in frame or bool(frame["COUNT"].sum() > 0))


def _not_yet(error: HoneycombError) -> bool:
    """Tells whether the refusal may end by itself: dataset or column not there yet."""
    if isinstance(error, HoneycombPlanError):
        return False
    return error.status == 404 or (
        error.status in (400, 422) and "column" in error.message.lower()
    )
