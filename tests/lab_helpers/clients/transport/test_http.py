from email.utils import formatdate

import pytest
import requests
from google.rpc.status_pb2 import Status
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from lab_helpers.clients import HoneycombClient, HoneycombError, HoneycombTimeoutError
from lab_helpers.clients.honeycomb.api import HONEYCOMB
from lab_helpers.clients.transport.http import Http
from lab_helpers.clients.transport.waiting import Wait

KEY = "aConfigurationKey00000"
PROTOBUF = "application/x-protobuf"
LIMITED = {"error": "You have exceeded your rate limit."}


def test_nothing_listening_says_to_start_the_lab() -> None:
    with (
        HoneycombClient("key", "http://127.0.0.1:9") as client,
        pytest.raises(
            HoneycombError, match=r"nothing listens at http://127\.0\.0\.1:9"
        ) as caught,
    ):
        client.datasets()
    assert caught.value.status is None
    assert "lab.start()" in caught.value.advice


def test_a_rate_limit_is_waited_out_as_long_as_it_asks(fake, client, clock) -> None:
    date = formatdate(clock.now + 7, usegmt=True)
    fake.refusals["GET /1/datasets"] = [
        (429, {"Retry-After": date}, LIMITED),
        (429, {"Retry-After": "3"}, LIMITED),
    ]
    client.datasets()
    assert sum(clock.slept) == pytest.approx(10)


def test_a_limit_without_retry_after_waits_for_the_reset(fake, client, clock) -> None:
    headers = {"Ratelimit": "limit=10, remaining=0, reset=12"}
    fake.refusals["GET /1/datasets"] = [(429, headers, LIMITED)]
    client.datasets()
    assert sum(clock.slept) == pytest.approx(12)


def test_a_spent_allowance_alone_is_no_reason_to_wait(fake, client, clock) -> None:
    fake.add_dataset("api")
    fake.headers = {"RateLimit": "limit=1, remaining=0, reset=60"}
    client.query("api", {})
    client.query("api", {})
    assert not clock.slept


def test_a_limit_beyond_the_deadline_is_an_error_at_once(fake, client, clock) -> None:
    fake.refusals["GET /1/datasets"] = [(429, {"Retry-After": "200"}, LIMITED)]
    with pytest.raises(HoneycombTimeoutError, match="asks to wait 200 s") as caught:
        client.datasets()
    assert caught.value.status == 429
    assert sum(clock.slept) == 0


def test_a_busy_service_is_asked_again(fake, client, clock) -> None:
    fake.refusals["GET /1/datasets"] = [(503, {}, "busy"), (502, {}, "busy")]
    client.datasets()
    assert len(fake.asked) == 3
    assert sum(clock.slept) == pytest.approx(1.5)


def test_a_failure_of_the_service_is_not_repeated(fake, client) -> None:
    fake.refusals["GET /1/datasets"] = [(500, {}, {"error": "oops"})]
    with pytest.raises(HoneycombError, match="GET /1/datasets answered 500: oops"):
        client.datasets()
    assert len(fake.asked) == 1


def test_the_details_of_a_problem_are_told(fake, client) -> None:
    fake.add_dataset("api")
    problem = {
        "error": "The provided input is invalid.",
        "type_detail": [
            {"field": "limit", "code": "invalid", "description": "too big"}
        ],
    }
    fake.refusals["POST /1/queries"] = [(422, {}, problem)]
    with pytest.raises(HoneycombError, match=r"is invalid\. \(limit: too big\)"):
        client.query("api", {})


def test_an_answer_that_is_not_json_is_shown(fake, client) -> None:
    fake.refusals["GET /1/datasets"] = [(200, {}, "<html>proxy</html>")]
    with pytest.raises(HoneycombError, match="not JSON: '<html>proxy"):
        client.datasets()


def test_an_answer_of_the_wrong_kind_is_shown(fake, client) -> None:
    fake.refusals["GET /1/datasets"] = [(200, {}, {"data": []})]
    with pytest.raises(HoneycombError, match="expected a list, got"):
        client.datasets()


def test_a_proxy_from_the_environment_does_not_take_loopback_calls(
    fake, monkeypatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with HoneycombClient("aConfigurationKey00000", fake.url) as client:
        assert len(client.datasets()) == 0


def test_asking_leaves_no_span_in_an_instrumented_process(fake, client) -> None:
    memory = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    instrumentor = RequestsInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    try:
        client.datasets()
        requests.get(fake.url, timeout=5)
    finally:
        instrumentor.uninstrument()
    assert len(memory.get_finished_spans()) == 1


def test_an_upload_waits_out_limits_and_busy_servers(fake, clock) -> None:
    fake.refusals["POST /1/queries"] = [
        (429, {"Retry-After": "7"}, LIMITED),
        (503, {}, {"error": "busy"}),
    ]
    fake.add_dataset("api")
    http = Http(HONEYCOMB, fake.url, KEY, clock)
    with Wait(60, "waiting", clock) as wait:
        http.upload("/1/queries/api", b"{}", PROTOBUF, wait)
    http.close()
    assert len(fake.bodies("POST /1/queries")) == 3
    assert sum(clock.slept) == pytest.approx(7.5)


def test_a_refused_upload_says_why_even_in_protobuf(fake, clock) -> None:
    refusal = Status(code=3, message="no such thing").SerializeToString().decode()
    headers = {"Content-Type": PROTOBUF}
    fake.refusals["POST /1/queries"] = [(400, headers, refusal)]
    http = Http(HONEYCOMB, fake.url, KEY, clock)
    with (
        Wait(60, "waiting", clock) as wait,
        pytest.raises(HoneycombError, match="answered 400: no such thing"),
    ):
        http.upload("/1/queries/api", b"{}", PROTOBUF, wait)
    http.close()
