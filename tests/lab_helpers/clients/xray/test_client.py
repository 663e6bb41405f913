"""The client against botocore's own idea of X-Ray's answers."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from lab_helpers.clients import XRayClient, XRayError, XRayTimeoutError

MOMENT = datetime(2026, 3, 2, 10, tzinfo=UTC)
TRACE_ID = "1-5759e988-bd862e3fe1be46a994272793"


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = MOMENT.timestamp()

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float, /) -> None:
        self.now += seconds


@pytest.fixture
def stub() -> Iterator[Stubber]:
    """A boto3 client that answers what it is told to, in order."""
    client = boto3.client(
        "xray",
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="lab",
        aws_secret_access_key="lab-secret",
    )
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def xray(stub: Stubber) -> XRayClient:
    return XRayClient(stub.client, clock=Clock())


def _summary(number: int, **more: Any) -> dict[str, Any]:
    return {
        "Id": f"1-5759e988-{number:024x}",
        "StartTime": MOMENT,
        "Duration": 0.25,
        "ResponseTime": 0.2,
        "HasFault": False,
        "Http": {"HttpMethod": "GET", "HttpURL": "http://x/health", "HttpStatus": 200},
        **more,
    }


ASKED = {"StartTime": ANY, "EndTime": ANY, "TimeRangeType": "TraceId"}


def test_summaries_are_rows_of_every_page(stub: Stubber, xray: XRayClient) -> None:
    first = {"TraceSummaries": [_summary(2)], "NextToken": "more"}
    stub.add_response("get_trace_summaries", first, ASKED)
    last = {"TraceSummaries": [_summary(1, HasFault=True)]}
    stub.add_response("get_trace_summaries", last, ASKED | {"NextToken": "more"})
    frame = xray.summaries()
    assert frame["response_ms"].tolist() == [200.0, 200.0]
    assert frame["fault"].tolist() == [True, False]
    assert frame["status"].tolist() == [200, 200]


def test_a_window_back_from_now_ends_now(stub: Stubber, xray: XRayClient) -> None:
    window = {
        "StartTime": datetime(2026, 3, 2, 9, 59, tzinfo=UTC),
        "EndTime": MOMENT,
        "TimeRangeType": "TraceId",
        "FilterExpression": "fault",
    }
    stub.add_response("get_trace_summaries", {"TraceSummaries": []}, window)
    assert xray.summaries("fault", time_range=60).empty


def test_annotations_asked_for_are_columns(stub: Stubber, xray: XRayClient) -> None:
    said = {"plan": [{"AnnotationValue": {"StringValue": "paid"}, "ServiceIds": []}]}
    answer = {"TraceSummaries": [_summary(1, Annotations=said)]}
    stub.add_response("get_trace_summaries", answer, ASKED)
    frame = xray.summaries(annotations=["plan", "tenant"])
    assert frame["plan"].tolist() == ["paid"]
    assert frame["tenant"].isna().all()


def test_services_and_users_are_named(stub: Stubber, xray: XRayClient) -> None:
    more = {
        "ServiceIds": [{"Name": "feed"}, {"Name": "api"}, {"Name": "api"}],
        "EntryPoint": {"Name": "api"},
        "Users": [{"UserName": "marisol"}],
    }
    answer = {"TraceSummaries": [_summary(1, **more)]}
    stub.add_response("get_trace_summaries", answer, ASKED)
    row = xray.summaries().iloc[0]
    assert row["services"] == ("api", "feed")
    assert (row["entry"], row["user"]) == ("api", "marisol")


def test_waiting_ends_with_the_traces(stub: Stubber, xray: XRayClient) -> None:
    stub.add_response("get_trace_summaries", {"TraceSummaries": []})
    stub.add_response("get_trace_summaries", {"TraceSummaries": [_summary(1)]})
    assert len(xray.wait_for("ok")) == 1


def test_waiting_in_vain_says_what_to_check(stub: Stubber, xray: XRayClient) -> None:
    for _ in range(30):
        stub.add_response("get_trace_summaries", {"TraceSummaries": []})
    with pytest.raises(XRayTimeoutError, match="every subsegment"):
        xray.wait_for("ok", timeout_s=3)
    stub._queue.clear()  # type: ignore[attr-defined]


def test_a_trace_is_found_by_any_form_of_its_id(
    stub: Stubber, xray: XRayClient
) -> None:
    document = {"id": "0" * 15 + "1", "trace_id": TRACE_ID, "name": "api"}
    document |= {"start_time": 1.5, "end_time": 2.0}  # type: ignore[dict-item]
    segments = [{"Id": document["id"], "Document": json.dumps(document)}]
    answer = {"Traces": [{"Id": TRACE_ID, "Segments": segments}]}
    stub.add_response("batch_get_traces", answer, {"TraceIds": [TRACE_ID]})
    frame = xray.trace("5759e988bd862e3fe1be46a994272793")
    assert frame["name"].tolist() == ["api"]


def test_a_trace_that_is_not_there_says_so(stub: Stubber, xray: XRayClient) -> None:
    answer = {"Traces": [], "UnprocessedTraceIds": [TRACE_ID]}
    stub.add_response("batch_get_traces", answer)
    with pytest.raises(XRayError, match="no segment of it has arrived"):
        xray.trace(TRACE_ID)


def test_a_refusal_keeps_the_words_of_aws(stub: Stubber, xray: XRayClient) -> None:
    stub.add_client_error(
        "get_trace_summaries", "InvalidRequestException", "no such keyword", 400
    )
    with pytest.raises(XRayError) as caught:
        xray.summaries("colour")
    assert caught.value.status == 400
    assert caught.value.message == "InvalidRequestException: no such keyword"


def test_a_group_narrows_the_graph(stub: Stubber, xray: XRayClient) -> None:
    asked = {"StartTime": ANY, "EndTime": ANY, "GroupName": "slow"}
    node = {"ReferenceId": 0, "Name": "api"}
    stub.add_response("get_service_graph", {"Services": [node]}, asked)
    assert [s.name for s in xray.service_graph(group="slow").services] == ["api"]


def test_the_heatmap_counts_each_trace_once(stub: Stubber, xray: XRayClient) -> None:
    answer = {"TraceSummaries": [_summary(n) for n in range(3)]}
    stub.add_response("get_trace_summaries", answer, ASKED)
    grid = xray.heatmap(step_s=60, bins=[100, 150, 220, 300])
    assert grid.per_bucket.tolist() == [0, 3, 0]


def test_nobody_listening_is_said_with_what_to_do() -> None:
    from botocore.config import Config

    client = boto3.client(
        "xray",
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:9",
        aws_access_key_id="lab",
        aws_secret_access_key="lab-secret",
        config=Config(retries={"max_attempts": 0}, connect_timeout=1),
    )
    with pytest.raises(XRayError, match=r"lab\.start"):
        XRayClient(client).summaries()
