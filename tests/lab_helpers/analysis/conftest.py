"""Frames of the shapes that clients return."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

BEGIN = pd.Timestamp("2026-03-02T10:00:00Z")


def _span(
    span_id: str | None,
    parent_id: str | None,
    at_ms: float,
    duration_ms: float,
    service: str = "api",
    **changes: object,
) -> dict[str, object]:
    return {
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
        "span_id": span_id,
        "parent_id": parent_id,
        "name": f"work {span_id}",
        "service": service,
        "kind": "internal",
        "start": BEGIN + pd.Timedelta(microseconds=round(at_ms * 1000)),
        "duration_ms": duration_ms,
        "status": "unset",
        "error": False,
        "annotation": "span",
    } | changes


@pytest.fixture
def span() -> Callable[..., dict[str, object]]:
    """Builds one row: span id, parent id, start and duration in ms, service."""
    return _span


@pytest.fixture
def frame() -> Callable[..., pd.DataFrame]:
    """Builds a trace frame from positional tuples, as `span` takes them."""
    return lambda *rows: pd.DataFrame([_span(*row) for row in rows])


@pytest.fixture
def two_bands() -> pd.DataFrame:
    """3000 spans over 20 minutes: most near 20 ms, from minute 10 a tenth near 2 s."""
    random = np.random.default_rng(5)
    seconds = np.sort(random.uniform(0, 1200, 3000))
    durations = random.lognormal(np.log(20), 0.3, 3000)
    slow = (seconds > 600) & (random.random(3000) < 0.2)
    durations[slow] = random.lognormal(np.log(2000), 0.2, slow.sum())
    start = BEGIN + pd.to_timedelta(seconds, unit="s")
    return pd.DataFrame({"start": start, "duration_ms": durations})
