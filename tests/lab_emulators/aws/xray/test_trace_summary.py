"""The digest of a trace: its nodes, its edges, and what anybody may have sent."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.aws.xray.segment_documents import DocumentError, segment_of
from lab_emulators.aws.xray.summary_document import summary_document
from lab_emulators.aws.xray.trace_assembly import as_document, assemble
from lab_emulators.aws.xray.trace_summary import (
    MAX_ANNOTATIONS,
    TraceSummary,
    summarize,
)

Json = dict[str, Any]
Document = Callable[..., Json]
TRACE = "1-65600000-0123456789abcdef01234567"
TIMES = {"start_time": 100.0, "end_time": 101.0}


def digest_of(*documents: Json) -> TraceSummary:
    return summarize(assemble(TRACE, [segment_of(document) for document in documents]))


def test_an_edge_tells_what_the_caller_saw(document: Document) -> None:
    call = {"id": "b" * 16, "name": "shop", "namespace": "remote", "error": True}
    call |= {"start_time": 100.0, "end_time": 100.75}
    root = document(subsegments=[call])
    shop = document(name="shop", parent_id="b" * 16, fault=True)
    client, edge = digest_of(root, shop).edges
    assert (edge.source.name, edge.target.name) == ("api", "shop")
    assert (edge.facts.error, edge.facts.fault) == (True, False)
    assert edge.facts.response_time == 0.75
    assert (client.source.name, client.source.type) == ("api", "client")


def test_the_root_is_the_earliest_whose_parent_is_not_there(document: Document) -> None:
    early = document(name="early", parent_id="f" * 16, start_time=99.0)
    child = document(name="child", parent_id=early["id"], start_time=98.0)
    found = digest_of(child, document(), early)
    assert found.root.service.name == "early"
    assert [node.root for node in found.nodes].count(True) == 1


def test_no_more_annotations_are_indexed_than_the_quota(document: Document) -> None:
    many = {f"k{number}": number for number in range(MAX_ANNOTATIONS + 9)}
    assert len(digest_of(document(annotations=many)).annotations) == MAX_ANNOTATIONS


KEYS = ["request", "response", "status", "url", "traced", "ec2", "exceptions"]
KEYS += ["type", "message", "account_id", "table_name", "instance_id"]
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner)
    ),
    max_leaves=8,
)
MEMBERS = ["http", "aws", "cause", "annotations", "user", "sql", "origin", "fault"]
MEMBERS += ["error", "namespace", "resource_arn", "metadata", "in_progress"]
WHOLE = st.dictionaries(st.sampled_from(MEMBERS), ODD)


@given(WHOLE, WHOLE, st.sampled_from(["aws", "remote"]))
def test_whatever_documents_hold_their_trace_can_be_shown(
    top: Json, inner: Json, namespace: str
) -> None:
    below = inner | {"id": "b" * 16, "name": "DynamoDB", "namespace": namespace}
    whole = top | {"id": "a" * 16, "name": "api", "trace_id": TRACE, **TIMES}
    try:
        segment = segment_of(whole | {"subsegments": [below | TIMES]})
    except DocumentError:
        return
    trace = assemble(TRACE, [segment])
    shown = [summary_document(summarize(trace)), *map(as_document, trace.segments)]
    assert json.loads(json.dumps(shown)) == shown
