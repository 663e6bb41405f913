"""Spans to Honeycomb, over OTLP.

OTLP and not the events API, whose batches are JSON: encoded column by column, a span
costs a quarter of the time here and a ninth in the lab (`benchmarks/history.py`), and
the limit of a request is 20 MiB, not 5 MB. The resource's `service.instance.id` is the
day's mark, so that one query tells what is there already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import cast

import numpy as np
import pandas as pd

from lab_helpers.clients.honeycomb.api import ALL, HONEYCOMB
from lab_helpers.clients.honeycomb.client import HoneycombClient
from lab_helpers.clients.transport.errors import HoneycombTimeoutError
from lab_helpers.clients.transport.http import Http
from lab_helpers.clients.transport.waiting import Wait
from lab_helpers.history.sending.otlp import Positions, TracesEncoder
from lab_helpers.history.sending.part import HOUR, Part
from lab_helpers.history.sending.vendor import PATIENCE_S, Advance, Vendor
from lab_helpers.settings import Mode, Settings

INSTANCE = "service.instance.id"
SPAN, PARENT, SERVICE = "trace.span_id", "trace.parent_id", "service.name"
PROTOBUF = "application/x-protobuf"

SPANS_PER_REQUEST = 8_000
"""Some 3 MB: large enough to be quick, small enough to move the bar."""
MOST_ROWS = 10_000

Cell = tuple[pd.Timestamp, str]
"""An hour, and a service: what Honeycomb counts the spans of at once."""


class HoneycombSpans(Vendor[int]):
    """Honeycomb; the units are positions among the spans of a part."""

    title = "Honeycomb"
    unit = event = "span"
    reach_days = 7
    reach = "its query API reaches 7 days back"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        known = settings.honeycomb
        self._client = HoneycombClient(known.api_key, known.endpoint)
        self._http = Http(HONEYCOMB, known.endpoint, known.api_key)
        self._before = 0

    @property
    def mode(self) -> Mode:
        return self.settings.honeycomb.mode

    def close(self) -> None:
        self._client.close()
        self._http.close()

    def total(self, part: Part) -> int:
        return len(part.spans)

    def detail(self, part: Part) -> str:
        number = len(part.services)
        return f", in {number} dataset{'' if number == 1 else 's'}"

    def missing(self, part: Part) -> Sequence[int]:
        """All spans but those of complete hours, and those that are there of others."""
        total = len(part.all.spans)
        stored = self.settled(
            lambda: self._stored(part), lambda some: 0 < sum(some.values()) < total
        )
        self._before = sum(stored.values())
        if not stored:
            return range(len(part.spans))
        whole = _cells(part.all)
        lacking = np.ones(len(part.spans), np.bool_)
        for cell, positions in _cells(part).items():
            count = stored.get(cell, 0)
            if count == len(whole[cell]):
                lacking[positions] = False
            elif count:
                there = self._span_ids(part, cell, count)
                own = part.spans["span_id"].iloc[positions]
                lacking[positions] = ~own.isin(there).to_numpy(np.bool_)
        return np.flatnonzero(lacking).tolist()

    def put(self, part: Part, units: Sequence[int], advance: Advance) -> None:
        """Sends spans in requests of some megabytes, and waits until they can be asked.

        The next request is encoded while the last one is being stored.
        """
        if not units:
            return
        encoder = TracesEncoder(part.spans, part.events, _resource(part))
        pending: Future[None] | None = None
        sent = 0
        with ThreadPoolExecutor(1, "history-honeycomb") as uploads:
            for positions in _slices(units):
                body = encoder.request(positions)
                if pending is not None:
                    pending.result()
                    advance(sent)
                pending, sent = uploads.submit(self._upload, body), len(positions)
            if pending is not None:
                pending.result()
                advance(sent)
        self._wait_for(part, self._before + len(units))

    def _upload(self, body: bytes) -> None:
        with Wait(PATIENCE_S, "waiting for Honeycomb") as wait:
            self._http.upload("/v1/traces", body, PROTOBUF, wait)

    def _wait_for(self, part: Part, count: int) -> None:
        """Returns once a query counts so many spans of this day."""
        with Wait(PATIENCE_S, "waiting for Honeycomb to count") as wait:
            for _ in wait.attempts(0.02, 5):
                counted = sum(self._counts(part).values())
                if counted >= count:
                    return
        raise HoneycombTimeoutError(
            f"COUNT of {part.name}",
            None,
            f"{counted:,} spans, not {count:,}, after {PATIENCE_S:.0f} s",
            "They were all accepted: run the cell again in a minute.",
        )

    def _stored(self, part: Part) -> dict[Cell, int]:
        """Spans of this day that are there; OtherDayError if there are others."""
        names = set(self._client.datasets()["name"])
        if not names & set(part.services):
            return {}
        self._check_roots(part)
        return self._counts(part)

    def _counts(self, part: Part) -> dict[Cell, int]:
        """The number of this day's spans of each hour and service."""
        if INSTANCE not in self._columns():
            return {}
        # what the last requests caused begins after midnight
        spec = self._spec(part, part.midnight, 25 * HOUR, part.services)
        spec |= {"breakdowns": [SERVICE], "granularity": 3600}
        rows = self._client.query(ALL, spec, series=True)
        rows = rows[rows["COUNT"] > 0]
        keys = zip(rows["time"], rows[SERVICE], strict=True)
        return dict(zip(keys, rows["COUNT"].astype(int).tolist(), strict=True))

    def _columns(self) -> set[str]:
        """The columns that a query may name."""
        return set(self._client.columns()["name"])

    def _check_roots(self, part: Part) -> None:
        """OtherDayError if requests of that date are there that are not this day's."""
        columns = self._columns()
        filters: list[dict[str, object]] = [
            {"column": SERVICE, "op": "in", "value": part.services},
            {"column": PARENT, "op": "does-not-exist"},
        ]
        start = int(part.midnight.timestamp())
        spec: dict[str, object] = {
            "breakdowns": [name for name in (INSTANCE,) if name in columns],
            "filters": [each for each in filters if each["column"] in columns],
            "start_time": start,
            "end_time": start + 86_400,
        }
        rows = self._client.query(ALL, spec)
        rows = rows[rows["COUNT"] > 0]
        marks = rows[INSTANCE].tolist() if INSTANCE in rows else [None] * len(rows)
        if set(marks) - {part.mark}:
            raise self.other_day(part)

    def _span_ids(self, part: Part, cell: Cell, count: int) -> list[str]:
        """The ids of a cell's spans, asked for in windows that fit an answer."""
        hour, service = cell
        window = HOUR if count <= MOST_ROWS else HOUR / 12
        ids: list[str] = []
        for begin in pd.date_range(hour, hour + HOUR, freq=window, inclusive="left"):
            spec = self._spec(part, begin, window, [service]) | {"breakdowns": [SPAN]}
            rows = self._client.query(ALL, spec, limit=MOST_ROWS)
            ids += rows[SPAN].tolist()
        return ids

    def _spec(
        self,
        part: Part,
        begin: pd.Timestamp,
        length: pd.Timedelta,
        services: Sequence[str],
    ) -> dict[str, object]:
        """A query for a count of the day's spans, without what they recorded."""
        start = int(begin.timestamp())
        return {
            "calculations": [{"op": "COUNT"}],
            "filters": [
                {"column": INSTANCE, "op": "=", "value": part.mark},
                {"column": SERVICE, "op": "in", "value": list(services)},
                {"column": SPAN, "op": "exists"},
            ],
            "start_time": start,
            "end_time": start + int(length.total_seconds()),
        }


def _cells(part: Part) -> dict[Cell, Positions]:
    """The positions of the spans of each hour and service."""
    hours = part.spans["start"].dt.floor("h")
    groups = part.spans.groupby([hours, "service"], sort=False).indices
    return cast("dict[Cell, Positions]", groups)


def _slices(units: Sequence[int]) -> Iterator[Positions]:
    """The positions of a request's spans, request by request."""
    for first in range(0, len(units), SPANS_PER_REQUEST):
        yield np.asarray(units[first : first + SPANS_PER_REQUEST], np.int64)


def _resource(part: Part) -> dict[str, str]:
    """What OpenTelemetry's SDK says of itself, and the day's mark."""
    sdk = {"language": "python", "name": "opentelemetry"}
    return {f"telemetry.sdk.{k}": v for k, v in sdk.items()} | {INSTANCE: part.mark}
