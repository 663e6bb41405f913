"""Context of a check: fresh ids, the vendors' clients, and waiting with a deadline."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pandas as pd

from lab_helpers.exercises.patience import DataSource, patience_of
from lab_helpers.exercises.verdict import Miss
from lab_helpers.settings import load

if TYPE_CHECKING:
    from lab_helpers.clients.cloudwatch import CloudWatchClient
    from lab_helpers.clients.honeycomb import HoneycombClient
    from lab_helpers.clients.rollbar import RollbarClient
    from lab_helpers.clients.xray import XRayClient

Client = TypeVar("Client")


@dataclass(frozen=True, slots=True)
class FreshTrace:
    """A trace id made for one check, and the `traceparent` header that starts it."""

    trace_id: str
    parent_id: str

    @property
    def traceparent(self) -> str:
        """W3C Trace Context, version 00, sampled, random trace id (flags 03)."""
        return f"00-{self.trace_id}-{self.parent_id}-03"

    @property
    def headers(self) -> dict[str, str]:
        """Request headers that make the receiving span part of this trace."""
        return {"traceparent": self.traceparent}


class Context:
    """Parameter of every check. Its ids are new each time, so old data never passes.

    `new_hex(n)` returns n random bytes as hex; tests pass counted ones. `client` is the
    one for Honeycomb. `patience_s` is how long data may take to arrive; the default is
    that of the settings, or else that of the service that is read.
    """

    def __init__(
        self,
        *,
        new_hex: Callable[[int], str] = secrets.token_hex,
        client: HoneycombClient | None = None,
        xray: XRayClient | None = None,
        patience_s: float | None = None,
    ) -> None:
        self._new_hex = new_hex
        self._patience_s = patience_s
        self._fixed: dict[str, Any] = {"honeycomb": client, "xray": xray}
        self._clients: dict[str, tuple[object, Any]] = {}

    def fresh_id(self) -> str:
        """A new short id, to be sent with the student's own run."""
        return f"check-{self._new_hex(6)}"

    def fresh_trace(self) -> FreshTrace:
        """A new trace for a call of the student's service: send its `.headers`."""
        return FreshTrace(self._new_hex(16), self._new_hex(8))

    def fresh_xray_trace(self) -> str:
        """A new trace id in X-Ray's form: the present second, then random digits."""
        return f"1-{int(time.time()):08x}-{self._new_hex(12)}"

    @property
    def honeycomb(self) -> HoneycombClient:
        """The client of Honeycomb's API, at the address of the present settings."""
        from lab_helpers.clients.honeycomb import HoneycombClient

        return self._client("honeycomb", HoneycombClient, load().honeycomb)

    @property
    def xray(self) -> XRayClient:
        """The client of X-Ray's API, at the address of the present settings."""
        from lab_helpers.clients.xray import XRayClient

        return self._client("xray", XRayClient, load().aws)

    @property
    def cloudwatch(self) -> CloudWatchClient:
        """The client of CloudWatch's APIs, at the address of the present settings."""
        from lab_helpers.clients.cloudwatch import CloudWatchClient

        return self._client("cloudwatch", CloudWatchClient, load().aws)

    @property
    def rollbar(self) -> RollbarClient:
        """The client of Rollbar's API, at the address of the present settings."""
        from lab_helpers.clients.rollbar import RollbarClient

        return self._client("rollbar", RollbarClient, load().rollbar)

    def _client(self, name: str, make: Callable[[], Client], part: object) -> Client:
        """The fixed client of that name, else one for this part of the settings."""
        fixed = self._fixed.get(name)
        if fixed is not None:
            return cast(Client, fixed)
        made_for, client = self._clients.get(name, (None, None))
        if made_for != part:
            if hasattr(client, "close"):  # boto3's clients have nothing to close
                client.close()
            client = make()
            self._clients[name] = part, client
        return cast(Client, client)

    def wait_for(
        self,
        look: Callable[[], pd.DataFrame],
        *,
        source: DataSource,
        rows: int,
        at_least_s: float = 0.0,
    ) -> pd.DataFrame:
        """The frame of the last `look()`: repeated until it has `rows` or time is up.

        `source` is what `look` reads: it is waited as long as that may take.
        `at_least_s` is the least time to wait, for what takes long even when all is
        well.
        """
        patience, pause = self._patience_s, 0.1
        if patience is None:
            patience = max(patience_of(source, load()), at_least_s)
        deadline = time.monotonic() + patience
        frame = look()
        while len(frame) < rows and time.monotonic() < deadline:
            time.sleep(pause)
            pause = min(pause * 1.5, 5.0)
            frame = look()
        return frame

    def trace(
        self,
        trace_id: str,
        *,
        spans: int = 1,
        extra: Sequence[str] = (),
        diagnose: Callable[[], str] | None = None,
    ) -> pd.DataFrame:
        """The rows of one trace as they arrived, at least `spans` of them if possible.

        `extra` names further attributes that become columns. Raises `Miss` with the
        result of `diagnose()` (the span path diagnosis) if nothing arrived.
        """
        frame = self.wait_for(
            lambda: self._rows_of(trace_id, extra),
            source=DataSource.HONEYCOMB,
            rows=spans,
        )
        if frame.empty:
            reason = diagnose() if diagnose else "look at the endpoint and the key"
            raise Miss(f"no span of the trace this check just made arrived; {reason}")
        return frame

    def xray_trace(
        self,
        trace_id: str,
        *,
        spans: int = 1,
        extra: Sequence[str] = (),
        diagnose: Callable[[], str] | None = None,
        at_least_s: float = 0.0,
    ) -> pd.DataFrame:
        """The segments and subsegments of a trace in X-Ray, like `trace`."""

        def look() -> pd.DataFrame:
            from lab_helpers.clients.transport.errors import XRayError

            try:
                return self.xray.trace(trace_id, extra=extra)
            except XRayError:  # not there (yet)
                return pd.DataFrame()

        frame = self.wait_for(
            look, source=DataSource.XRAY, rows=spans, at_least_s=at_least_s
        )
        if frame.empty:
            reason = diagnose() if diagnose else "does the daemon run?"
            raise Miss(
                f"no segment of the trace this check just made arrived; {reason}"
            )
        return frame

    def _rows_of(self, trace_id: str, extra: Sequence[str]) -> pd.DataFrame:
        from lab_helpers.clients.transport.errors import (
            HoneycombError,
            HoneycombPlanError,
        )

        try:
            return self.honeycomb.trace(trace_id, extra=extra)
        except HoneycombPlanError as error:  # which no waiting will end
            raise Miss(str(error)) from None
        except HoneycombError:  # not there (yet); the span path diagnosis says why
            return pd.DataFrame()
