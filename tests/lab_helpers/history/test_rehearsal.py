"""What the app itself makes of a request."""

from flask import got_request_exception
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from lab_helpers.app import create_app, engine_of
from lab_helpers.app.people import PEOPLE
from lab_helpers.app.seeding import LASTING_CALLS
from lab_helpers.history.rehearsal import Rehearsal
from lab_helpers.traffic.habits import Errand

HOME = Errand("GET", "/api/feed/home", "/api/feed/home")
POST = Errand("POST", "/api/calls", "/api/calls", {"message": "Gulls.", "ttl": "1d"})


def visited(handle):
    return Errand("GET", "/api/feed/@<handle>", f"/api/feed/@{handle}")


def test_the_huge_timeline_is_huge_and_all_others_are_not():
    app = Rehearsal("")
    rows = {p.handle: app.outcome(p.handle, HOME).item_count for p in PEOPLE}
    huge = {p.handle for p in PEOPLE if p.tenant == "skerry"}
    assert min(rows[handle] for handle in huge) >= 240
    assert max(rows[handle] for handle in rows.keys() - huge) <= 90


def test_the_statements_are_those_that_the_app_runs():
    feed, replies = Rehearsal("").outcome("marisol", HOME).statements
    assert feed.startswith("SELECT calls.id") and "FROM follows" in feed
    assert replies.count("?") == 54
    (insert,) = Rehearsal("").outcome("marisol", POST).statements
    assert insert.startswith("INSERT INTO calls")


def test_an_incident_of_the_feed_asks_for_the_replies_one_by_one():
    outcome = Rehearsal("n_plus_one").outcome("marisol", HOME)
    assert len(outcome.statements) == 1 + outcome.item_count == 55
    assert len(set(outcome.statements)) == 2


def test_a_failure_has_the_frames_of_the_app_alone():
    failure = Rehearsal("naive_times").outcome("caetano", talked()).failure
    assert str(failure).startswith("TypeError: can't subtract offset-naive and")
    first, *frames, last = failure.stacktrace.splitlines()
    assert (first, last) == ("Traceback (most recent call last):", str(failure))
    paths = frames[::2]
    assert [path.rpartition(" ")[2] for path in paths] == [
        "conversation",
        "conversation",
        "_seconds_since",
    ]
    assert all('"lab_helpers/app/' in path for path in paths)


def talked():
    """A conversation of caetano's that has messages in it."""
    usual = Rehearsal("")
    pages = [
        Errand("GET", "/api/messages/@<handle>", f"/api/messages/@{person.handle}")
        for person in PEOPLE
    ]
    return next(page for page in pages if usual.outcome("caetano", page).item_count)


def test_a_post_does_not_change_what_others_see():
    app = Rehearsal("")
    before = app.outcome("marisol", visited("marisol")).item_count
    app.outcome("marisol", POST)
    fresh = Errand("GET", "/api/search", "/api/search?term=gulls.")
    assert app.outcome("bram_v", fresh).item_count == 0
    assert before == 9


def test_refusals_are_those_of_the_app():
    app = Rehearsal("")
    blank = Errand("POST", "/api/calls", "/api/calls", {"message": "", "ttl": "1d"})
    assert app.outcome("marisol", blank).status == 422
    assert app.outcome("marisol", visited("guest100")).status == 404
    assert app.outcome("nobody", HOME).status == 401


def test_a_rehearsal_leaves_no_spans_where_sqlalchemy_is_instrumented():
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    app, instrumentor = create_app(pace=0), SQLAlchemyInstrumentor()
    instrumentor.instrument(engine=engine_of(app), tracer_provider=provider)
    try:
        Rehearsal("").outcome("marisol", HOME)
        assert exporter.get_finished_spans() == ()
        app.test_client().get("/api/feed/home", headers={"X-Kittiwake-User": "marisol"})
        assert exporter.get_finished_spans()
    finally:
        instrumentor.uninstrument()
        provider.shutdown()


def test_a_failure_in_a_rehearsal_is_reported_to_nobody(caplog):
    heard = []

    def listener(sender, exception, **_):
        heard.append(exception)

    with got_request_exception.connected_to(listener):
        assert Rehearsal("naive_times").outcome("caetano", talked()).status == 500
    assert heard == [] and caplog.records == []


def test_each_different_question_is_asked_once(monkeypatch):
    app, asked = Rehearsal(""), []
    ask = app._ask
    monkeypatch.setattr(app, "_ask", lambda *who: asked.append(who) or ask(*who))
    call = Errand("GET", "/api/calls/<id>", f"/api/calls/{LASTING_CALLS[0]}")
    for user in ("marisol", "bram_v"):
        for errand in (HOME, call, visited("guest100"), visited("guest200")):
            app.outcome(user, errand)
    assert len(asked) == 4
