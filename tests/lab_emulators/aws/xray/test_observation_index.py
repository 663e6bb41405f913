"""What is known is not computed again."""

import json

import pytest

from lab_emulators.aws.xray import observations
from lab_emulators.aws.xray.observation_index import ObservationIndex
from lab_emulators.aws.xray.operations.put_trace_segments import PutTraceSegments

OTHER = "1-65600001-0123456789abcdef01234567"


@pytest.fixture
def observed(monkeypatch):
    """The ids of traces in the order in which they were observed."""
    seen = []
    whole = observations.Subjects.rows

    def rows(self, trace):
        seen.append(trace.id)
        return whole(self, trace)

    monkeypatch.setattr(observations.Subjects, "rows", rows)
    return seen


@pytest.fixture
def index(core, observed):
    return ObservationIndex(core)


@pytest.fixture
def keep(core, index):
    """Stores documents that the index reads."""

    def put(*documents):
        texts = list(map(json.dumps, documents))
        assert not PutTraceSegments(core).put({"TraceSegmentDocuments": texts})[
            "UnprocessedTraceSegments"
        ]

    return put


def test_only_a_touched_trace_is_observed_again(index, keep, observed, document):
    keep(document(), document(trace_id=OTHER))
    index.window(0, 3600, None)
    observed.clear()
    keep(document(trace_id=OTHER))
    assert len(index.window(0, 3600, None)) == 6
    assert observed == [OTHER]


def test_asking_again_observes_nothing(index, keep, observed, document):
    keep(document())
    first = index.window(0, 3600, None)
    observed.clear()
    assert (index.window(0, 3600, None) == first).all()
    assert len(index.window(100, 101, "")) == len(first)
    assert observed == []


def test_a_trace_sent_anew_adds_nothing_twice(index, keep, document):
    sent = document()
    keep(sent)
    keep(sent | {"fault": True})
    rows = index.window(0, 3600, None)
    assert len(rows) == 2
    assert set(rows["outcome"]) == {observations.RequestOutcome.FAULT}
