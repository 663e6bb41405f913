"""X-Ray as one object: operations by name, plain data in, plain data out."""

import logging
import time
from collections.abc import Callable, Mapping

from lab_emulators.aws.engine import Engine, OtlpAnswer, Part
from lab_emulators.aws.xray.background_indexer import BackgroundIndexer
from lab_emulators.aws.xray.core import XRayCore
from lab_emulators.aws.xray.operations import (
    batch_get_traces,
    groups,
    put_trace_segments,
    sampling,
    service_graphs,
    trace_summaries,
)
from lab_emulators.aws.xray.otlp import documents_of
from lab_emulators.aws.xray.repository.trace_index import TraceIndex
from lab_emulators.contract import REGION
from lab_emulators.store import Store

_log = logging.getLogger(__name__)

PARTS: tuple[Part[XRayCore], ...] = (
    service_graphs.operations,
    groups.operations,
    sampling.operations,
    put_trace_segments.operations,
    batch_get_traces.operations,
    trace_summaries.operations,
)
"""Every part of the engine; a new module is one more line here."""


class XRay(Engine[XRayCore]):
    """The X-Ray API over one store; every method may be called from any thread."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], float] = time.time,
        region: str = REGION,
    ) -> None:
        trace_index = TraceIndex(store, clock)
        core = XRayCore(store=store, traces=trace_index, clock=clock, region=region)
        super().__init__("xray", core, PARTS)

    def warm_up(self) -> BackgroundIndexer:
        """A thread that reads what an earlier process stored, and keeps up afterwards.

        Otherwise the first call that looks at all traces waits for it.
        """
        return BackgroundIndexer(self.core.traces)

    @property
    def is_warm(self) -> bool:
        """True when a call that looks at all traces finds its index ready."""
        return self.core.traces.is_settled

    def ingest_otlp(
        self, body: bytes, content_type: str, headers: Mapping[str, str]
    ) -> OtlpAnswer:
        """Stores spans as segments like any others; raises OtlpError."""
        if documents := documents_of(body, content_type):
            parameters = {"TraceSegmentDocuments": documents}
            answer = self.call("PutTraceSegments", parameters)
            for item in answer.get("UnprocessedTraceSegments", ()):
                _log.warning("a segment made of OTLP spans was refused: %s", item)
        return 200, {}
