"""Every document becomes a segment or a DocumentError with its own code."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.aws.xray.segment_documents import (
    MAX_BYTES,
    DocumentError,
    documents_in,
    is_trace_id,
    parse_document,
)

Document = Callable[..., dict[str, Any]]


def code(document: object) -> str:
    text = document if isinstance(document, str) else json.dumps(document)
    with pytest.raises(DocumentError) as caught:
        parse_document(text)
    assert caught.value.message.startswith(
        f"Invalid segment. ErrorCode: {caught.value.code}"
    )
    return caught.value.code


def test_a_whole_document_is_read(document: Document) -> None:
    inner = {"id": "b" * 16, "name": "in", "start_time": 100.5, "in_progress": True}
    segment = parse_document(json.dumps(document(subsegments=[inner], user="ann")))
    assert (segment.name, segment.duration, segment.user) == ("api", 1.0, "ann")
    (below,) = segment.subsegments
    assert (below.parent_id, below.trace_id) == (segment.id, segment.trace_id)
    assert (below.in_progress, below.end) == (True, None)


@pytest.mark.parametrize(
    ("member", "value", "expected"),
    [
        ("id", None, "MissingId"),
        ("id", "", "MissingId"),
        ("id", "123", "InvalidId"),
        ("id", "g" * 16, "InvalidId"),
        ("id", 12, "InvalidId"),
        ("trace_id", None, "MissingTraceId"),
        ("trace_id", "4efaaf4d1e8720b39541901950019ee5", "InvalidTraceId"),
        ("trace_id", "2-65600000-0123456789abcdef01234567", "InvalidTraceId"),
        ("trace_id", "1-65600000-0123456789abcdef0123456", "InvalidTraceId"),
        ("name", None, "MissingName"),
        ("name", "a" * 201, "InvalidName"),
        ("name", "a;b", "InvalidName"),
        ("name", ["a"], "InvalidName"),
        ("start_time", None, "MissingStartTime"),
        ("start_time", "100", "InvalidStartTime"),
        ("start_time", True, "InvalidStartTime"),
        ("start_time", -1, "InvalidStartTime"),
        ("start_time", 1_700_000_000_000, "InvalidStartTime"),
        ("end_time", None, "MissingEndTime"),
        ("end_time", 99.0, "InvalidEndTime"),
        ("parent_id", "nobody", "InvalidParentId"),
        ("subsegments", [1], "ParseError"),
        ("subsegments", "many", "ParseError"),
    ],
)
def test_what_is_wrong_has_a_code_of_its_own(
    document: Document, member: str, value: object, expected: str
) -> None:
    assert code(document(**{member: value})) == expected


def test_a_w3c_trace_id_is_taken_once_it_has_the_separators(
    document: Document,
) -> None:
    trace_id = "1-4efaaf4d-1e8720b39541901950019ee5"
    assert parse_document(json.dumps(document(trace_id=trace_id))).trace_id == trace_id
    assert is_trace_id("1-FFFFFFFF-1e8720b39541901950019ee5")
    assert not is_trace_id(None)


def test_a_name_may_have_every_character_the_guide_lists(document: Document) -> None:
    name = "Ünï 09_.:/%&#=+\\-@"
    assert parse_document(json.dumps(document(name=name))).name == name


def test_an_independent_subsegment_needs_its_parent(document: Document) -> None:
    assert code(document(type="subsegment")) == "MissingParentId"
    found = document(type="subsegment", parent_id="a" * 16)
    assert parse_document(json.dumps(found)).independent


def test_64_kilobytes_are_taken_and_a_byte_more_is_not(document: Document) -> None:
    spare = MAX_BYTES - len(json.dumps(document(metadata={"m": ""})))
    whole = document(id="a" * 16, metadata={"m": "x" * spare})
    assert parse_document(json.dumps(whole)).id == "a" * 16
    whole["metadata"]["m"] += "x"
    assert code(whole) == "SegmentTooLarge"
    assert code("é" * (MAX_BYTES // 2 + 1)) == "SegmentTooLarge"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "nothing",
        '{"id": NaN}',
        "[" * 9000,
        "{}{}",
    ],
)
def test_what_is_not_json_is_said_to_be_none(text: str) -> None:
    assert code(text) == "JSONFormatError"


def test_a_deep_tree_is_refused_before_it_breaks_anything(document: Document) -> None:
    tree = document()
    for number in range(150):
        tree = document(id=f"{number:016x}", subsegments=[tree])
    assert code(tree) == "ParseError"


def test_an_array_is_as_many_documents(document: Document) -> None:
    found = dict(documents_in(json.dumps([document(), document(id="x"), 3])))
    kinds = [type(item).__name__ for item in found.values()]
    assert kinds == ["Segment", "DocumentError", "DocumentError"]


def test_an_error_names_the_document_even_if_a_subsegment_is_wrong(
    document: Document,
) -> None:
    wrong = document(id="c" * 16, subsegments=[{"id": "d" * 16}])
    with pytest.raises(DocumentError) as caught:
        parse_document(json.dumps(wrong))
    assert (caught.value.id, caught.value.code) == ("c" * 16, "MissingName")


def test_only_plain_annotations_are_indexed(document: Document) -> None:
    given_ones = {"a": 1, "b_2": "x", "c": True, "d-e": 1, "f": [1], "g": None}
    segment = parse_document(json.dumps(document(annotations=given_ones)))
    assert segment.annotations == {"a": 1, "b_2": "x", "c": True}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner)
    ),
    max_leaves=8,
)
MEMBERS = (
    *("id", "name", "trace_id", "start_time", "end_time", "in_progress", "parent_id"),
    *("type", "namespace", "http", "aws", "error", "fault", "throttle", "cause"),
    *("annotations", "metadata", "user", "service", "sql", "origin", "subsegments"),
)
GOOD = {
    "id": "a" * 16,
    "name": "n",
    "trace_id": "1-65600000-0123456789abcdef01234567",
    "start_time": 1,
    "end_time": 2,
}


@given(st.dictionaries(st.sampled_from(MEMBERS), JSON), st.booleans())
def test_no_document_raises_anything_but_a_document_error(
    members: dict[str, Any],
    good: bool,  # noqa: FBT001 - hypothesis gives positionals
) -> None:
    found = dict(documents_in(json.dumps((GOOD if good else {}) | members)))
    for item in found.values():
        assert isinstance(item, DocumentError) or item.id == item.sent["id"]


@given(st.text() | st.binary() | st.none())
def test_no_text_raises_anything_but_a_document_error(text: object) -> None:
    assert all(isinstance(error, DocumentError) for _, error in documents_in(text))
