"""The thread that makes traces ready before anybody asks for them."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lab_emulators.aws.xray import background_indexer
from lab_emulators.aws.xray.background_indexer import BackgroundIndexer
from lab_emulators.aws.xray.engine import XRay
from lab_emulators.aws.xray.repository.trace_index import TraceIndex
from lab_emulators.store import Store


@pytest.fixture
def stored(put: Any, document: Any) -> int:
    """How many traces an earlier engine has left in the store."""
    traces = 3 * background_indexer._STEP
    put(*(document(trace_id=f"1-65600000-{n:024x}") for n in range(traces)))
    return traces


@pytest.fixture
def warming(
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Callable[[Any], BackgroundIndexer]]:
    """Starts a warmer, closes it, and sees to it that nothing failed in it."""
    caplog.set_level(logging.WARNING)
    started: list[BackgroundIndexer] = []

    def start(trace_index: TraceIndex) -> BackgroundIndexer:
        started.append(BackgroundIndexer(trace_index))
        return started[-1]

    yield start
    for each in started:
        each.close()
        assert not each._thread.is_alive()
    assert caplog.records == []


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def test_what_was_stored_before_is_ready_though_nobody_asked(
    store: Store, xray: XRay, stored: int
) -> None:
    reopened = XRay(store)
    assert not reopened.is_warm
    started = reopened.warm_up()
    until(lambda: reopened.is_warm)
    started.close()
    asked = {"StartTime": 0, "EndTime": 3600}
    found = [one.call("GetTraceSummaries", asked) for one in (xray, reopened)]
    assert found[0] == found[1]


def test_what_comes_later_is_made_ready_in_the_next_pause(
    xray: XRay, put: Any, document: Any, warming: Any
) -> None:
    warming(xray.core.traces)
    until(lambda: xray.is_warm)
    put(document())
    assert not xray.is_warm
    until(lambda: xray.is_warm)


def test_it_works_without_a_pause_once_too_much_waits(
    xray: XRay, put: Any, document: Any, warming: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace_index, seen = xray.core.traces, list[str]()
    trace_index.derive(lambda trace: seen.append(trace.id) or trace_index.touched.set())
    monkeypatch.setattr(background_indexer, "MOST_BEHIND", 1)
    monkeypatch.setattr(background_indexer, "_STEP", 1)
    put(*(document(trace_id=f"1-65600000-{n:024x}") for n in range(5)))
    trace_index.touched.set()
    started = warming(trace_index)
    started._settle()
    assert len(seen) >= 5


def test_closing_ends_it_at_the_step_it_is_at(
    store: Store, stored: int, warming: Any
) -> None:
    trace_index, seen, go_on = TraceIndex(store), list[str](), threading.Event()

    def slow(trace: Any) -> None:
        seen.append(trace.id)
        go_on.wait(20)

    trace_index.derive(slow)
    started = warming(trace_index)
    until(lambda: bool(seen))
    started.close(timeout_s=0.01)
    assert started._thread.is_alive()
    go_on.set()
    started._thread.join(20)
    assert len(seen) == background_indexer._STEP < stored


def test_a_reset_in_the_middle_leaves_nothing_and_goes_on(
    store: Store, stored: int, warming: Any, put: Any, document: Any
) -> None:
    reopened, seen = XRay(store), threading.Event()
    reopened.core.traces.derive(lambda trace: seen.set())
    warming(reopened.core.traces)
    assert seen.wait(20)
    reopened.reset()
    until(lambda: reopened.is_warm)
    asked = {"StartTime": 0, "EndTime": 3600}
    assert reopened.call("GetTraceSummaries", asked)["TraceSummaries"] == []


def test_a_store_that_is_closed_first_ends_it_without_a_word(
    store: Store, stored: int, warming: Any
) -> None:
    store.close()
    started = warming(TraceIndex(store))
    started._thread.join(20)
    assert not started._thread.is_alive()


def test_what_fails_is_in_the_log_and_told_to_who_asks(
    store: Store, stored: int, caplog: pytest.LogCaptureFixture
) -> None:
    trace_index = TraceIndex(store)
    derived = trace_index.derive(lambda trace: 1 // 0)
    started = BackgroundIndexer(trace_index)
    started._thread.join(20)
    assert [record.exc_info[0] for record in caplog.records] == [ZeroDivisionError]
    with pytest.raises(ZeroDivisionError):
        derived.values()
