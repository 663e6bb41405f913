"""Documents in any order become the same trace."""

import json
import random
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lab_emulators.aws.xray.model import Segment, Trace
from lab_emulators.aws.xray.segment_documents import segment_of
from lab_emulators.aws.xray.trace_assembly import as_document, assemble

Json = dict[str, Any]
Document = Callable[..., Json]
TRACE = "1-65600000-0123456789abcdef01234567"


def trace_of(*documents: Json) -> Trace:
    return assemble(TRACE, [segment_of(document) for document in documents])


def call(identity: str, **members: Any) -> Json:
    plain = {"id": identity, "name": "other", "start_time": 100.2, "end_time": 100.9}
    return plain | {"namespace": "remote"} | members


def alone(document: Json, parent_id: str) -> Json:
    more = {"type": "subsegment", "parent_id": parent_id, "trace_id": TRACE}
    return document | more


def test_a_subsegment_that_comes_alone_is_put_below_its_parent(
    document: Document,
) -> None:
    top, inner = document(id="a" * 16), {"namespace": "local"}
    middle = alone(call("b" * 16, **inner), "a" * 16)
    lowest = alone(call("c" * 16, **inner), "b" * 16)
    for documents in ((top, middle, lowest), (lowest, top, middle)):
        (segment,) = trace_of(*documents).segments
        assert [s.id[0] for s in segment.walk()] == ["a", "b", "c"]


def test_one_whose_parent_has_not_come_is_shown_at_the_top(document: Document) -> None:
    lost = alone(call("b" * 16, namespace="local"), "f" * 16)
    trace = trace_of(document(id="a" * 16), lost)
    assert [s.id[0] for s in trace.segments] == ["a", "b"]
    assert [s.independent for s in trace.segments] == [False, True]


def test_parents_in_a_circle_lose_nothing(document: Document) -> None:
    one = alone(call("b" * 16, namespace="local"), "c" * 16)
    other = alone(call("c" * 16, namespace="local"), "b" * 16)
    trace = trace_of(document(id="a" * 16), one, other)
    assert {s.id[0] for top in trace.segments for s in top.walk()} == {"a", "b", "c"}


def test_a_call_nobody_answered_gets_an_inferred_segment(document: Document) -> None:
    response = {"response": {"status": 503}}
    trace = trace_of(document(subsegments=[call("b" * 16, fault=True, http=response)]))
    (_, inferred) = trace.segments
    assert inferred.inferred and inferred.parent_id == "b" * 16
    assert (inferred.name, inferred.start, inferred.end) == ("other", 100.2, 100.9)
    assert (inferred.fault, inferred.response["status"]) == (True, 503)
    assert inferred.service_id().type == "remote"


def test_a_call_that_was_answered_gets_none(document: Document) -> None:
    answer = document(parent_id="b" * 16, start_time=100.3, end_time=100.8)
    trace = trace_of(document(subsegments=[call("b" * 16)]), answer)
    assert not any(segment.inferred for segment in trace.segments)


def test_an_aws_call_is_inferred_as_its_table_or_its_service(
    document: Document,
) -> None:
    table = call("b" * 16, name="DynamoDB", namespace="aws", aws={"table_name": "t"})
    queue = call("c" * 16, name="SQS", namespace="aws")
    trace = trace_of(document(subsegments=[table, queue]))
    found = {(s.name, s.origin) for s in trace.segments if s.inferred}
    assert found == {("t", "AWS::DynamoDB::Table"), ("SQS", "AWS::SQS")}


def test_an_inferred_segment_keeps_its_id_from_one_time_to_the_next(
    document: Document,
) -> None:
    found = document(subsegments=[call("b" * 16), call("c" * 16)])
    ids = [segment.id for segment in trace_of(found).segments]
    assert ids == [segment.id for segment in trace_of(found).segments]
    assert len(set(ids)) == 3


def test_a_document_comes_back_with_what_nothing_here_reads(
    document: Document,
) -> None:
    sent = document(links=[1], precursor_ids=["x"], subsegments=[call("b" * 16, x=1)])
    shown = as_document(trace_of(sent).segments[0])
    assert shown == sent


def test_an_inferred_document_says_that_it_is_inferred(document: Document) -> None:
    sent = document(subsegments=[call("b" * 16, in_progress=True, error=True)])
    shown = as_document(trace_of(sent).segments[1])
    assert (shown["inferred"], shown["parent_id"]) == (True, "b" * 16)
    assert (shown["in_progress"], shown["error"]) == (True, True)
    assert "end_time" not in shown


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> Json:
    """A subsegment with what is below it; ids are given later."""
    below = draw(st.lists(trees(depth - 1), max_size=3)) if depth else []
    start = draw(st.integers(0, 5))
    return {
        "name": draw(st.sampled_from(["a", "b"])),
        "start_time": start,
        "end_time": start + draw(st.integers(0, 3)),
        "namespace": draw(st.sampled_from(["local", "remote", "aws"])),
        "subsegments": below,
    }


def named(tree: Json, numbers: list[int]) -> Json:
    numbers.append(len(numbers))
    own = {"id": f"{numbers[-1]:016x}"}
    return (
        tree | own | {"subsegments": [named(t, numbers) for t in tree["subsegments"]]}
    )


def pieces(tree: Json, chance: random.Random) -> tuple[Json, list[Json]]:
    """The tree with some branches cut off, and those as documents of their own."""
    kept, cut = [], []
    for branch in tree["subsegments"]:
        inner, more = pieces(branch, chance)
        cut += more
        if chance.random() < 0.5:
            cut.append(alone(inner, tree["id"]))
            if chance.random() < 0.3:
                kept.append(inner)  # sent twice: inside and alone
        else:
            kept.append(inner)
    return tree | {"subsegments": kept}, cut


def shape(segment: Segment) -> Any:
    return segment.id, segment.name, segment.start, [*map(shape, segment.subsegments)]


@settings(max_examples=4 * settings().max_examples)
@given(st.lists(trees(), min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_order_duplicates_and_splitting_make_no_difference(
    found: list[Json], chance: random.Random
) -> None:
    numbers: list[int] = []
    tops = [named(tree, numbers) | {"trace_id": TRACE} for tree in found]
    parts: list[Json] = []
    for top in tops:
        rest, cut = pieces(top, chance)
        parts += [rest, *cut]
    chance.shuffle(parts)
    whole, mended = trace_of(*tops), trace_of(*parts)
    assert [*map(shape, mended.segments)] == [*map(shape, whole.segments)]
    documents = [as_document(segment) for segment in mended.segments]
    assert json.loads(json.dumps(documents)) == documents
