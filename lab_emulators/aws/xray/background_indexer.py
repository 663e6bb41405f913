"""The thread that brings the index of traces up to date while no documents come."""

import logging
import threading
import time

from lab_emulators.aws.xray.repository.trace_index import TraceIndex
from lab_emulators.store import StoreClosedError

PAUSE_S = 0.1
"""Idle time before background work starts: calls that store documents come first."""

MOST_BEHIND = 10_000
"""Traces that may wait for an idle time; with more, work starts without one."""

_STEP = 20
_log = logging.getLogger(__name__)


class BackgroundIndexer:
    """Loads what an earlier process stored, then settles new traces, until closed."""

    def __init__(self, trace_index: TraceIndex) -> None:
        self._traces = trace_index
        self._ended = threading.Event()
        self._thread = threading.Thread(
            target=self._work, name="xray indexer", daemon=True
        )
        trace_index.touched.set()
        self._thread.start()

    def close(self, timeout_s: float = 2.0) -> None:
        """Ends the thread, and waits at most `timeout_s` for its present step."""
        self._ended.set()
        self._traces.touched.set()
        self._thread.join(timeout_s)

    def _work(self) -> None:
        try:
            while self._traces.touched.wait() and not self._ended.is_set():
                self._traces.touched.clear()
                if not self._ended.wait(PAUSE_S):
                    self._settle()
        except StoreClosedError:
            return  # the store was closed first: there is nothing left to do
        except Exception:  # noqa: BLE001 - the next reader meets it again
            _log.exception("the stored traces cannot be indexed")

    def _settle(self) -> None:
        while self._may_go_on() and self._traces.settle_some(_STEP):
            time.sleep(0)  # other threads that wait for the index come first

    def _may_go_on(self) -> bool:
        busy = self._traces.touched.is_set() and self._traces.behind < MOST_BEHIND
        return not (busy or self._ended.is_set())
