"""One gateway for every AWS service, met with stock clients and with raw HTTP."""

import json
import os
import random
import subprocess
import sys

import pytest
import requests
from botocore.exceptions import ClientError

SIGNED = (
    "AWS4-HMAC-SHA256 Credential=lab/20261122/us-east-1/{}/aws4_request, Signature=0"
)
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def send(gateway, fresh):
    """One raw request, signed for a service if one is named."""

    def ask(service, path="/", body=b"", method="POST", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if service:
            named["Authorization"] = SIGNED.format(service)
        return requests.request(
            method, gateway + path, data=body, headers=named, timeout=30
        )

    return ask


@pytest.fixture
def aws(gateway, fresh, tmp_path):
    """The `aws` command as typed, in an environment such as `lab.start()` sets."""
    empty = tmp_path / "empty"
    empty.touch()
    environ = {
        **os.environ,
        "AWS_ENDPOINT_URL": gateway,
        "AWS_ACCESS_KEY_ID": "lab",
        "AWS_SECRET_ACCESS_KEY": "lab",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(empty),
        "AWS_SHARED_CREDENTIALS_FILE": str(empty),
    }

    def run(*words):
        command = [sys.executable, "-m", "awscli", *words]
        return subprocess.run(
            command, env=environ, capture_output=True, text=True, timeout=120
        )

    return run


def error_of(function, **given):
    with pytest.raises(ClientError) as refused:
        function(**given)
    answer = refused.value.response
    return answer["Error"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_who_is_asking_is_answered(client):
    assert client("sts").get_caller_identity()["Account"] == "123456789012"


def test_each_service_gets_its_own_requests(client):
    client("s3").create_bucket(Bucket="birds")
    client("s3").put_object(Bucket="birds", Key="a//b ü/c", Body=b"tern")
    client("logs").create_log_group(logGroupName="/birds")
    client("sqs").create_queue(QueueName="birds")
    got = client("s3").get_object(Bucket="birds", Key="a//b ü/c")["Body"].read()
    assert got == b"tern"
    groups = client("logs").describe_log_groups()["logGroups"]
    assert [group["logGroupName"] for group in groups] == ["/birds"]
    assert client("sqs").list_queues()["QueueUrls"][0].endswith("/birds")


def test_a_body_that_the_client_compressed_is_read(client):
    cloudwatch = client("cloudwatch")
    heard = []
    event = "before-send.cloudwatch.PutMetricData"
    cloudwatch.meta.events.register(
        event, lambda request, **_: heard.append(request.headers["Content-Encoding"])
    )
    many = [{"MetricName": f"birds-{n}", "Value": n} for n in range(500)]
    cloudwatch.put_metric_data(Namespace="lake", MetricData=many)
    assert heard in ([b"gzip"], ["gzip"])
    assert len(cloudwatch.list_metrics(Namespace="lake")["Metrics"]) == 500


@pytest.mark.parametrize("body", [b"not gzip", b"\x1f\x8b\x08", b""])
def test_a_body_that_is_not_what_its_encoding_says_is_refused(send, body):
    answer = send("xray", "/TraceSegments", body, Content_Encoding="gzip")
    assert answer.status_code == 400


def test_xray_is_the_engine_of_ours(client, document):
    xray = client("xray")
    sent = document()
    xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(sent)])
    (trace,) = xray.batch_get_traces(TraceIds=[sent["trace_id"]])["Traces"]
    (segment,) = trace["Segments"]
    assert json.loads(segment["Document"])["name"] == "api"


def test_an_error_of_the_engine_is_a_client_error_with_its_code(client):
    error, status = error_of(client("xray").create_group, GroupName="Default")
    assert (error["Code"], status) == ("InvalidRequestException", 400)


@pytest.mark.parametrize(
    ("service", "operation", "given"),
    [
        ("xray", "get_insight", {"InsightId": "1" * 36}),  # REST-JSON
        ("logs", "list_anomalies", {}),  # JSON
        ("dynamodb", "list_imports", {}),
        ("cloudwatch", "list_metric_streams", {}),
        ("sns", "list_origination_numbers", {}),  # query
        ("ec2", "describe_byoip_cidrs", {"MaxResults": 5}),  # EC2
        ("s3", "list_bucket_analytics_configurations", {"Bucket": "b"}),  # REST-XML
        ("detective", "list_graphs", {}),  # services moto does not have
        ("guardduty", "list_findings", {"DetectorId": "d"}),
        ("route53", "list_cidr_collections", {}),
    ],
)
def test_what_is_not_emulated_is_an_error_of_aws_that_names_it(
    client, service, operation, given
):
    error, status = error_of(getattr(client(service), operation), **given)
    name = f"{service}.{operation.replace('_', '')}"
    assert error["Message"].replace("_", "").lower() == f"not emulated locally: {name}"
    assert error["Code"].startswith("NotImplemented")
    assert status == 501


@pytest.mark.parametrize(
    ("service", "headers", "body", "start"),
    [
        ("xray", {}, b"{}", b'{"message": "not'),
        ("logs", {"X_Amz_Target": "Logs_20140328.Fly"}, b"{}", b'{"__type": "NotImpl'),
        ("sns", {"Content_Type": FORM}, b"Action=Fly", b"<?xml"),
        ("ec2", {"Content_Type": FORM}, b"Action=Fly", b"<?xml"),
    ],
)
def test_an_operation_that_no_service_has_is_refused_in_the_protocol(
    send, service, headers, body, start
):
    answer = send(service, "/Fly" if service == "xray" else "/", body, **headers)
    assert answer.status_code == 501
    assert answer.content.startswith(start)
    assert "not emulated locally" in answer.text
    assert "Fly" in answer.text


def test_errors_of_moto_come_as_moto_writes_them(client):
    error, status = error_of(client("iam").get_role, RoleName="nobody")
    assert (error["Code"], status) == ("NoSuchEntity", 404)
    error, _ = error_of(client("s3").get_object, Bucket="nowhere", Key="x")
    assert error["Code"] == "NoSuchBucket"


def test_a_crash_of_moto_says_what_it_could_not_do(client):
    error, status = error_of(client("ec2", region="mars-1").describe_vpcs)
    assert error["Message"].startswith("not emulated locally: ec2.DescribeVpcs (moto: ")
    assert status == 501


def test_what_moto_crashes_at_is_the_callers_fault_when_the_model_says_so(send):
    target = {"X_Amz_Target": "Logs_20140328.CreateLogGroup"}
    answer = send("logs", body=b'{"logGroupName": 5}', **target)
    assert answer.status_code == 400
    assert answer.json()["__type"] in ("ValidationException", "SerializationException")


@pytest.mark.parametrize("body", [b"[]", b"3", b"{", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_a_serialization_exception(send, body):
    answer = send("xray", "/TraceSegments", body)
    assert answer.status_code == 400
    assert answer.headers["x-amzn-ErrorType"] == "SerializationException"


@pytest.mark.parametrize("credential", ["", "lab", "a/b/c/d", "a/b/c/d/e", "////"])
def test_a_signature_without_a_scope_is_refused(gateway, credential):
    header = {"Authorization": f"AWS4-HMAC-SHA256 Credential={credential}"}
    answer = requests.post(gateway + "/TraceSegments", headers=header, timeout=30)
    assert (answer.status_code, "IncompleteSignature") == (
        400,
        answer.headers["x-amzn-ErrorType"],
    )


def test_an_unsigned_call_is_refused_as_aws_does(send):
    answer = send("", "/TraceSegments", b"{}", Content_Type="application/json")
    assert answer.status_code == 403
    assert "MissingAuthenticationToken" in answer.headers["x-amzn-ErrorType"]


def test_a_public_object_can_be_read_unsigned_and_by_a_presigned_url(client, send):
    s3 = client("s3")
    s3.create_bucket(Bucket="birds")
    s3.put_object(Bucket="birds", Key="tern", Body=b"seen", ACL="public-read")
    assert send("", "/birds/tern", method="GET").content == b"seen"
    url = s3.generate_presigned_url("get_object", {"Bucket": "birds", "Key": "tern"})
    assert requests.get(url, timeout=30).content == b"seen"


OTLP_SPAN = {
    "resourceSpans": [
        {
            "resource": {
                "attributes": [
                    {"key": "service.name", "value": {"stringValue": "feed"}}
                ]
            },
            "scopeSpans": [{"spans": []}],
        }
    ]
}


def otlp(trace, start_ns):
    span = {
        "traceId": trace,
        "spanId": trace[:16],
        "name": "GET /",
        "kind": 2,
        "startTimeUnixNano": str(start_ns),
        "endTimeUnixNano": str(start_ns + 10**6),
    }
    body = json.loads(json.dumps(OTLP_SPAN))
    body["resourceSpans"][0]["scopeSpans"][0]["spans"].append(span)
    return json.dumps(body)


@pytest.mark.parametrize("service", ["", "xray"])
def test_opentelemetry_spans_become_segments(send, client, document, service):
    at = document()["start_time"]
    trace = f"{int(at):08x}{7:024x}"
    body = otlp(trace, int(at * 1e9))
    answer = send(service, "/v1/traces", body, Content_Type="application/json")
    assert (answer.status_code, answer.json()) == (200, {})
    wanted = f"1-{trace[:8]}-{trace[8:]}"
    (found,) = client("xray").batch_get_traces(TraceIds=[wanted])["Traces"]
    assert json.loads(found["Segments"][0]["Document"])["name"] == "feed"


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b"[", 400),
        ("application/x-protobuf", b"\xff\xff", 400),
        ("text/plain", b"{}", 415),
    ],
)
def test_otlp_that_cannot_be_read_is_refused(send, kind, body, status):
    assert send("", "/v1/traces", body, Content_Type=kind).status_code == status


def test_reset_empties_moto_the_engines_and_the_records_together(
    send, client, fresh, document
):
    client("s3").create_bucket(Bucket="birds")
    client("xray").put_trace_segments(TraceSegmentDocuments=[json.dumps(document())])
    client("xray").create_group(GroupName="slow")
    assert send("", "/moto-api/reset").status_code == 200
    assert client("s3").list_buckets()["Buckets"] == []
    trace = document()["trace_id"]
    assert client("xray").batch_get_traces(TraceIds=[trace])["Traces"] == []
    names = [g["GroupName"] for g in client("xray").get_groups()["Groups"]]
    assert "slow" not in names
    assert fresh.recorder.records() == []


def test_a_seed_makes_ids_repeat(send, client):
    def made():
        send("", "/moto-api/reset")
        assert send("", "/moto-api/seed?a=7").status_code == 200
        given = {"GroupName": "g", "Description": "d"}
        return client("ec2").create_security_group(**given)["GroupId"]

    assert made() == made()


@pytest.mark.parametrize("path", ["/moto-api/reset", "/moto-api/seed?a=1"])
def test_a_web_page_cannot_empty_the_lab(send, path):
    assert send("", path, Origin="http://evil.example").status_code == 403
    assert send("", path, method="GET").status_code == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost", "null"])
@pytest.mark.parametrize(("service", "path"), [("", "/v1/traces"), ("s3", "/")])
def test_a_web_page_can_call_no_service(send, service, path, origin):
    answer = send(service, path, Origin=origin)
    assert answer.status_code == 403
    assert "an Origin header" in answer.text


def test_a_web_page_makes_nothing_with_a_form_signed_in_its_address(send, client):
    scope = "X-Amz-Credential=x/20260101/us-east-1/sns/aws4_request"
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    body, evil = b"Action=CreateTopic&Name=p", "http://evil.example"
    assert send("", f"/?{scope}", body, Origin=evil, **form).status_code == 403
    assert client("sns").list_topics()["Topics"] == []


def test_a_bucket_may_be_named_by_the_host(send, client):
    client("s3").create_bucket(Bucket="birds")
    client("s3").put_object(Bucket="birds", Key="tern", Body=b"seen")
    answer = send("s3", "/tern", method="GET", Host="birds.localhost:1")
    assert (answer.status_code, answer.text) == (200, "seen")


def test_a_seed_that_is_no_number_and_other_lab_paths_are_named(send):
    answer = send("", "/moto-api/seed?a=x").text
    assert "'a' must be a whole number, not 'x'" in answer
    assert send("", "/moto-api/dashboard").status_code == 404


def test_the_bootcamps_group_is_created_by_the_aws_command(aws):
    expression = 'service("api") AND responsetime > 1'
    done = aws(
        "xray",
        "create-group",
        "--group-name",
        "slow",
        "--filter-expression",
        expression,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["Group"]["FilterExpression"] == expression


def test_the_bootcamps_sampling_rule_is_created_from_a_file(aws, tmp_path):
    rule = {
        "RuleName": "Cruddur",
        "ResourceARN": "*",
        "Priority": 9000,
        "FixedRate": 0.1,
        "ReservoirSize": 5,
        "ServiceName": "backend",
        "ServiceType": "*",
        "Host": "*",
        "HTTPMethod": "*",
        "URLPath": "*",
        "Version": 1,
    }
    file = tmp_path / "xray.json"
    file.write_text(json.dumps({"SamplingRule": rule}))
    done = aws("xray", "create-sampling-rule", "--cli-input-json", f"file://{file}")
    assert done.returncode == 0, done.stderr
    listed = json.loads(aws("xray", "get-sampling-rules").stdout)
    names = [each["SamplingRule"]["RuleName"] for each in listed["SamplingRuleRecords"]]
    assert sorted(names) == ["Cruddur", "Default"]


def test_the_aws_command_shows_what_is_not_emulated(aws):
    done = aws("xray", "get-insight-summaries", "--start-time", "1", "--end-time", "2")
    assert done.returncode != 0
    assert "not emulated locally: xray.GetInsightSummaries" in done.stderr


SERVICES = ["xray", "logs", "ec2", "s3", "sqs", "sns", "monitoring", "iam", "nobody"]


def noise(seed):
    """A request nobody would send: (service, path, body, method, headers)."""
    rng = random.Random(seed)
    words = [
        b"{",
        b"}",
        b"[",
        b'"',
        b"a",
        b"\x00",
        b"\xff",
        b"<",
        b"=",
        b"&Action=",
        b"1",
    ]
    body = b"".join(rng.choices(words, k=rng.randrange(40)))
    paths = [
        "/",
        "/TraceSegments",
        "/Traces",
        "/b/k",
        "//",
        "/%00",
        "/?x=%ff",
        "/a?acl",
    ]
    kinds = ["application/json", FORM, "application/x-amz-json-1.1", "x", "text/xml"]
    headers = {"Content_Type": rng.choice(kinds)}
    if rng.random() < 0.5:
        targets = ["Logs_20140328.PutLogEvents", "AmazonSQS.SendMessage", "x", ".", "é"]
        headers["X_Amz_Target"] = rng.choice(targets).encode("latin-1")
    method = rng.choice(["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH"])
    return rng.choice(SERVICES), rng.choice(paths), body, method, headers


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_answered_without_a_page_and_without_a_500(send, seed):
    for number in range(40):
        service, path, body, method, headers = noise(seed * 1000 + number)
        answer = send(service, path, body, method, **headers)
        shown = (service, path, body, method, headers, answer.status_code, answer.text)
        assert answer.status_code != 500, shown
        assert not answer.text.lstrip().lower().startswith(("<!doctype", "<html")), (
            shown
        )


def test_a_service_that_needs_packages_the_lab_lacks_is_absent(client):
    with pytest.raises(ClientError, match="not emulated locally: cloudformation"):
        client("cloudformation").list_stacks()


@pytest.mark.parametrize("name", ["log\ud800Stream", "b\ud800"])
def test_half_a_character_in_a_name_is_refused(client, name):
    logs = client("logs")
    logs.create_log_group(logGroupName="g")
    with pytest.raises(ClientError, match="half of a surrogate pair") as refused:
        logs.create_log_stream(logGroupName="g", logStreamName=name)
    assert refused.value.response["Error"]["Code"] == "SerializationException"


def test_what_fails_inside_is_an_error_of_aws_too(client, cloud, monkeypatch, caplog):
    def fail(operation, parameters):
        raise ZeroDivisionError(operation)

    monkeypatch.setattr(cloud.engines["logs"], "call", fail)
    with pytest.raises(ClientError) as failed:
        client("logs").describe_log_groups()
    assert failed.value.response["Error"]["Code"] == "InternalFailure"
    assert "ZeroDivisionError: DescribeLogGroups" in caplog.text


@pytest.mark.parametrize(("now", "status"), [("1e9", 200), ("1e9.5", 400),
    ("1700000000.25", 200), ("inf", 400), ("nan", 400), ("-1", 400)])  # fmt: skip
def test_alarms_are_evaluated_as_of_any_second(gateway, fresh, now, status):
    url = f"{gateway}/lab/alarms/tick"
    told = requests.post(url, params={"now": now}, timeout=30)
    assert told.status_code == status
