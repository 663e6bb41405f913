import pytest

from lab_helpers.exercises import Miss
from lab_helpers.exercises.checking.in_memory import Recorded


@pytest.fixture
def run():
    """A run that left page → feed, and `stray` in a trace of its own on demand."""
    recorded = Recorded()
    with recorded.tracer.start_as_current_span("page") as page:
        page.set_attribute("app.person", "maren")
        recorded.tracer.start_span("feed").end()
    return recorded


def test_parents_are_told_by_name(run):
    assert (run.parent("page"), run.parent("feed")) == (None, "page")
    run.expect_parents({"page": None, "feed": "page"})


def test_a_wrong_parent_is_a_miss_that_names_both(run):
    with pytest.raises(Miss, match="parent of 'page' is None, asked for 'feed'"):
        run.expect_parents({"page": "feed"})


def test_a_missing_span_is_a_miss_that_lists_what_is_there(run):
    with pytest.raises(Miss, match="called 'render'; finished: 'feed', 'page'"):
        run.span("render")


def test_spans_in_several_traces_are_a_miss(run):
    run.tracer.start_span("stray").end()
    with pytest.raises(Miss, match="in 2 traces"):
        run.expect_parents({"page": None, "stray": None})


def test_the_carriers_of_an_attribute_are_found(run):
    assert run.carriers("app.person") == ["page"]
    assert run.carriers("app.plan") == []


def test_two_runs_share_nothing(run):
    assert [span.name for span in run.spans] == ["feed", "page"]
    assert list(Recorded().spans) == []
