"""Log lines of OpenTelemetry's exporters while the lab is down, as one in words.

An exporter that finds nobody tries again for ten seconds and logs each attempt with the
errors of three libraries. What matters is that the lab is away, and what is lost.
"""

import logging
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from lab_helpers.process.control import answers
from lab_helpers.process.state import Running

LOGGERS = tuple(
    f"opentelemetry.exporter.otlp.proto.http.{module}"
    for module in ("trace_exporter", "_log_exporter", "metric_exporter")
)
QUIET_S = 30.0
"""So long the same line is not repeated: more than one export with its attempts."""

_REFUSED = ("refused", "WinError 10061", "RemoteDisconnected", "Connection reset")
_FREE = "Free some space, then run the cell again."
_AGAIN = "Run lab.start(), then the cell again."


class ExportLog(logging.Filter):
    """A filter that puts one sentence in place of an exporter's lines on the lab.

    Lines on any other endpoint, and on any other failure, stay as they are.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._running: Running | None = None
        self._quiet_until = 0.0

    def watch(self, running: Running) -> None:
        """Sets the lab that the lines are about."""
        self._running, self._quiet_until = running, 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrites a line on the lab, and drops those that follow it."""
        sentence = self._sentence(record)
        if not sentence:
            return True
        now = self._clock()
        if now < self._quiet_until:
            return False
        self._quiet_until = now + QUIET_S
        record.msg, record.args = sentence, ()
        return True

    def _sentence(self, record: logging.LogRecord) -> str:
        text = record.getMessage()
        failed = text.startswith("Failed to export")
        if self._running is None or not (failed or text.startswith("Transient error")):
            return ""
        url = self._running.addresses.honeycomb
        if "Insufficient Storage" in text:
            return f"{url} takes nothing: the disk with the lab's data is full. {_FREE}"
        gone = any(word in text for word in _REFUSED)
        if gone and f"port={urlsplit(url).port}" in text:
            return f"nothing listens at {url}, so what was sent is lost. {_AGAIN}"
        # The last line of an export has no address, and a stopped lab no other line.
        unanswered = failed and (" code: " not in text or " code: None" in text)
        if unanswered and not answers(self._running):
            return f"{url} does not answer, so what was sent is lost. {_AGAIN}"
        return ""


_log = ExportLog()


def shorten(running: Running) -> None:
    """Has the exporters of this process log one sentence while this lab is away."""
    _log.watch(running)
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_log)  # once, however often it is called
