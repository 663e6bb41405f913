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
    with pytest.raises(Miss, match="parent of 'page' is None; it should be 'feed'"):
        run.expect_parents({"page": "feed"})


def test_a_missing_span_is_a_miss_that_lists_what_is_there(run):
    with pytest.raises(Miss, match="called 'render'; finished: 'feed', 'page'"):
        run.span("render")


def test_a_second_span_of_a_name_is_a_miss(run):
    run.tracer.start_span("feed").end()
    with pytest.raises(Miss, match="2 finished spans are called 'feed'"):
        run.span("feed")


def test_a_sequence_is_of_an_end_and_a_start(run):
    with run.tracer.start_as_current_span("first"):
        run.tracer.start_span("inside").end()
    run.tracer.start_span("second").end()
    run.expect_sequence("first", "second")
    for other in ("inside", "page"):
        with pytest.raises(Miss, match=f"'{other}' started before 'first' had ended"):
            run.expect_sequence("first", other)


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
