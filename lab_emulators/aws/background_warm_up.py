"""The local AWS opened in a thread, while others get ready.

Loading moto takes seconds, most of them reading files; nothing of it is imported
before `BackgroundWarmUp` is made.
"""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab_emulators.aws.cloud import Cloud


class BackgroundWarmUp:
    """Opens the local AWS in the background and warms it up, once it is made."""

    def __init__(self, state_dir: Path, region: str, *, appends: int) -> None:
        self._open = contextlib.ExitStack()
        self._pool = ThreadPoolExecutor(1, "aws warm-up")
        self._cloud = self._pool.submit(self._opened, state_dir, region, appends)

    def result(self) -> "Cloud":
        """The local AWS, warm; raises what opening it raised."""
        return self._cloud.result()

    def close(self) -> None:
        """Waits until it is open, then closes it."""
        self._pool.shutdown()
        self._open.close()

    def _opened(self, state_dir: Path, region: str, appends: int) -> "Cloud":
        from lab_emulators.aws import cloud

        return self._open.enter_context(
            cloud.opened(state_dir, region, appends=appends)
        )
