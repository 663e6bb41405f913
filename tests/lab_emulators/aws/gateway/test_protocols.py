"""CloudWatch in each of its protocols, through the gateway."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime

import boto3
import botocore.session
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from lab_emulators.aws.gateway import cbor

PROTOCOLS = ["json", "query", cbor.PROTOCOL]
ONCE = Config(retries={"total_max_attempts": 1}, read_timeout=30)


@pytest.fixture(params=PROTOCOLS)
def spoken(request):
    return request.param


@pytest.fixture
def cloudwatch(gateway, fresh, spoken):
    """A boto3 client that speaks one protocol, whichever it would prefer."""
    session = botocore.session.Session()
    loader = session.get_component("data_loader")
    load = loader.load_service_model

    def only(service, kind, *args, **more):
        found = load(service, kind, *args, **more)
        if (service, kind) == ("cloudwatch", "service-2"):
            metadata = {**found["metadata"], "protocol": spoken, "protocols": [spoken]}
            if spoken == "query":  # as SDKs had it that spoke nothing else
                del metadata["awsQueryCompatible"]
            found = {**found, "metadata": metadata}
        return found

    loader.load_service_model = only
    made = boto3.session.Session(
        aws_access_key_id="lab",
        aws_secret_access_key="lab",
        region_name="us-east-1",
        botocore_session=session,
    ).client("cloudwatch", endpoint_url=gateway, config=ONCE)
    heard = []
    made.meta.events.register(
        "before-send", lambda request, **_: heard.append(request.headers)
    )
    made.heard = heard
    yield made
    made.close()


def test_data_go_in_and_come_out_alike(cloudwatch, spoken):
    minute = int(time.time()) // 60 * 60 - 60
    at = datetime.fromtimestamp(minute, UTC)
    place = [{"Name": "place", "Value": "north & <süd>"}]
    datum = {"MetricName": "birds", "Dimensions": place, "Timestamp": at}
    data = [{**datum, "Values": [1.5, 2.5], "Counts": [2, 1], "Unit": "Count"}]
    cloudwatch.put_metric_data(Namespace="lake", MetricData=data)
    metric = {"Namespace": "lake", "MetricName": "birds", "Dimensions": place}
    listed = cloudwatch.list_metrics(Namespace="lake")["Metrics"]
    times = {"StartTime": at, "EndTime": datetime.fromtimestamp(minute + 60, UTC)}
    told = cloudwatch.get_metric_statistics(
        **metric, **times, Period=60, Statistics=["Sum", "Average"]
    )
    assert listed == [metric]
    point = {"Timestamp": at, "Sum": 5.5, "Average": 5.5 / 3, "Unit": "Count"}
    assert told["Datapoints"] == [point]
    kinds = {cbor.PROTOCOL: "application/cbor", "json": "application/x-amz-json-1.0"}
    form = "application/x-www-form-urlencoded; charset=utf-8"
    sent = str(cloudwatch.heard[0]["Content-Type"])
    assert kinds.get(spoken, form) in sent


def test_series_and_expressions_come_in_every_protocol(cloudwatch):
    now = int(time.time()) // 60 * 60
    cloudwatch.put_metric_data(
        Namespace="lake", MetricData=[{"MetricName": "birds", "Value": 3}]
    )
    metric = {"Namespace": "lake", "MetricName": "birds"}
    stat = {"Metric": metric, "Period": 60, "Stat": "p99"}
    queries = [
        {"Id": "m1", "MetricStat": stat, "ReturnData": False},
        {"Id": "e1", "Expression": "m1 * 2", "Label": "twice"},
    ]
    times = {"StartTime": now - 600, "EndTime": now + 120}
    answer = cloudwatch.get_metric_data(MetricDataQueries=queries, **times)
    (found,) = answer["MetricDataResults"]
    assert (found["Id"], found["Label"], found["Values"]) == ("e1", "twice", [6.0])
    assert found["Timestamps"][0].tzinfo is not None


def test_an_error_is_the_exception_that_boto3_knows_it_as(cloudwatch):
    known = cloudwatch.exceptions.InvalidParameterValueException
    with pytest.raises(known) as caught:
        cloudwatch.put_metric_data(
            Namespace="lake", MetricData=[{"MetricName": "m", "Value": float("nan")}]
        )
    error = caught.value.response
    assert error["Error"]["Code"] == "InvalidParameterValue"
    assert "MetricData.member.1.Value" in error["Error"]["Message"]
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error["ResponseMetadata"]["RequestId"]


def test_what_is_not_emulated_is_told_in_every_protocol(cloudwatch):
    with pytest.raises(ClientError) as caught:
        cloudwatch.list_metric_streams()
    assert "not emulated locally: cloudwatch.ListMetricStreams" in str(caught.value)


def test_dashboards_stay_with_moto_except_in_cbor(cloudwatch, spoken):
    body = json.dumps({"widgets": []})
    put = lambda: cloudwatch.put_dashboard(DashboardName="d", DashboardBody=body)  # noqa: E731
    if spoken == cbor.PROTOCOL:
        with pytest.raises(ClientError, match="moto does not read CBOR"):
            put()
        return
    put()
    assert len(cloudwatch.list_dashboards()["DashboardEntries"]) == 1


SIGNED = (
    "AWS4-HMAC-SHA256 Credential=lab/20261122/us-east-1/{}/aws4_request, Signature=0"
)


@pytest.mark.parametrize(
    ("headers", "path", "body"),
    [
        (dict([cbor.HEADER]), "/service/x/operation/ListMetrics", b"\xff"),
        ({"X-Amz-Target": "GraniteServiceVersion20100801.ListMetrics"}, "/", b"["),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(gateway, fresh, headers, path, body):
    signed = {"Authorization": SIGNED.format("monitoring"), **headers}
    answer = requests.post(gateway + path, data=body, headers=signed, timeout=30)
    assert answer.status_code == 400
    assert answer.headers["x-amzn-query-error"] == "SerializationException;Sender"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ([{"MetricName": 5, "Value": 1}], "SerializationException"),
        ([{"MetricName": "m" * 256, "Value": 1}], "InvalidParameterValue"),
        ([{"MetricName": "m", "StatisticValues": {}}], "InvalidParameterValue"),
    ],
)
def test_what_the_model_refuses_does_not_reach_the_engine(gateway, fresh, data, code):
    target = "GraniteServiceVersion20100801.PutMetricData"
    headers = {"Authorization": SIGNED.format("monitoring"), "X-Amz-Target": target}
    asked = json.dumps({"Namespace": "lake", "MetricData": data})
    answer = requests.post(gateway, data=asked, headers=headers, timeout=30)
    told = answer.headers.get("x-amzn-query-error")
    assert (answer.status_code, told) == (400, f"{code};Sender"), answer.text


def test_the_aws_command_puts_and_reads_metrics(gateway, fresh, tmp_path):
    (tmp_path / "empty").touch()
    environ = {
        **os.environ,
        "AWS_ENDPOINT_URL": gateway,
        "AWS_ACCESS_KEY_ID": "lab",
        "AWS_SECRET_ACCESS_KEY": "lab",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(tmp_path / "empty"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "empty"),
    }

    def aws(words):
        command = [sys.executable, "-m", "awscli", "cloudwatch", *words.split()]
        return subprocess.run(
            command, env=environ, capture_output=True, text=True, timeout=120
        )

    put = aws(
        "put-metric-data --namespace lake --metric-name birds --value 7 --unit Count"
    )
    assert put.returncode == 0, put.stderr
    start, end = (
        datetime.fromtimestamp(time.time() + s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for s in (-300, 120)
    )
    got = aws(
        "get-metric-statistics --namespace lake --metric-name birds --period 60 "
        f"--start-time {start} --end-time {end} --extended-statistics p90"
    )
    assert got.returncode == 0, got.stderr
    (point,) = json.loads(got.stdout)["Datapoints"]
    assert point["ExtendedStatistics"] == {"p90": 7.0}
