"""The short way in: it takes nothing that the long way would not take alike."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lab_emulators.aws.xray.fast_validation import (
    MAX_BRACKETS,
    ValidDocument,
    valid_document_of,
    validate_fast,
)
from lab_emulators.aws.xray.model import Segment
from lab_emulators.aws.xray.segment_documents import documents_in

TRACE = "1-65600000-0123456789abcdef01234567"
GOOD = {"id": "a" * 16, "name": "api", "trace_id": TRACE}
GOOD |= {"start_time": 1, "end_time": 2.5}
PART = {"id": "b" * 16, "name": "db", "start_time": 1, "end_time": 2}

IDS = ["a" * 16, "A0" * 8, "a" * 15, "a" * 15 + "_", " " + "a" * 15, "g" * 16, "", 7]
TIMES = [0, 1.5, 2, -1, 1e12, 10**400, True, "1", None, 32_503_680_000]
VALUES: dict[str, list[Any]] = {
    "id": IDS,
    "parent_id": [None, *IDS],
    "trace_id": [TRACE, TRACE.upper(), TRACE[:-1], TRACE + "0", TRACE + "\n", 7, None],
    "name": ["api", "ä", "", "n" * 201, "a|b", "a\n", 7, None],
    "start_time": TIMES,
    "end_time": TIMES,
    "in_progress": [True, False, None, 1, "true"],
    "type": ["subsegment", "x", None, 7],
    "metadata": [{}, {"a": [{"b": 1e300}]}, {"a": "\ud800"}, {"a": "HUGE"}],
    "annotations": [{"k": 1}, {"k": "ö"}, [], "x"],
}
members = {key: st.sampled_from(values) for key, values in VALUES.items()}
parts = st.recursive(
    st.fixed_dictionaries({}, optional=members).map(lambda given: PART | given),
    lambda inner: st.lists(inner, max_size=3).map(lambda s: PART | {"subsegments": s}),
    max_leaves=6,
)
subsegments = st.one_of(
    st.lists(parts, max_size=3), st.sampled_from([None, {}, 7, [7]])
)
documents = st.fixed_dictionaries(
    {}, optional=members | {"subsegments": subsegments}
).map(lambda given: GOOD | given)


def text_of(document: Any) -> str:
    return json.dumps(document).replace('"HUGE"', "9" * 5000)


def at_length(text: object) -> ValidDocument | None:
    """What the way through all of the document makes of it."""
    found = list(documents_in(text))
    if len(found) != 1 or not isinstance(found[0][1], Segment):
        return None
    return valid_document_of(*found[0])


@given(documents)
@settings(max_examples=4 * settings().max_examples)
@example(GOOD)
@example(GOOD | {"in_progress": True, "end_time": None})
@example(GOOD | {"type": "subsegment", "parent_id": "b" * 16})
@example(GOOD | {"type": "subsegment"})
@example(GOOD | {"subsegments": [PART | {"end_time": 0}]})
@example(GOOD | {"metadata": {"a": "HUGE"}})
def test_what_is_let_in_is_what_reading_it_all_lets_in(document: Any) -> None:
    text = text_of(document)
    short = validate_fast(text)
    assert short is None or short == at_length(text)


@pytest.mark.parametrize(
    "document",
    [
        GOOD,
        GOOD | {"in_progress": True},
        GOOD | {"type": "subsegment", "parent_id": "b" * 16},
        GOOD | {"subsegments": [PART, PART | {"subsegments": [PART]}]},
        GOOD | {"metadata": {"a": "x" * 50_000}},
    ],
    ids=["plain", "in progress", "independent", "nested", "long"],
)
def test_what_sdks_send_takes_the_short_way(document: Any) -> None:
    assert validate_fast(text_of(document)) == at_length(text_of(document)) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        7,
        json.dumps(GOOD) + "x",
        json.dumps(GOOD)[:-1],
        json.dumps(GOOD | {"metadata": {"a": "x" * 65_536}}),
        text_of(GOOD | {"metadata": {"a": "HUGE"}}),
        json.dumps(GOOD)[:-1] + ', "x": NaN}',
        json.dumps(GOOD)[:-1] + ', "x": "\n"}',
        json.dumps(GOOD)[:-1] + f', "x": {"[" * MAX_BRACKETS}{"]" * MAX_BRACKETS}}}',
    ],
)
def test_what_is_not_plainly_right_is_left_to_who_reads_it_all(text: object) -> None:
    assert validate_fast(text) is None


def nested(depth: int) -> dict[str, Any]:
    return PART if depth == 1 else PART | {"subsegments": [nested(depth - 1)]}


@pytest.mark.parametrize("depth", [99, 100, 101, 102])
def test_subsegments_are_let_in_to_the_same_depth(depth: int) -> None:
    text = json.dumps(GOOD | {"subsegments": [nested(depth)]})
    assert validate_fast(text) == at_length(text)
