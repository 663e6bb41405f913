"""Converted spans are segments like any other to the engine."""

import json

import pytest

from lab_emulators.aws.xray.engine import XRay
from lab_emulators.store import Store


@pytest.fixture
def engine(tmp_path):
    with Store.open(tmp_path / "segments.duckdb") as store:
        yield XRay(store)


@pytest.fixture
def send(engine):
    """Puts documents, all of which must be taken; the graph of their traces."""

    def put(documents):
        texts = list(map(json.dumps, documents))
        asked = {"TraceSegmentDocuments": texts}
        assert engine.call("PutTraceSegments", asked) == {
            "UnprocessedTraceSegments": []
        }
        ids = sorted({document["trace_id"] for document in documents})
        services = engine.call("GetTraceGraph", {"TraceIds": ids})["Services"]
        return {service["ReferenceId"]: service for service in services}

    return put


def edges(services):
    return {
        (service["Name"], services[edge["ReferenceId"]]["Name"])
        for service in services.values()
        for edge in service["Edges"]
    }


def test_an_app_instrumented_with_opentelemetry_shows_in_the_graph(sdk, send):
    services = send(list(sdk.get("/calls/7").values()))
    assert ("127.0.0.1", "api") in edges(services)
    assert ("api", "SELECT") in edges(services)
    types = {service["Name"]: service.get("Type") for service in services.values()}
    assert types["SELECT"] == "Database::SQL"


def test_a_fault_counts_at_the_service_and_at_its_caller(sdk, send):
    services = send(list(sdk.get("/broken").values()))
    faults = {
        service["Name"]: service["SummaryStatistics"]["FaultStatistics"]["TotalCount"]
        for service in services.values()
        if service.get("Type") != "client"
    }
    assert faults == {"127.0.0.1": 1, "api": 1}


def test_everything_a_span_may_carry_is_taken_by_the_engine(convert, send, failed):
    attributes = {
        "aws.xray.annotations": ["a.b", "text", "number"],
        "a.b": True,
        "text": "x" * 600,
        "number": 1.5,
        "nested": {"list": [1, {"deep": None}]},
        "http.method": "GET",
        "http.status_code": 500,
        "enduser.id": "ada",
    }
    event = {"exception.type": "E", "exception.message": "m" * 9_000}
    documents = convert(
        attributes, name="s" * 400, status=failed, events=[("exception", event)]
    )
    assert "s" * 200 in {service["Name"] for service in send(documents).values()}
