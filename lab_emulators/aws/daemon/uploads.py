"""Uploads to the service: batches of 50 segments, or fewer after 1 s.

The numbers are the real daemon's: two attempts of two seconds, then the batch is
lost and logged, and a telemetry record each minute in which segments came.
"""

import http.client
import json
import logging
import queue
import socket
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from lab_emulators.aws.daemon.forward import Forwarder, Reply
from lab_emulators.aws.daemon.packet import Kind, Packet
from lab_emulators.aws.daemon.stats import Stats

BATCH = 50
IDLE_S = 1.0
ATTEMPTS = 2
TELEMETRY_S = 60.0
BUFFERED = 2048
"""Packets that wait at most; beyond it the oldest is spilled."""

_log = logging.getLogger(__name__)


class Uploads:
    """One thread that sends the packets passed to `take`, in the order of arrival."""

    def __init__(
        self,
        forwarder: Forwarder,
        stats: Stats,
        *,
        idle_s: float = IDLE_S,
        telemetry_s: float = TELEMETRY_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._forwarder = forwarder
        self._stats = stats
        self._idle_s = idle_s
        self._telemetry_s = telemetry_s
        self._clock = clock
        self._waiting: queue.Queue[Packet | None] = queue.Queue(BUFFERED)
        self._thread = threading.Thread(target=self._run, name="xray up", daemon=True)
        self._thread.start()

    def take(self, packet: Packet) -> None:
        """Accepts a packet without waiting; a full buffer drops its oldest."""
        while True:
            try:
                return self._waiting.put_nowait(packet)
            except queue.Full:
                self._spill()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Sends the packets that wait, then ends the thread."""
        self._waiting.put(None)
        self._thread.join(timeout_s)

    def _spill(self) -> None:
        try:
            self._waiting.get_nowait()
        except queue.Empty:
            return
        self._stats.count("spilled")

    def _run(self) -> None:
        segments: list[str] = []
        due = time.monotonic() + self._telemetry_s
        while True:
            try:
                packet = self._waiting.get(timeout=self._idle_s)
            except queue.Empty:
                segments = self._upload(segments)
            else:
                if packet is None:
                    break
                segments = self._with(packet, segments)
            if time.monotonic() >= due:
                due += self._telemetry_s
                self._report()
        self._upload(segments)

    def _with(self, packet: Packet, segments: list[str]) -> list[str]:
        """The segments that wait once this packet is in; a full batch is sent."""
        if packet.kind is Kind.SPANS:
            self._deliver("/v1/traces", packet.body, 1, "application/x-protobuf")
            return segments
        segments.append(packet.body.decode())
        return self._upload(segments) if len(segments) >= BATCH else segments

    def _upload(self, segments: Sequence[str]) -> list[str]:
        """Sends a batch, if there is any; returns the empty batch that follows."""
        if segments:
            body = json.dumps({"TraceSegmentDocuments": segments}).encode()
            reply = self._deliver("/TraceSegments", body, len(segments))
            self._note_refused(_unprocessed(reply))
        return []

    def _deliver(
        self, path: str, body: bytes, number: int, kind: str = "application/json"
    ) -> Reply | None:
        for _ in range(ATTEMPTS):
            reply = self._attempt(path, body, kind)
            if reply is not None and reply.status < 300:
                self._stats.count("sent", number)
                return reply
        self._stats.count("lost", number)
        _log.error("%d segments are lost: %s", number, _why(reply))
        return None

    def _attempt(self, path: str, body: bytes, kind: str) -> Reply | None:
        try:
            reply = self._forwarder.send(path, body, kind=kind)
        except (OSError, http.client.HTTPException) as error:
            self._stats.count(_error_name(error))
            return None
        if reply.status >= 400:
            status_class = "4XX" if reply.status < 500 else "5XX"
            self._stats.count(f"HTTPCode{status_class}Count")
        return reply

    def _note_refused(self, refused: Sequence[Any]) -> None:
        if refused:
            self._stats.count("unprocessed", len(refused))
            _log.warning("the service refused segments: %s", json.dumps(refused))

    def _report(self) -> None:
        record = self._stats.telemetry(self._clock())
        if record is not None:
            document = {"TelemetryRecords": [record], "Hostname": socket.gethostname()}
            self._attempt("/TelemetryRecords", json.dumps(document).encode(), _JSON)


_JSON = "application/json"


def _unprocessed(reply: Reply | None) -> Sequence[Any]:
    try:
        answer = json.loads(reply.body) if reply else {}
    except ValueError:
        return ()
    refused = (
        answer.get("UnprocessedTraceSegments") if isinstance(answer, dict) else None
    )
    return refused if isinstance(refused, list) else ()


def _why(reply: Reply | None) -> str:
    if reply is None:
        return "the service does not answer"
    return f"the service answered {reply.status}: {reply.body[:500]!r}"


def _error_name(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "TimeoutCount"
    if isinstance(error, ConnectionRefusedError):
        return "ConnectionRefusedCount"
    return "UnknownHostCount" if isinstance(error, socket.gaierror) else "OtherCount"
