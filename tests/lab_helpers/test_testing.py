import opentelemetry.sdk.trace as sdk
import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanKind

from lab_helpers.analysis.columns import TRACE_COLUMNS
from lab_helpers.testing import CountedIds, SteadyClock, frame_of_dicts, trace_frame


@pytest.fixture
def clock():
    with SteadyClock().driving_spans() as steady:
        yield steady


@pytest.fixture
def memory():
    return InMemorySpanExporter()


@pytest.fixture
def tracer(memory):
    provider = TracerProvider(
        resource=Resource.create({"service.name": "api"}),
        id_generator=CountedIds(),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(SimpleSpanProcessor(memory))
    return provider.get_tracer("test")


def test_a_trace_by_counted_ids_and_a_steady_clock_is_the_same_each_time(
    clock, memory, tracer
):
    request = tracer.start_as_current_span("request", kind=SpanKind.SERVER)
    with request, tracer.start_as_current_span("query"):
        clock.sleep(0.020)
    root, child = trace_frame(memory.get_finished_spans()).to_dict("records")
    assert (root["span_id"], child["parent_id"]) == ("0000000000000001",) * 2
    assert (root["trace_id"], root["kind"], root["service"]) == (
        f"{1:032x}",
        "server",
        "api",
    )
    assert (root["duration_ms"], child["duration_ms"]) == (23.0, 21.0)
    assert str(root["start"]) == "2026-01-05 09:00:00+00:00"


def test_attributes_are_columns_behind_the_ones_every_trace_has(clock, memory, tracer):
    with tracer.start_as_current_span("request", attributes={"app.plan": "pro"}):
        pass
    frame = trace_frame(memory.get_finished_spans())
    assert tuple(frame.columns) == (*TRACE_COLUMNS, "app.plan")
    assert str(frame["start"].dtype) == "datetime64[ns, UTC]"


def test_events_and_links_are_rows_of_their_own(clock, memory, tracer):
    with tracer.start_as_current_span("cause") as cause:
        pass
    link = Link(cause.get_span_context(), {"why": "retry"})
    with tracer.start_as_current_span("request", links=[link]) as span:
        span.add_event("cache miss", {"key": "k1"})
    rows = trace_frame(memory.get_finished_spans()).set_index("annotation")
    assert rows.loc["span_event", ["name", "key"]].tolist() == ["cache miss", "k1"]
    assert rows.loc["span_event", "parent_id"] == "0000000000000002"
    assert rows.loc["link", "why"] == "retry"


def test_an_exception_that_leaves_the_span_marks_it(clock, memory, tracer):
    with pytest.raises(KeyError), tracer.start_as_current_span("request"):
        raise KeyError("handle")
    frame = trace_frame(memory.get_finished_spans())
    assert frame.loc[frame["annotation"] == "span", "status"].tolist() == ["error"]
    assert frame["error"].tolist() == [True, False]


def test_a_root_has_no_parent_as_pandas_says_it(clock, memory, tracer):
    with tracer.start_as_current_span("request"):
        pass
    frame = trace_frame(memory.get_finished_spans())
    assert frame["parent_id"].isna().all()
    assert frame["parent_id"].dtype == "str"


def test_no_spans_make_an_empty_frame_with_every_column():
    frame = trace_frame([])
    assert len(frame) == 0
    assert tuple(frame.columns) == TRACE_COLUMNS


def test_the_computers_clock_comes_back():
    before = sdk.time_ns
    with SteadyClock().driving_spans():
        assert sdk.time_ns is not before
    assert sdk.time_ns is before


def test_a_span_that_has_not_ended_is_refused(tracer):
    with pytest.raises(ValueError, match="has not ended"):
        trace_frame([tracer.start_span("open")])


PAGE = {"name": "GET /", "id": "a", "parent": None, "start": 0, "ms": 11}
STEP = {"name": "step", "id": "b", "parent": "a", "start": 1, "ms": 9}


def test_dicts_make_the_frame_that_spans_of_the_same_times_make(clock, memory, tracer):
    with tracer.start_as_current_span("GET /"), tracer.start_as_current_span("step"):
        clock.sleep(0.008)
    of_spans = trace_frame(memory.get_finished_spans())
    of_dicts = frame_of_dicts([STEP, PAGE], service=of_spans["service"][0])
    ids = ["span_id", "parent_id"]
    assert of_dicts.dtypes.equals(of_spans[of_dicts.columns].dtypes)
    same = [name for name in TRACE_COLUMNS if name not in ids]
    assert of_dicts[same].equals(of_spans[same])
    assert of_dicts["parent_id"].isna().tolist() == [True, False]


def test_no_dicts_make_an_empty_frame_with_every_column():
    assert tuple(frame_of_dicts([]).columns) == TRACE_COLUMNS
