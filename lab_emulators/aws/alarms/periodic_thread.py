"""A thread that works periodically as long as there is work."""

import logging
import threading
from collections.abc import Callable

from lab_emulators.store import StoreClosedError

_log = logging.getLogger(__name__)


class PeriodicThread:
    """Calls `work` every `every_s` seconds until it returns False; `wake` starts again.

    The thread is a daemon, started by the first `wake`.
    """

    def __init__(self, name: str, work: Callable[[], bool], every_s: float) -> None:
        self._work = work
        self._every_s = every_s
        self._woken = threading.Event()
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def wake(self) -> None:
        """Calls `work` soon."""
        with self._lock:
            if self._thread.ident is None and not self._closed.is_set():
                self._thread.start()
        self._woken.set()

    def close(self) -> None:
        """Stops after the present call of `work`, waiting some seconds for it."""
        with self._lock:
            self._closed.set()
        self._woken.set()
        started = self._thread.ident is not None
        if started and self._thread is not threading.current_thread():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        busy = True
        while not self._closed.is_set():
            self._woken.wait(self._every_s if busy else None)
            self._woken.clear()
            if self._closed.is_set():
                return
            try:
                busy = self._work()
            except StoreClosedError:
                return
            except Exception:  # noqa: BLE001 - logged; the other alarms go on
                _log.exception("an evaluation of the alarms failed")
