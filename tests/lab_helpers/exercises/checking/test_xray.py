"""Where a segment was lost, told from what the recorder did."""

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest
from aws_xray_sdk.core.recorder import AWSXRayRecorder
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
from flask import Flask, request

from lab_helpers.exercises.checking.xray import (
    Emitted,
    arrived,
    listening,
    metadata,
    visit,
    with_hook,
    with_view,
)
from lab_helpers.exercises.verdict import Miss

TRACE_ID = "1-5759e988-bd862e3fe1be46a994272793"


class Silence:
    """An emitter that sends nothing anywhere."""

    def send_entity(self, entity: object) -> None:
        pass


@pytest.fixture
def recorder() -> Iterator[Any]:
    made = AWSXRayRecorder()
    made.emitter._socket.close()
    made.configure(service="kittiwake", sampling=False, emitter=Silence())
    yield made
    made.clear_trace_entities()


@pytest.fixture
def visited(recorder: Any) -> Callable[[Callable[[], Any]], Emitted]:
    """What a visit to a view under the middleware leaves behind."""

    def run(view: Callable[[], Any]) -> Emitted:
        app = with_view(Flask("app"), "/view", view)
        XRayMiddleware(app, recorder)
        with listening(recorder) as emitted:
            visit(app, "/view", TRACE_ID)
        return emitted

    return run


def test_a_visit_is_one_document_of_the_trace_asked_for(
    visited: Callable[..., Emitted],
) -> None:
    emitted = visited(lambda: "fine")
    assert [d["trace_id"] for d in emitted.documents] == [TRACE_ID]
    assert "daemon ✗" in emitted.why_lost(TRACE_ID)


def test_what_was_never_ended_is_named(
    recorder: Any, visited: Callable[..., Emitted]
) -> None:
    emitted = visited(lambda: recorder.begin_subsegment("choose").name)
    said = emitted.why_lost(TRACE_ID)
    assert "'choose' was begun and never ended, so 'kittiwake'" in said
    assert "begin_segment" not in said


def test_a_segment_in_the_middlewares_place_is_named(
    recorder: Any, visited: Callable[..., Emitted]
) -> None:
    def view() -> str:
        recorder.begin_segment("picks")
        return str(recorder.begin_subsegment("choose").name)

    said = visited(view).why_lost(TRACE_ID)
    assert "so 'picks', the segment around it, is never sent" in said
    assert "begin_segment replaces the segment" in said


def test_a_segment_in_a_trace_of_its_own_is_named(
    recorder: Any, visited: Callable[..., Emitted]
) -> None:
    emitted = visited(lambda: recorder.begin_segment("picks").name)
    assert "'picks' left in a trace of its own" in emitted.why_lost(TRACE_ID)


def test_no_segment_at_all_is_said(recorder: Any) -> None:
    app = with_view(Flask("app"), "/view", lambda: "fine")
    with listening(recorder) as emitted:
        visit(app, "/view", TRACE_ID)
    assert "no segment was begun" in emitted.why_lost(TRACE_ID)


def test_the_recorder_is_afterwards_as_it_was(recorder: Any) -> None:
    before = recorder.emitter
    with pytest.raises(Miss, match="answered with 404"), listening(recorder):
        visit(Flask("app"), "/nowhere", TRACE_ID)
    assert recorder.emitter is before


def test_what_an_answer_configures_is_afterwards_as_it_was(
    recorder: Any, visited: Callable[..., Emitted]
) -> None:
    def view() -> str:
        recorder.configure(
            service="mine", sampling=True, context_missing="IGNORE_ERROR"
        )
        return "fine"

    before = recorder.context.context_missing
    visited(view)
    assert (recorder.service, recorder.sampling) == ("kittiwake", False)
    assert recorder.context.context_missing == before != "IGNORE_ERROR"


def test_what_left_is_counted_with_its_subsegments_and_by_trace(
    recorder: Any, visited: Callable[..., Emitted]
) -> None:
    def view() -> str:
        with recorder.in_subsegment("outer"), recorder.in_subsegment("inner"):
            return "fine"

    emitted = visited(view)
    assert emitted.rows(TRACE_ID) == 3
    assert emitted.rows("another") == 0


class XRayLooks:
    """A context that notes how a trace was asked for."""

    def xray_trace(self, trace_id: str, **asked: Any) -> pd.DataFrame:
        self.asked = asked
        return pd.DataFrame()


def test_as_many_rows_are_waited_for_as_left(
    visited: Callable[..., Emitted],
) -> None:
    context: Any = XRayLooks()
    arrived(context, TRACE_ID, visited(lambda: "fine"), extra=["metadata"])
    assert (context.asked["spans"], context.asked["extra"]) == (1, ["metadata"])
    assert "daemon ✗" in context.asked["diagnose"]()


def test_nothing_is_waited_for_where_nothing_left() -> None:
    context: Any = XRayLooks()
    arrived(context, TRACE_ID, Emitted())
    assert context.asked["spans"] == 0
    assert "no segment was begun" in context.asked["diagnose"]()


def test_a_view_without_an_answer_is_said_in_words(
    visited: Callable[..., Emitted],
) -> None:
    def picks() -> None:
        pass

    with pytest.raises(Miss, match="picks returns None; a view returns what"):
        visited(picks)


def test_a_hook_that_forgets_the_response_is_said_in_words() -> None:
    def annotate(response: object) -> None:
        pass

    app = with_hook(with_view(Flask("app"), "/view", lambda: "fine"), annotate)
    with pytest.raises(Miss, match=r"annotate returns None; .*`return response`"):
        visit(app, "/view", TRACE_ID)


def test_the_exception_behind_a_500_is_named() -> None:
    app = with_view(Flask("app"), "/view", lambda: {}["plan"])
    with pytest.raises(Miss, match="answered with 500, because of KeyError: 'plan'"):
        visit(app, "/view", TRACE_ID)


@pytest.mark.parametrize("user", ["caetano", None])
def test_a_visitor_is_who_the_check_says(user: str | None) -> None:
    def view() -> dict[str, object]:
        return {"user": request.headers.get("X-Kittiwake-User")}

    answer = visit(with_view(Flask("app"), "/view", view), "/view", TRACE_ID, user=user)
    assert answer.get_json() == {"user": user}


def test_metadata_is_read_from_every_namespace() -> None:
    entity = pd.Series({"metadata": {"default": {"a": 1}, "kittiwake": {"b": 2}}})
    assert metadata(entity) == {"a": 1, "b": 2}
    assert metadata(pd.Series({"metadata": float("nan")})) == {}
