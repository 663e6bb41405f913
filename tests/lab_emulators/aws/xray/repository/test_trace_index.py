"""What was acknowledged is kept, within bounds, and only touched traces cost."""

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from lab_emulators.aws.xray.engine import XRay
from lab_emulators.aws.xray.fast_validation import ValidDocument, validate_fast
from lab_emulators.aws.xray.model import Trace
from lab_emulators.aws.xray.repository.document_journal import CHUNKS, Bounds
from lab_emulators.aws.xray.repository.trace_index import TraceIndex
from lab_emulators.store import Store

Json = dict[str, Any]
Document = Callable[..., Json]


def trace_id(number: int) -> str:
    return f"1-65600000-{number:024x}"


def good(document: Json) -> ValidDocument:
    found = validate_fast(json.dumps(document))
    assert found is not None
    return found


def everything(trace_index: TraceIndex) -> dict[str, Trace]:
    return dict(trace_index.derive(lambda trace: trace).values())


def test_a_reopened_archive_equals_the_one_before(
    tmp_path: Path, document: Document
) -> None:
    begun = document(id="a" * 16, in_progress=True)
    documents = [document(id="a" * 16), begun, document(trace_id=trace_id(1))]
    documents += [document(id="b" * 16, name="old"), document(id="b" * 16, name="new")]
    with Store.open(tmp_path / "x.duckdb") as store:
        trace_index = TraceIndex(store)
        for one in documents:
            trace_index.put([good(one)])
        before = everything(trace_index)
    with Store.open(tmp_path / "x.duckdb") as store:
        after = everything(TraceIndex(store))
    assert after == before
    assert {key: trace.revision for key, trace in after.items()} == {
        documents[0]["trace_id"]: 3,
        trace_id(1): 1,
    }


def test_only_touched_traces_are_computed_again(
    store: Store, document: Document
) -> None:
    trace_index, seen = TraceIndex(store), list[str]()
    derived = trace_index.derive(lambda trace: seen.append(trace.id) or trace.revision)
    trace_index.put([good(document(trace_id=trace_id(n))) for n in range(3)])
    assert derived.get(trace_id(1)) == 1
    assert len(derived.values()) == 3
    trace_index.put([good(document(trace_id=trace_id(1)))])
    assert derived.values() == {trace_id(0): 1, trace_id(1): 2, trace_id(2): 1}
    assert seen == [trace_id(1), trace_id(0), trace_id(2), trace_id(1)]


def test_what_was_handed_out_does_not_change(store: Store, document: Document) -> None:
    trace_index = TraceIndex(store)
    derived = trace_index.derive(lambda trace: trace.revision)
    trace_index.put([good(document())])
    before = derived.values()
    trace_index.put([good(document())])
    assert (list(before.values()), list(derived.values().values())) == ([1], [2])


def test_what_is_derived_later_knows_what_came_before(
    store: Store, document: Document
) -> None:
    trace_index = TraceIndex(store)
    trace_index.put([good(document())])
    derived = trace_index.derive(lambda trace: trace.revision)
    assert derived.get(document()["trace_id"]) == 1
    assert derived.get(trace_id(9)) is None


def test_the_oldest_documents_go_when_there_are_too_many(
    tmp_path: Path, document: Document
) -> None:
    bounds = Bounds(documents=2 * CHUNKS)
    with Store.open(tmp_path / "x.duckdb") as store:
        trace_index = TraceIndex(store, bounds=bounds)
        long_lived = trace_id(99)
        for number in range(4 * CHUNKS):
            own = document(trace_id=trace_id(number))
            trace_index.put([good(own), good(document(trace_id=long_lived))])
        before = everything(trace_index)
        assert CHUNKS <= len(before) <= CHUNKS + 2
        assert trace_index.trace(trace_id(0)) is None
        assert before[long_lived].revision == len(before) - 1
        assert len(store.tables()) == CHUNKS
    with Store.open(tmp_path / "x.duckdb") as store:
        assert everything(TraceIndex(store, bounds=bounds)) == before


def test_bytes_are_bounded_too(store: Store, document: Document) -> None:
    trace_index = TraceIndex(store, bounds=Bounds(bytes=CHUNKS * 1000))
    for number in range(3 * CHUNKS):
        own = document(trace_id=trace_id(number), metadata={"m": "x" * 1000})
        trace_index.put([good(own)])
    assert len(everything(trace_index)) == CHUNKS


def test_traces_too_many_to_be_remembered_parsed_are_parsed_again(
    store: Store, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "lab_emulators.aws.xray.repository.document_cache.PARSED_BYTES", 500
    )
    trace_index = TraceIndex(store)
    for number in (*range(5), *range(5)):
        trace_index.put([good(document(trace_id=trace_id(number)))])
    found = everything(trace_index)
    assert [len(trace.segments) for trace in found.values()] == [2] * 5


def test_what_could_not_be_stored_is_not_shown(
    store: Store, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace_index = TraceIndex(store)
    trace_index.put([good(document())])
    failed: Future[None] = Future()
    failed.set_exception(OSError("disk full"))
    with monkeypatch.context() as broken:
        broken.setattr(store, "submit", lambda _: failed)
        with pytest.raises(OSError, match="disk full"):
            trace_index.put([good(document(trace_id=trace_id(1)))])
    assert list(everything(trace_index)) == [document()["trace_id"]]


def test_what_was_stored_before_is_read_step_by_step(
    store: Store, document: Document
) -> None:
    TraceIndex(store).put([good(document(trace_id=trace_id(n))) for n in range(5)])
    reopened, seen = TraceIndex(store), list[str]()
    reopened.derive(lambda trace: seen.append(trace.id))
    left = [(reopened.settle_some(2), len(seen)) for _ in range(4)]
    assert left == [(True, 2), (True, 4), (False, 5), (False, 5)]


def test_a_reset_forgets_everything_and_keeps_serving(
    xray: XRay, put: Any, find: Any, document: Document
) -> None:
    put(document())
    xray.call("CreateGroup", {"GroupName": "g", "FilterExpression": "ok"})
    xray.reset()
    assert find() == []
    xray.call("CreateGroup", {"GroupName": "g", "FilterExpression": "ok"})
    put(document(name="later"))
    assert [found["EntryPoint"]["Name"] for found in find()] == ["later"]
    assert len(find('group.name = "g"')) == 1


CHILD = """
import itertools, json, sys
from pathlib import Path
from lab_emulators.aws.xray.engine import XRay
from lab_emulators.store import Store

xray, start = XRay(Store.open(Path(sys.argv[1]))), int(sys.argv[2])
for number in itertools.count(start):
    document = {"id": f"{number:016x}", "name": "api", "start_time": 1, "end_time": 2}
    document["trace_id"] = f"1-65600000-{number % 7:024x}"
    texts = [json.dumps(document)]
    xray.call("PutTraceSegments", {"TraceSegmentDocuments": texts})
    print(number, flush=True)
"""


def acknowledged_until_killed(path: Path, lines: int, start: int) -> list[int]:
    command = [sys.executable, "-c", CHILD, str(path), str(start)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said = [child.stdout.readline() for _ in range(lines)]
        child.kill()
        said += child.stdout.readlines()
    return [int(line) for line in said if line.endswith("\n")]


def test_every_acknowledged_document_survives_a_kill(tmp_path: Path) -> None:
    path, said = tmp_path / "x.duckdb", list[int]()
    for lines, start in ((3, 0), (20, 1000)):
        said += acknowledged_until_killed(path, lines, start)
    with Store.open(path) as store:
        traces = everything(TraceIndex(store)).values()
    kept = {int(segment.id, 16) for trace in traces for segment in trace.segments}
    assert len(said) >= 23
    assert set(said) <= kept
