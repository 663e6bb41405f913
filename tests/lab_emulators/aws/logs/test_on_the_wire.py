"""CloudWatch Logs through the gateway, asked by boto3."""

import json
import time

import pytest
from botocore.exceptions import ClientError
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource

ROLE = "arn:aws:iam::123456789012:role/logs"


@pytest.fixture
def logs(client):
    """A client for a local AWS with stream `s` in group `g`."""
    made = client("logs")
    made.create_log_group(logGroupName="g")
    made.create_log_stream(logGroupName="g", logStreamName="s")
    return made


@pytest.fixture
def put(logs):
    """Puts messages that happen now."""

    def events(*messages):
        stamp = int(time.time() * 1000)
        given = [{"timestamp": stamp, "message": text} for text in messages]
        logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=given)

    return events


def test_a_subscription_is_refused_by_name(logs):
    arn = "arn:aws:kinesis:us-east-1:123456789012:stream/errors"
    named = {"logGroupName": "g", "filterName": "f", "filterPattern": ""}
    refused = r"not emulated locally: logs\.PutSubscriptionFilter"
    with pytest.raises(ClientError, match=refused):
        logs.put_subscription_filter(**named, destinationArn=arn, roleArn=ROLE)


def test_a_metric_filter_makes_a_metric_that_cloudwatch_counts(client, logs, put):
    made = {"metricName": "errors", "metricNamespace": "app", "metricValue": "1"}
    logs.put_metric_filter(
        logGroupName="g",
        filterName="f",
        filterPattern="ERROR",
        metricTransformations=[made],
    )
    put("ERROR", "fine", "ERROR")
    now = time.time()
    found = client("cloudwatch").get_metric_statistics(
        Namespace="app",
        MetricName="errors",
        StartTime=now - 600,
        EndTime=now + 600,
        Period=3600,
        Statistics=["Sum"],
    )
    assert sum(point["Sum"] for point in found["Datapoints"]) == 2.0


def test_an_embedded_metric_is_listed_by_cloudwatch(client, logs, put):
    directive = {
        "Namespace": "shop",
        "Dimensions": [["service"]],
        "Metrics": [{"Name": "latency", "Unit": "Milliseconds"}],
    }
    about = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    put(json.dumps({"_aws": about, "service": "api", "latency": 12}))
    (metric,) = client("cloudwatch").list_metrics(Namespace="shop")["Metrics"]
    assert metric["MetricName"] == "latency"
    assert metric["Dimensions"] == [{"Name": "service", "Value": "api"}]


def test_opentelemetrys_own_exporter_ships_to_the_stream_its_headers_name(
    logs, gateway
):
    headers = {"x-aws-log-group": "g", "x-aws-log-stream": "s"}
    exporter = OTLPLogExporter(endpoint=f"{gateway}/v1/logs", headers=headers)
    provider = LoggerProvider(Resource.create({"service.name": "api"}))
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    provider.get_logger("app").emit(LogRecord(body="hello", severity_text="INFO"))
    provider.shutdown()
    (event,) = logs.filter_log_events(logGroupName="g")["events"]
    found = json.loads(event["message"])
    assert (found["body"], found["severityText"]) == ("hello", "INFO")
    assert found["resource"]["attributes"]["service.name"] == "api"


def test_a_query_is_asked_for_until_it_is_complete(logs, put, eventually):
    put('{"ms": 10, "route": "/a"}', '{"ms": 30, "route": "/a"}')
    now = int(time.time())
    identity = logs.start_query(
        logGroupName="g",
        startTime=now - 60,
        endTime=now + 60,
        queryString="stats max(ms) as slowest by route",
    )["queryId"]
    first = logs.get_query_results(queryId=identity)
    assert first["status"] in ("Scheduled", "Running") and first["results"] == []

    def complete():
        found = logs.get_query_results(queryId=identity)
        return found if found["status"] == "Complete" else None

    (row,) = eventually(complete)["results"]
    told = {cell["field"]: cell["value"] for cell in row}
    assert told == {"route": "/a", "slowest": "30"}


def test_a_malformed_query_says_where_in_the_errors_own_members(logs):
    asked = {"logGroupName": "g", "startTime": 0, "endTime": int(time.time())}
    text = "fields @message | frobnicate x"
    with pytest.raises(logs.exceptions.MalformedQueryException) as caught:
        logs.start_query(**asked, queryString=text)
    told = caught.value.response["queryCompileError"]
    place = told["location"]
    assert text[place["startCharOffset"] : place["endCharOffset"]] == "frobnicate"
    assert "line 1 and position 19" in caught.value.response["Error"]["Message"]
