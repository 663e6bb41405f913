"""What a check leaves behind in the process: nothing."""

import logging
import os
import threading

import flask
import pytest
from opentelemetry import baggage, context, trace
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.threading import ThreadingInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from lab_helpers.exercises import Book, Desk, Exercise, Miss
from lab_helpers.exercises.checking.in_memory import Recorded
from lab_helpers.exercises.isolation import isolated

TRACEPARENT = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-03"


@pytest.fixture
def left_current():
    """A span that a cell began and never ended."""
    span = Recorded().tracer.start_span("left over")
    token = context.attach(trace.set_span_in_context(span))
    yield span
    context.detach(token)


@pytest.fixture
def logger():
    found = logging.getLogger("tests.isolation")
    before = dict(vars(found)), list(found.handlers)
    yield found
    vars(found).update(before[0], handlers=before[1])


def test_what_a_check_returns_comes_back():
    assert isolated(lambda: 6) == 6


def test_a_context_that_was_attached_is_detached():
    isolated(lambda: context.attach(baggage.set_baggage("app.tenant", "harbor")))
    assert baggage.get_baggage("app.tenant") is None


def test_a_context_is_detached_when_the_check_fails_as_well():
    def fail():
        context.attach(baggage.set_baggage("app.tenant", "harbor"))
        raise Miss("no")

    with pytest.raises(Miss):
        isolated(fail)
    assert baggage.get_baggage("app.tenant") is None


def test_a_span_that_a_cell_left_current_is_none_of_the_checks(left_current):
    assert isolated(trace.get_current_span) is trace.INVALID_SPAN
    assert trace.get_current_span() is left_current


def test_environment_variables_are_as_before(monkeypatch):
    monkeypatch.setenv("KEPT", "1")
    monkeypatch.setenv("GONE", "2")

    def change():
        os.environ.update(KEPT="9", ADDED="3")
        del os.environ["GONE"]

    isolated(change)
    assert (os.environ["KEPT"], os.environ["GONE"]) == ("1", "2")
    assert "ADDED" not in os.environ


def test_a_logger_is_as_before(logger):
    handler = logging.NullHandler()
    logger.handlers = [handler]

    def change():
        logger.setLevel(logging.ERROR)
        logger.addHandler(logging.NullHandler())
        logger.addFilter(lambda record: False)
        logger.propagate, logger.disabled = False, True

    isolated(change)
    assert (logger.level, logger.propagate, logger.disabled) == (0, True, False)
    assert (logger.handlers, logger.filters) == ([handler], [])


def test_a_level_that_was_cached_during_a_check_is_forgotten(logger):
    def change():
        logger.setLevel(logging.ERROR)
        assert not logger.isEnabledFor(logging.WARNING)

    isolated(change)
    assert logger.isEnabledFor(logging.WARNING)


def test_the_root_logger_has_no_handler_more():
    before = list(logging.getLogger().handlers)
    isolated(lambda: logging.getLogger().addHandler(logging.NullHandler()))
    assert logging.getLogger().handlers == before


def test_a_logger_made_by_a_check_is_not_silent_afterwards(request):
    name = f"tests.isolation.{request.node.name}"
    isolated(lambda: logging.getLogger(name).setLevel(logging.CRITICAL))
    assert logging.getLogger(name).level == logging.NOTSET


def test_the_global_tracer_provider_can_still_be_set():
    def change():
        trace.set_tracer_provider(TracerProvider(shutdown_on_exit=False))
        return trace.get_tracer_provider()

    before = trace.get_tracer_provider()
    made = [isolated(change), isolated(change)]
    assert len({id(one) for one in (before, *made)}) == 3
    assert trace.get_tracer_provider() is before


def test_an_instrumentor_that_was_switched_on_is_off_again():
    run, begin = threading.Thread.run, flask.Flask

    def change():
        ThreadingInstrumentor().instrument()
        FlaskInstrumentor().instrument()

    isolated(change)
    assert (threading.Thread.run, flask.Flask) == (run, begin)
    assert not ThreadingInstrumentor().is_instrumented_by_opentelemetry


def test_an_instrumentor_that_the_page_switched_on_stays_on():
    ThreadingInstrumentor().instrument()
    try:
        isolated(lambda: None)
        assert ThreadingInstrumentor().is_instrumented_by_opentelemetry
    finally:
        ThreadingInstrumentor().uninstrument()


BUILD = """
import flask
from opentelemetry.instrumentation.flask import FlaskInstrumentor

def build():
    app = flask.Flask("built")
    app.logger.disabled = True
    app.add_url_rule("/", "home", lambda: "home")
    FlaskInstrumentor().instrument_app(app, {argument})
    return app
"""
BY_NAME, BY_POSITION = "tracer_provider=provider", "provider"


@pytest.fixture
def build_desk():
    """A desk whose check visits the student's app in a trace of its own."""
    memory = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(memory))

    def check(namespace, context):
        memory.clear()
        headers = {"traceparent": TRACEPARENT}
        namespace["build"]().test_client().get("/", headers=headers)
        kinds = [span.kind.name for span in memory.get_finished_spans()]
        if kinds != ["SERVER"]:
            raise Miss(f"the visit left {kinds}")

    exercise = Exercise(
        name="build",
        title="Build",
        answer=("build",),
        check=check,
        hints=(),
        solution=BUILD.format(argument=BY_NAME),
        lesson="It is built.",
    )
    return Desk({"provider": provider}, lambda: [Book("09_apps.ipynb", [exercise])])


def test_an_answer_that_crashes_in_flask_does_not_spoil_the_next_one(build_desk):
    said = []
    for argument in (BY_NAME, BY_POSITION, BY_NAME):
        exec(BUILD.format(argument=argument), build_desk.namespace)
        said.append(build_desk.check("build").state.value)
    assert said == ["solved", "not yet", "solved"]
