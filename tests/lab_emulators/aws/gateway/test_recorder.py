"""Records of what changed the account, in CloudTrail's shape."""

import json

import pytest

from lab_emulators.aws.gateway.call import ApiCall
from lab_emulators.aws.gateway.credential_scope import Scope
from lab_emulators.aws.gateway.http_request import HttpRequest
from lab_emulators.aws.gateway.recorder import Recorder, is_recorded, request_parameters
from lab_emulators.aws.services import service_of

INGRESS = {
    "IpProtocol": "tcp",
    "FromPort": 22,
    "ToPort": 22,
    "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
}


def call(service, operation):
    request = HttpRequest({"HTTP_USER_AGENT": "me"}, b"{}")
    scope = Scope("key", "us-east-1", service)
    named = {"facts": service_of(service), "operation": operation}
    return ApiCall(request=request, scope=scope, protocol="json", **named)


def test_an_open_security_group_leaves_the_record_cloudtrail_shows(client, fresh):
    ec2 = client("ec2")
    group = ec2.create_security_group(GroupName="g", Description="d")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[INGRESS])
    made, opened = fresh.recorder.records()
    assert made["eventName"] == "CreateSecurityGroup"
    assert opened["eventSource"] == "ec2.amazonaws.com"
    assert (opened["awsRegion"], opened["readOnly"]) == ("us-east-1", False)
    permission = {
        "ipProtocol": "tcp",
        "fromPort": 22,
        "toPort": 22,
        "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]},
    }
    assert opened["requestParameters"] == {
        "groupId": group,
        "ipPermissions": {"items": [permission]},
    }


def test_a_bucket_made_public_is_recorded_under_cloudtrails_names(client, fresh):
    s3 = client("s3")
    s3.create_bucket(Bucket="birds")
    s3.put_bucket_acl(Bucket="birds", ACL="public-read")
    s3.delete_public_access_block(Bucket="birds")
    names = [record["eventName"] for record in fresh.recorder.records()]
    assert names == ["CreateBucket", "PutBucketAcl", "DeleteBucketPublicAccessBlock"]
    given = fresh.recorder.records()[1]["requestParameters"]
    assert given == {"bucketName": "birds", "x-amz-acl": "public-read"}


def test_reads_failures_and_data_are_not_recorded(client, fresh, document):
    client("ec2").describe_vpcs()
    client("s3").list_buckets()
    with pytest.raises(Exception, match="NoSuchBucket"):
        client("s3").put_bucket_acl(Bucket="nowhere", ACL="private")
    client("xray").put_trace_segments(TraceSegmentDocuments=[json.dumps(document())])
    assert fresh.recorder.records() == []
    client("xray").create_group(GroupName="slow")
    (record,) = fresh.recorder.records()
    assert record["eventSource"] == "xray.amazonaws.com"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ec2.RunInstances", True),
        ("ec2.DescribeInstances", False),
        ("logs.StartQuery", False),
        ("logs.PutLogEvents", False),
        ("logs.PutMetricFilter", True),
        ("cloudwatch.PutMetricData", False),
        ("sqs.ReceiveMessage", False),
        ("s3.PutObject", False),
        ("s3.PutBucketPolicy", True),
        ("sts.GetCallerIdentity", False),
        ("xray.", False),
    ],
)
def test_management_events_are_recorded_and_others_not(name, expected):
    assert is_recorded(call(*name.split("."))) is expected


def test_secrets_bytes_and_what_the_sdk_adds_stay_out():
    given = {"Name": "p", "Value": "secret", "Policy": b"raw", "ChecksumAlgorithm": "x"}
    hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"
    assert request_parameters("ssm", given) == {"name": "p", "value": hidden}
    assert request_parameters("iam", {"Password": "x"}) == {"password": hidden}
    assert request_parameters("iam", {}) is None


def test_the_oldest_records_go_first_and_listeners_hear_each():
    heard = []
    recorder = Recorder("123456789012", clock=lambda: 0.0, largest_number=2)
    recorder.listen(heard.append)
    for number in range(3):
        recorder.record(call("sqs", f"Do{number}"), "r")
    assert [r["eventName"] for r in recorder.records()] == ["Do1", "Do2"]
    assert [r["eventName"] for r in heard] == ["Do0", "Do1", "Do2"]
    assert (heard[0]["userAgent"], heard[0]["requestID"]) == ("me", "r")
    assert heard[0]["eventTime"] == "1970-01-01T00:00:00Z"
