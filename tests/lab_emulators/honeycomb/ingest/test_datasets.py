"""Which dataset rows go to, and how much one request may hold."""

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from lab_emulators.honeycomb.ingest import OtlpError, datasets, decode_traces

PROTOBUF = "application/x-protobuf"


@pytest.fixture(params=["plain", "columnar"])
def batches(request):
    def decode(message):
        body = message.SerializeToString()
        return decode_traces(body, PROTOBUF, decoder=request.param)

    return decode


@pytest.mark.parametrize(
    ("service", "label"),
    [
        ("kittiwake", "kittiwake"),
        ("  My Service! ", "My Service!"),
        ("", "unknown_service"),
        ("   ", "unknown_service"),
        (7, "unknown_service"),
        (None, "unknown_service"),
        ("unknown_service:python", "unknown_service"),
        ("unknown_services", "unknown_service"),
        ("so_unknown_service:go", "so_unknown_service:go"),
    ],
)
def test_the_dataset_is_the_trimmed_service_name(
    batches, span, request_of, service, label
):
    [batch] = batches(request_of(span(), resource={"service.name": service}))
    assert batch.label == label


def test_the_service_name_column_is_kept_as_it_was_sent(
    batches, span, request_of, dicts
):
    [batch] = batches(request_of(span(), resource={"service.name": " Feed API "}))
    assert (batch.table, batch.label) == ("feed-api", "Feed API")
    assert dicts(batch)[0]["service.name"] == " Feed API "


def test_resources_of_one_dataset_share_a_batch_in_order(
    batches, span, request_of, dicts
):
    whole = ExportTraceServiceRequest()
    for service, name in [("Feed", "1"), ("api", "2"), ("feed", "3")]:
        resource = {"service.name": service, "copy": name}
        part = request_of(*[span(name=name)] * 9, resource=resource)
        whole.MergeFrom(part)
    feed, api = batches(whole)
    assert (feed.table, feed.label, api.table) == ("feed", "Feed", "api")
    assert [row["copy"] for row in dicts(feed)] == ["1"] * 9 + ["3"] * 9


def test_each_scope_keeps_its_own_columns_and_rate(
    batches, span, request_of, pairs, dicts
):
    request = request_of(*[span({"who": "span"})] * 9)
    scopes = request.resource_spans[0].scope_spans
    scopes.add(spans=[span()] * 9).scope.attributes.extend(
        pairs({"who": "scope", "sampleRate": 4})
    )
    [batch] = batches(request)
    assert [row["who"] for row in dicts(batch)] == ["span"] * 9 + ["scope"] * 9
    assert batch.sample_rate.tolist() == [1] * 9 + [4] * 9


def test_a_request_without_spans_is_no_batches(batches, request_of):
    assert batches(request_of(resource={"service.name": "quiet"})) == []
    assert batches(ExportTraceServiceRequest()) == []


def test_more_rows_than_the_limit_are_refused(batches, span, request_of, monkeypatch):
    monkeypatch.setattr(datasets, "MAX_ROWS", 20)
    assert len(batches(request_of(*[span()] * 20))[0]) == 20
    with pytest.raises(OtlpError, match="21 events"):
        batches(request_of(*[span()] * 19, span(events=[{}])))


def test_more_columns_than_fit_are_refused(batches, span, request_of, monkeypatch):
    monkeypatch.setattr(datasets, "MAX_CELLS", 400)
    assert batches(request_of(*[span({"same": i}) for i in range(20)]))
    with pytest.raises(OtlpError, match="into values, not into keys"):
        batches(request_of(*[span({f"key {i}": 1}) for i in range(20)]))


def test_more_services_than_the_limit_are_refused(
    batches, span, request_of, monkeypatch
):
    monkeypatch.setattr(datasets, "MAX_DATASETS", 3)
    whole = ExportTraceServiceRequest()
    for number in range(4):
        assert batches(whole) is not None
        whole.MergeFrom(request_of(span(), resource={"service.name": f"s{number}"}))
    with pytest.raises(OtlpError, match="4 different service names"):
        batches(whole)


@pytest.mark.parametrize("kind", ["text/plain", "", "application/msgpack"])
def test_another_content_type_is_refused(kind):
    with pytest.raises(OtlpError, match="neither protobuf nor JSON"):
        decode_traces(b"", kind)
