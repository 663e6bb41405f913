"""The thread that keeps an engine ready to answer: it works while calls pause."""

import logging
import threading
import time

from lab_emulators.aws.xray.repository.trace_index import Archive
from lab_emulators.store import StoreClosed

PAUSE_S = 0.1
"""So long no documents must have come: those that bring some come first."""

MOST_BEHIND = 10_000
"""Traces that may wait for a pause; beyond, work goes on without one."""

_STEP = 20
_log = logging.getLogger(__name__)


class Warmer:
    """Reads what an earlier process stored, then settles what comes, until closed."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._ended = threading.Event()
        self._thread = threading.Thread(
            target=self._work, name="xray warmer", daemon=True
        )
        archive.touched.set()
        self._thread.start()

    def close(self, timeout_s: float = 2.0) -> None:
        """End the thread; wait at most so long for the step it is at."""
        self._ended.set()
        self._archive.touched.set()
        self._thread.join(timeout_s)

    def _work(self) -> None:
        try:
            while self._archive.touched.wait() and not self._ended.is_set():
                self._archive.touched.clear()
                if not self._ended.wait(PAUSE_S):
                    self._settle()
        except StoreClosed:
            return  # it was closed first: nothing is left to be ready for
        except Exception:  # noqa: BLE001 - whoever asks meets it again, and is told
            _log.exception("what was stored cannot be made ready")

    def _settle(self) -> None:
        while self._may_go_on() and self._archive.settle_some(_STEP):
            time.sleep(0)  # whoever waits for the archive comes first

    def _may_go_on(self) -> bool:
        busy = self._archive.touched.is_set() and self._archive.behind < MOST_BEHIND
        return not (busy or self._ended.is_set())
