"""OpenTelemetry's three paths on the gateway."""

import time

import pytest
import requests
from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

JSON, PROTOBUF = "application/json", "application/x-protobuf"
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=lab/20261122/us-east-1/{}/aws4_request, Signature=0"
)


def metrics(*values):
    now = time.time_ns()
    points = [{"timeUnixNano": str(now), "asDouble": value} for value in values]
    metric = {"name": "birds", "gauge": {"dataPoints": points}}
    return {"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}


def logs(text):
    record = {"timeUnixNano": str(time.time_ns()), "body": {"stringValue": text}}
    return {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}


@pytest.fixture
def post(gateway, fresh):
    """Posts an OTLP request, as JSON, or as protobuf of a message type."""

    def send(path, document, message=None, service="", **headers):
        if service:
            headers["Authorization"] = SIGNED.format(service)
        kind = {"Content-Type": PROTOBUF if message else JSON}
        found = json_format.ParseDict(document, (message or _REQUESTS[path])())
        text = json_format.MessageToJson(found)
        body = found.SerializeToString() if message else text
        return requests.post(
            gateway + path, data=body, headers={**kind, **headers}, timeout=30
        )

    return send


_REQUESTS = {
    "/v1/metrics": ExportMetricsServiceRequest,
    "/v1/logs": ExportLogsServiceRequest,
}


@pytest.mark.parametrize("service", ["", "monitoring"])
def test_metrics_become_data_points(post, client, service):
    answer = post("/v1/metrics", metrics(3.0), service=service)
    assert (answer.status_code, answer.json()) == (200, {})
    (listed,) = client("cloudwatch").list_metrics()["Metrics"]
    assert listed == {"Namespace": "default", "MetricName": "birds", "Dimensions": []}


def test_an_answer_comes_in_the_requests_own_encoding(post):
    document = metrics(3.0, "NaN")
    answer = post("/v1/metrics", document, ExportMetricsServiceRequest)
    assert answer.headers["Content-Type"] == PROTOBUF
    told = ExportMetricsServiceResponse.FromString(answer.content)
    assert told.partial_success.rejected_data_points == 1
    told = post("/v1/metrics", document).json()
    assert told["partialSuccess"]["rejectedDataPoints"] == "1"


def test_log_records_go_to_the_stream_that_headers_name(post, client):
    client("logs").create_log_group(logGroupName="birds")
    place = {"logGroupName": "birds", "logStreamName": "north"}
    client("logs").create_log_stream(**place)
    named = {"x-aws-log-group": "birds", "x-aws-log-stream": "north"}
    answer = post("/v1/logs", logs("a tern"), service="logs", **named)
    assert (answer.status_code, answer.json()) == (200, {})
    (event,) = client("logs").get_log_events(**place)["events"]
    assert "a tern" in event["message"]


def test_logs_without_a_place_are_refused(post):
    assert post("/v1/logs", logs("a tern")).status_code == 400


@pytest.mark.parametrize("path", ["/v1/metrics", "/v1/logs"])
def test_an_object_of_that_name_is_not_otlp(gateway, client, path):
    client("s3").create_bucket(Bucket="v1x")
    headers = {"Authorization": SIGNED.format("s3"), "Content-Type": JSON}
    answer = requests.post(gateway + path, data=b"{}", headers=headers, timeout=30)
    assert "xml" in answer.headers["Content-Type"]
