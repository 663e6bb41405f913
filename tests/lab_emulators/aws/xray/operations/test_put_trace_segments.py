"""PutTraceSegments and BatchGetTraces by their API."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.xray.engine import XRay
from lab_emulators.aws.xray.operations.put_trace_segments import put_telemetry

Document = Callable[..., dict[str, Any]]
Put = Callable[..., list[dict[str, str]]]
TRACE = "1-65600000-0123456789abcdef01234567"


def get(xray: XRay, *trace_ids: str, **more: Any) -> dict[str, Any]:
    return xray.call("BatchGetTraces", {"TraceIds": list(trace_ids), **more})


def only_document(xray: XRay) -> dict[str, Any]:
    (segment,) = get(xray, TRACE)["Traces"][0]["Segments"]
    found: dict[str, Any] = json.loads(segment["Document"])
    assert segment["Id"] == found["id"]
    return found


def another(number: int) -> str:
    return f"1-65600000-{number:024x}"


def test_bad_documents_are_named_and_the_good_ones_kept(
    xray: XRay, put: Put, document: Document
) -> None:
    refused = put(document(), "{", document(id="x"), document(id="e" * 16))
    assert [error["ErrorCode"] for error in refused] == ["JSONFormatError", "InvalidId"]
    assert [error.get("Id") for error in refused] == [None, "x"]
    assert len(get(xray, TRACE)["Traces"][0]["Segments"]) == 2


def test_the_last_document_of_an_id_wins(
    xray: XRay, put: Put, document: Document
) -> None:
    put(document(id="a" * 16, name="old"), document(id="a" * 16, name="new"))
    assert only_document(xray)["name"] == "new"
    put(document(id="a" * 16, name="newest"))
    assert only_document(xray)["name"] == "newest"


@pytest.mark.parametrize("calls", [1, 2])
@pytest.mark.parametrize("order", ["in time", "overtaken"])
def test_a_complete_segment_replaces_the_one_in_progress_even_if_overtaken(
    xray: XRay, put: Put, document: Document, calls: int, order: str
) -> None:
    begun = document(id="a" * 16, in_progress=True)
    del begun["end_time"]
    documents = [begun, document(id="a" * 16)]
    if order == "overtaken":
        documents.reverse()
    for number in range(calls):
        put(*documents[number::calls])
    assert only_document(xray)["end_time"] == 101.0


def test_unknown_traces_are_named(xray: XRay, put: Put, document: Document) -> None:
    put(document())
    answer = get(xray, another(1), TRACE)
    assert answer["UnprocessedTraceIds"] == [another(1)]
    assert [trace["Id"] for trace in answer["Traces"]] == [TRACE]


def test_duration_is_from_the_earliest_start_to_the_latest_end(
    xray: XRay, put: Put, document: Document
) -> None:
    put(document(), document(start_time=100.5, end_time=103.25))
    assert get(xray, TRACE)["Traces"][0]["Duration"] == 3.25


def test_traces_come_in_pages(xray: XRay, put: Put, document: Document) -> None:
    wanted = [another(number) for number in range(5)]
    put(*(document(trace_id=trace_id) for trace_id in wanted))
    found, token = [], None
    while True:
        page = get(xray, *wanted, NextToken=token)
        found += [trace["Id"] for trace in page["Traces"]]
        if (token := page.get("NextToken")) is None:
            break
    assert found == wanted


@pytest.mark.parametrize(
    "wanted", [[], [another(n) for n in range(6)], ["4efaaf4d1e8720b39541901950019ee5"]]
)
def test_more_than_five_none_or_a_malformed_id_is_refused(
    xray: XRay, wanted: list[str]
) -> None:
    with pytest.raises(AwsError) as caught:
        get(xray, *wanted)
    assert caught.value.code == "InvalidRequestException"


def test_a_trace_beyond_its_limit_says_so_and_stays_within_it(
    xray: XRay, put: Put, document: Document
) -> None:
    sent = [document(metadata={"m": "x" * 60_000}) for _ in range(10)]
    assert put(*sent) == []
    (trace,) = get(xray, TRACE)["Traces"]
    assert trace["LimitExceeded"] is True
    assert len(trace["Segments"]) == 8
    assert get(xray, TRACE)["Traces"] == [trace]


def test_what_is_no_list_of_documents_is_refused(xray: XRay) -> None:
    with pytest.raises(AwsError, match="TraceSegmentDocuments"):
        xray.call("PutTraceSegments", {})
    assert xray.call("PutTraceSegments", {"TraceSegmentDocuments": [3]})[
        "UnprocessedTraceSegments"
    ][0]["ErrorCode"] == ("JSONFormatError")


def test_a_number_beyond_all_floats_comes_back_as_null(
    xray: XRay, put: Put, document: Document
) -> None:
    text = json.dumps(document(metadata={"m": [1]}, annotations={"a": 1, "b": 2}))
    assert put(text.replace("[1]", "[1e999]").replace('"a": 1', '"a": -1e999')) == []
    assert only_document(xray)["metadata"] == {"m": [None]}
    asked = {"StartTime": 0, "EndTime": 3600}
    (found,) = xray.call("GetTraceSummaries", asked)["TraceSummaries"]
    assert list(found["Annotations"]) == ["b"]


def test_telemetry_is_taken_and_checked(refusal):
    record = {"Timestamp": 1_700_000_000, "SegmentsReceivedCount": 3}
    assert put_telemetry({"TelemetryRecords": [record]}) == {}
    error = refusal(put_telemetry, TelemetryRecords=[{"Timestamp": "now"}])
    assert "must be a timestamp" in error.message


@pytest.mark.parametrize(
    "operation",
    ["PutResourcePolicy", "PutEncryptionConfig", "GetTimeSeriesServiceStatistics"],
)
def test_what_nobody_uses_is_refused_by_name(xray, refusal, operation):
    error = refusal(lambda given: xray.call(operation, given))
    assert error.message == f"not emulated locally: xray.{operation}"


RULE = {
    "RuleName": "r",
    "ResourceARN": "*",
    "Priority": 1,
    "FixedRate": 0.1,
    "ReservoirSize": 1,
    "ServiceName": "*",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "*",
    "URLPath": "*",
    "Version": 1,
}


@pytest.mark.parametrize(
    ("operation", "named"),
    [
        ("CreateGroup", {"GroupName": "g"}),
        ("CreateSamplingRule", {"SamplingRule": RULE}),
    ],
)
def test_tags_are_refused_by_name(xray, refusal, operation, named):
    tags = [{"Key": "owner", "Value": "ada"}]
    error = refusal(lambda given: xray.call(operation, given), Tags=tags, **named)
    assert error.message == f"not emulated locally: xray.{operation} with Tags"
