"""A lock between processes that the operating system takes back after a crash."""

import contextlib
import os
import sys
import time
from pathlib import Path
from types import TracebackType

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class LockTimeoutError(Exception):
    """Another process kept the lock for longer than we were ready to wait."""


class Lock:
    """`with Lock(path, seconds):` one process at a time; raises LockTimeoutError."""

    def __init__(self, path: Path, seconds: float) -> None:
        self.path = path
        self.seconds = seconds
        self._handle = -1

    def __enter__(self) -> "Lock":
        deadline = time.monotonic() + self.seconds
        self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        while not self._taken():
            if time.monotonic() > deadline:
                os.close(self._handle)
                raise LockTimeoutError(f"{self.path} is locked")
            time.sleep(0.02)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Closing the file unlocks it on every platform.
        os.close(self._handle)

    def _taken(self) -> bool:
        with contextlib.suppress(OSError):
            _take(self._handle)
            return True
        return False
