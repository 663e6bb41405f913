"""Root causes: the way down to what failed, and to what took the time."""

from collections.abc import Callable
from typing import Any

from lab_emulators.aws.xray.root_causes import MAX_CAUSES, Cause
from lab_emulators.aws.xray.segment_documents import segment_of
from lab_emulators.aws.xray.summary_document import cause_document
from lab_emulators.aws.xray.trace_assembly import assemble
from lab_emulators.aws.xray.trace_summary import TraceSummary, summarize

Json = dict[str, Any]
Document = Callable[..., Json]


def digest_of(*documents: Json) -> TraceSummary:
    segments = [segment_of(document) for document in documents]
    return summarize(assemble(segments[0].trace_id, segments))


def step(identity: str, name: str, start: float, end: float, **more: Any) -> Json:
    times = {"start_time": start, "end_time": end}
    return {"id": identity * 16, "name": name} | times | more


def names(cause: Cause) -> list[list[str]]:
    return [[entity.name for entity in s.path] for s in cause.services]


def test_a_fault_is_followed_down_to_the_service_that_had_it(
    document: Document,
) -> None:
    call = step("b", "shop", 100.0, 100.5, namespace="remote", fault=True)
    quiet = step("c", "cache", 100.0, 100.1)
    root = document(fault=True, subsegments=[quiet, call])
    shop = document(name="shop", parent_id="b" * 16, fault=True)
    (cause,) = digest_of(root, shop).faults
    assert names(cause) == [["api", "shop"], ["shop"]]
    assert cause.client_impacting
    assert [entity.remote for entity in cause.services[0].path] == [False, True]


def test_a_fault_the_root_swallowed_does_not_reach_the_client(
    document: Document,
) -> None:
    call = step("b", "shop", 100.0, 100.5, namespace="remote", fault=True)
    (cause,) = digest_of(document(subsegments=[call])).faults
    assert names(cause) == [["shop"], ["shop"]]
    assert cause.services[1].inferred
    assert not cause.client_impacting


def test_each_lowest_fault_is_a_cause_up_to_a_limit(document: Document) -> None:
    failed = [
        step(f"{n:x}", "x", 100.0, 100.1, error=True) for n in range(1, MAX_CAUSES + 5)
    ]
    few = digest_of(document(error=True, subsegments=failed[:3]))
    many = digest_of(document(error=True, subsegments=failed))
    assert (len(few.errors), len(many.errors)) == (3, MAX_CAUSES)
    assert few.faults == ()


def test_exceptions_are_told_with_or_without_an_id(document: Document) -> None:
    cause = {"exceptions": [{"type": "E", "message": "m"}, {"id": "x"}, "odd"]}
    (found,) = digest_of(document(fault=True, cause=cause)).faults
    shown = cause_document(found)["Services"][0]["EntityPath"][0]["Exceptions"]
    assert shown == [{"Name": "E", "Message": "m"}, {"Name": "", "Message": ""}]
    (other,) = digest_of(document(fault=True, cause="a" * 16)).faults
    assert other.services[0].path[0].exceptions == ()


def test_time_is_followed_into_the_slowest_child(document: Document) -> None:
    lower = step("d", "query", 100.1, 100.5)
    slow = step("b", "slow", 100.0, 100.8, subsegments=[lower])
    fast = step("c", "fast", 100.8, 100.9)
    (cause,) = digest_of(document(subsegments=[fast, slow])).slow
    (service,) = cause.services
    shown = [(entity.name, entity.coverage) for entity in service.path]
    assert shown == [("api", 1.0), ("slow", 0.8), ("query", 0.4)]


def test_time_that_nobody_took_half_of_is_the_services_own(
    document: Document,
) -> None:
    parts = [step(f"{n}", "part", 100.0, 100.3) for n in range(3)]
    (cause,) = digest_of(document(subsegments=parts)).slow
    assert names(cause) == [["api"]]


def test_a_root_in_progress_has_no_response_time_to_explain(
    document: Document,
) -> None:
    assert digest_of(document(in_progress=True)).slow == ()
