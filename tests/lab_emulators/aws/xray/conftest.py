"""The parts of one X-Ray engine over a store in a temporary folder."""

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.xray.core import XRayCore
from lab_emulators.aws.xray.engine import XRay
from lab_emulators.aws.xray.repository.trace_index import TraceIndex
from lab_emulators.store import Store


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(1_700_000_000.0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "segments.duckdb") as opened:
        yield opened


@pytest.fixture
def core(store: Store, clock: Clock) -> XRayCore:
    return XRayCore(traces=TraceIndex(store, clock), store=store, clock=clock)


@pytest.fixture
def refusal() -> Callable[..., AwsError]:
    """The AwsError of a call that must be refused."""

    def refused(operation: Callable[[dict[str, Any]], Any], **given: Any) -> AwsError:
        with pytest.raises(AwsError) as caught:
            operation(given)
        return caught.value

    return refused


TRACE = "1-65600000-0123456789abcdef01234567"


@pytest.fixture
def document() -> Callable[..., dict[str, Any]]:
    """Segment documents with counted ids, complete, of one second."""
    ids = itertools.count(1)

    def build(**members: Any) -> dict[str, Any]:
        identity = f"{next(ids):016x}"
        plain = {"id": identity, "name": "api", "trace_id": TRACE}
        return plain | {"start_time": 100.0, "end_time": 101.0} | members

    return build


@pytest.fixture
def xray(store: Store, clock: Clock) -> XRay:
    return XRay(store, clock=clock)


@pytest.fixture
def put(xray: XRay) -> Callable[..., list[dict[str, str]]]:
    """Sends documents in one call; what was not processed."""

    def send(*documents: dict[str, Any] | str) -> list[dict[str, str]]:
        texts = [d if isinstance(d, str) else json.dumps(d) for d in documents]
        answer = xray.call("PutTraceSegments", {"TraceSegmentDocuments": texts})
        refused: list[dict[str, str]] = answer["UnprocessedTraceSegments"]
        return refused

    return send


@pytest.fixture
def find(xray: XRay) -> Callable[..., list[dict[str, Any]]]:
    """The summaries of every page of the first hour, for a filter expression."""

    def ask(expression: str = "", **more: Any) -> list[dict[str, Any]]:
        asked = {"StartTime": 0, "EndTime": 3600, "FilterExpression": expression}
        found, token = [], None
        while True:
            page = xray.call("GetTraceSummaries", asked | more | {"NextToken": token})
            found += page["TraceSummaries"]
            token = page.get("NextToken")
            if token is None:
                return found

    return ask
