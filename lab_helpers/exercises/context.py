"""What a check may use: fresh ids, the vendor's client, and waiting with a deadline."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from lab_helpers.exercises.verdict import Miss
from lab_helpers.settings import Honeycomb, Mode, Settings, load

if TYPE_CHECKING:
    from lab_helpers.clients.cloudwatch.client import CloudWatchClient
    from lab_helpers.clients.honeycomb.client import HoneycombClient
    from lab_helpers.clients.rollbar.client import RollbarClient
    from lab_helpers.clients.xray.client import XRayClient


# The emulator answers at once; the real service cuts the newest minute off a query.
_PATIENCE_S = {Mode.EMULATED: 2.0, Mode.REAL: 100.0}


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
    """Handed to every check. Its ids are new each time, so old data is never accepted.

    `new_hex(n)` gives n random bytes as hex; tests pass counted ones. `patience_s` is
    how long data may take to arrive; the default is that of the settings, which by
    default depends on who is asked.
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
        self._client = client
        self._patience_s = patience_s
        self._made: tuple[Honeycomb, HoneycombClient] | None = None
        self._xray_given = xray
        self._xray: tuple[Settings, XRayClient] | None = None
        self._cloudwatch: tuple[Settings, CloudWatchClient] | None = None
        self._rollbar: tuple[Settings, RollbarClient] | None = None

    def fresh_id(self) -> str:
        """A short id nobody used before, to be sent with the student's own run."""
        return f"check-{self._new_hex(6)}"

    def fresh_trace(self) -> FreshTrace:
        """A new trace to call the student's service in: send its `.headers`."""
        return FreshTrace(self._new_hex(16), self._new_hex(8))

    @property
    def honeycomb(self) -> HoneycombClient:
        """The client for Honeycomb's API, for where the settings say it is now."""
        if self._client is not None:
            return self._client
        from lab_helpers.clients.honeycomb.client import HoneycombClient

        known = load().honeycomb
        if self._made is None or self._made[0] != known:
            if self._made is not None:
                self._made[1].close()
            self._made = known, HoneycombClient(known.api_key, known.endpoint)
        return self._made[1]

    def fresh_xray_trace(self) -> str:
        """A new trace id in X-Ray's form: the present second, then random digits."""
        return f"1-{int(time.time()):08x}-{self._new_hex(12)}"

    @property
    def xray(self) -> XRayClient:
        """The client for X-Ray's API, for where the settings say it is now."""
        if self._xray_given is not None:
            return self._xray_given
        from lab_helpers.clients.xray.client import XRayClient

        known = load()
        if self._xray is None or self._xray[0] != known:
            self._xray = known, XRayClient()
        return self._xray[1]

    @property
    def cloudwatch(self) -> CloudWatchClient:
        """The client for CloudWatch's APIs, for where the settings say they are now."""
        from lab_helpers.clients.cloudwatch.client import CloudWatchClient

        known = load()
        if self._cloudwatch is None or self._cloudwatch[0] != known:
            self._cloudwatch = known, CloudWatchClient()
        return self._cloudwatch[1]

    @property
    def rollbar(self) -> RollbarClient:
        """The client for Rollbar's API, for where the settings say it is now."""
        from lab_helpers.clients.rollbar.client import RollbarClient

        known = load()
        if self._rollbar is None or self._rollbar[0] != known:
            if self._rollbar is not None:
                self._rollbar[1].close()
            self._rollbar = known, RollbarClient()
        return self._rollbar[1]

    def wait_for(
        self,
        look: Callable[[], pd.DataFrame],
        *,
        rows: int,
        at_least_s: float = 0.0,
    ) -> pd.DataFrame:
        """Look until a frame has that many rows or patience ends; the last frame.

        `at_least_s` is for what takes its time even when all is well.
        """
        patience, pause = self._patience_s, 0.1
        if patience is None:
            patience = max(_patience_s(load()), at_least_s)
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

        `extra` names further attributes wanted as columns. Nothing arrived: `Miss` with
        what `diagnose()` (the chain doctor) says.
        """
        frame = self.wait_for(lambda: self._rows_of(trace_id, extra), rows=spans)
        if frame.empty:
            said = diagnose() if diagnose else "look at the endpoint and the key"
            raise Miss(f"no span of the trace this check just made arrived; {said}")
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
        """The same for a trace in X-Ray: its segments and subsegments as rows."""

        def look() -> pd.DataFrame:
            from lab_helpers.clients.transport.errors import XRayError

            try:
                return self.xray.trace(trace_id, extra=extra)
            except XRayError:  # not there (yet)
                return pd.DataFrame()

        frame = self.wait_for(look, rows=spans, at_least_s=at_least_s)
        if frame.empty:
            said = diagnose() if diagnose else "does the daemon run?"
            raise Miss(f"no segment of the trace this check just made arrived; {said}")
        return frame

    def _rows_of(self, trace_id: str, extra: Sequence[str]) -> pd.DataFrame:
        from lab_helpers.clients.transport.errors import HoneycombError

        try:
            return self.honeycomb.trace(trace_id, extra=extra)
        except HoneycombError:  # not there (yet); why is the chain doctor's to say
            return pd.DataFrame()


def _patience_s(known: Settings) -> float:
    if known.patience_s is not None:
        return known.patience_s
    return _PATIENCE_S[known.honeycomb.mode]
