"""GetTraceSummaries: every field, the time ranges, filters, sampling, pages."""

from collections.abc import Callable
from typing import Any

import pytest

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.xray.engine import XRay
from lab_emulators.aws.xray.operations import trace_summaries

Json = dict[str, Any]
Document = Callable[..., Json]
Put = Callable[..., list[dict[str, str]]]
Find = Callable[..., list[Json]]
API = {"Name": "api", "Names": ["api"], "AccountId": "123456789012"}


def trace_id(number: int) -> str:
    return f"1-65600000-{number:024x}"


def ask(xray: XRay, **more: Any) -> Json:
    return xray.call("GetTraceSummaries", {"StartTime": 0, "EndTime": 3600} | more)


def refused(xray: XRay, **more: Any) -> str:
    with pytest.raises(AwsError) as caught:
        ask(xray, **more)
    assert caught.value.code == "InvalidRequestException"
    return caught.value.message


def test_a_summary_has_every_field(put: Put, find: Find, document: Document) -> None:
    request = {"url": "http://h/", "method": "GET", "user_agent": "u", "client_ip": "1"}
    http = {"request": request, "response": {"status": 429}}
    aws = {"ec2": {"instance_id": "i-1", "availability_zone": "us-east-1a"}}
    call = {"id": "b" * 16, "name": "SQS", "namespace": "aws", "start_time": 100.5}
    call |= {"end_time": 102.0, "annotations": {"n": 1}}
    more = {"http": http, "aws": aws, "error": True, "throttle": True, "user": "ann"}
    more |= {"resource_arn": "arn:x", "annotations": {"n": 1, "t": "x", "b": True}}
    put(document(subsegments=[call], **more))
    (found,) = find()
    queue = {"Name": "SQS", "Names": ["SQS"], "Type": "AWS::SQS"}
    assert found.pop("ErrorRootCauses")[0]["ClientImpacting"] is True
    assert found.pop("ResponseTimeRootCauses")[0]["Services"][0]["Name"] == "api"
    assert found == {
        "Id": document()["trace_id"],
        "StartTime": 100.0,
        "Duration": 2.0,
        "ResponseTime": 1.0,
        "HasFault": False,
        "HasError": True,
        "HasThrottle": True,
        "IsPartial": False,
        "Http": {
            "HttpURL": "http://h/",
            "HttpStatus": 429,
            "HttpMethod": "GET",
            "UserAgent": "u",
            "ClientIp": "1",
        },
        "Annotations": {
            "n": [{"AnnotationValue": {"NumberValue": 1}, "ServiceIds": [API]}],
            "t": [{"AnnotationValue": {"StringValue": "x"}, "ServiceIds": [API]}],
            "b": [{"AnnotationValue": {"BooleanValue": True}, "ServiceIds": [API]}],
        },
        "Users": [{"UserName": "ann", "ServiceIds": [API]}],
        "ServiceIds": [API, queue],
        "ResourceARNs": [{"ARN": "arn:x"}],
        "InstanceIds": [{"Id": "i-1"}],
        "AvailabilityZones": [{"Name": "us-east-1a"}],
        "EntryPoint": API,
        "FaultRootCauses": [],
        "Revision": 1,
        "MatchedEventTime": 100.0,
    }


def test_error_and_fault_are_the_roots_throttle_is_anyones(
    put: Put, find: Find, document: Document
) -> None:
    root = document()
    put(root, document(parent_id=root["id"], fault=True, error=True, throttle=True))
    (found,) = find()
    assert not found["HasFault"] and not found["HasError"] and found["HasThrottle"]


def test_an_annotation_lists_each_value_with_the_services_that_set_it(
    put: Put, find: Find, document: Document
) -> None:
    root = document(annotations={"k": "x"})
    other = document(name="b", parent_id=root["id"], annotations={"k": "x"})
    third = document(name="c", parent_id=root["id"], annotations={"k": 1})
    put(root, other, third)
    values = find()[0]["Annotations"]["k"]
    names = [[service["Name"] for service in v["ServiceIds"]] for v in values]
    assert names == [["api", "b"], ["c"]]


@pytest.mark.parametrize("case", ["in progress", "traced", "lost", "whole"])
def test_a_trace_is_partial_while_something_is_missing(
    put: Put, find: Find, document: Document, case: str
) -> None:
    call = {"id": "b" * 16, "name": "b", "namespace": "remote", "start_time": 100.0}
    call |= {"end_time": 100.5, "http": {"request": {"traced": True}}}
    match case:
        case "in progress":
            put(document(in_progress=True))
        case "traced":
            put(document(subsegments=[call]))
        case "lost":
            lost = document(type="subsegment", parent_id="f" * 16)
            put(document(), lost)
        case "whole":
            put(document(subsegments=[call]), document(parent_id="b" * 16))
    (found,) = find()
    assert found["IsPartial"] is (case != "whole")
    assert ("ResponseTime" in found) is (case != "in progress")


@pytest.mark.parametrize(
    ("kind", "moment"), [("TraceId", 100.0), ("Service", 101.0), ("Event", 500.0)]
)
def test_a_time_range_is_half_open_and_of_the_time_asked_for(
    xray: XRay, clock: Any, put: Put, document: Document, kind: str, moment: float
) -> None:
    clock.now = 500.0
    put(document())

    def found(start: float, end: float) -> list[float]:
        answer = ask(xray, StartTime=start, EndTime=end, TimeRangeType=kind)
        return [item["MatchedEventTime"] for item in answer["TraceSummaries"]]

    assert found(moment, moment + 1) == [moment]
    assert found(moment - 1, moment) == []
    assert found(moment + 0.001, moment + 1) == []


def test_an_empty_range_and_one_beyond_a_day_are_refused(xray: XRay) -> None:
    assert "later than StartTime" in refused(xray, StartTime=5, EndTime=5)
    assert "24 hours" in refused(xray, EndTime=24 * 3600 + 1)
    assert ask(xray, EndTime=24 * 3600)["TraceSummaries"] == []
    assert "timeRangeType" in refused(xray, TimeRangeType="Never")


def test_a_bad_filter_is_refused_with_its_place(xray: XRay) -> None:
    assert refused(xray, FilterExpression="ok nonsense").endswith("at position 4")
    assert "no group 'g'" in refused(xray, FilterExpression='group.name = "g"')


def test_pages_are_newest_first_and_count_what_they_looked_at(
    xray: XRay, put: Put, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace_summaries, "PAGE", 2)
    for number in range(9):
        own = {"start_time": 100.0 + number, "end_time": 200.0, "fault": number % 2}
        put(document(trace_id=trace_id(number), **own | {"fault": number % 2 == 1}))
    pages, token = [], None
    while True:
        page = ask(xray, FilterExpression="fault", NextToken=token)
        pages.append(page)
        if (token := page.get("NextToken")) is None:
            break
    found = [[s["StartTime"] for s in page["TraceSummaries"]] for page in pages]
    assert found == [[107.0, 105.0], [103.0, 101.0]]
    assert sum(page["TracesProcessedCount"] for page in pages) == 9
    assert [page["ApproximateTime"] for page in pages] == [105.0, 0.0]


def test_a_trace_that_comes_between_pages_moves_nothing(
    xray: XRay, put: Put, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace_summaries, "PAGE", 1)
    put(document(trace_id=trace_id(1)), document(trace_id=trace_id(2)))
    first = ask(xray)
    put(document(trace_id=trace_id(3)))
    second = ask(xray, NextToken=first["NextToken"])
    found = [page["TraceSummaries"][0]["Id"] for page in (first, second)]
    assert found == [trace_id(2), trace_id(1)]


@pytest.mark.parametrize("token", ["nonsense", "e30=", "WzEsIDIsIDNd", "é"])
def test_a_token_nobody_gave_is_refused(xray: XRay, token: str) -> None:
    assert refused(xray, NextToken=token) == "Invalid NextToken"


def test_sampling_leaves_a_share_and_the_same_one_every_time(
    xray: XRay, put: Put, document: Document
) -> None:
    put(*(document(trace_id=trace_id(number)) for number in range(60)))

    def counted(**more: Any) -> int:
        return len(ask(xray, **more)["TraceSummaries"])

    half = {"Name": "FixedRate", "Value": 0.5}
    assert 15 < counted(SamplingStrategy=half) < 45
    assert ask(xray, SamplingStrategy=half) == ask(xray, SamplingStrategy=half)
    assert counted(SamplingStrategy={"Name": "PartialScan", "Value": 0.25}) == 15
    assert counted(Sampling=False, SamplingStrategy=half) == counted() == 60
    assert counted(Sampling=True) == 60
    message = refused(xray, SamplingStrategy=half | {"Value": 2.0})
    assert message == "'SamplingStrategy.Value' must be from 0 to 1"


def test_a_new_document_changes_the_verdict_on_its_trace_alone(
    put: Put, find: Find, document: Document
) -> None:
    put(document(trace_id=trace_id(1), id="a" * 16), document(trace_id=trace_id(2)))
    assert find("fault") == []
    put(document(trace_id=trace_id(1), id="a" * 16, fault=True))
    assert [found["Id"] for found in find("fault")] == [trace_id(1)]
    assert [found["Revision"] for found in find("fault")] == [2]


def test_more_filters_than_are_remembered_still_answer_rightly(
    put: Put, find: Find, document: Document
) -> None:
    put(document())
    for number in (*range(8), *range(8)):
        assert len(find(f"duration > {number - 1}")) == (number < 2)
