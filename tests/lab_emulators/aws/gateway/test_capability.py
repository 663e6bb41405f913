"""The capability table: generated, complete, and what the front door acts on."""

import re

import pytest

from lab_emulators.aws.gateway import request
from lab_emulators.aws.gateway.capability import SERVICES, Side, side, table
from lab_emulators.aws.gateway.capability_page import PAGE, page


@pytest.fixture(scope="module")
def found(cloud):
    return table(cloud.engines)


def test_every_operation_of_every_service_has_its_place(found):
    assert tuple(found) == SERVICES
    for service, sides in found.items():
        assert list(sides) == list(request.model_of(service).operation_names)


def test_nothing_of_xray_and_logs_is_left_to_moto(found):
    assert Side.MOTO not in found["xray"].values()
    assert Side.MOTO not in found["logs"].values()
    assert found["xray"]["PutTraceSegments"] is Side.OURS
    assert found["xray"]["GetInsight"] is Side.ABSENT


def test_only_dashboards_of_cloudwatch_are_left_to_moto(found):
    left = {name for name, who in found["cloudwatch"].items() if who is Side.MOTO}
    assert left == {
        "DeleteDashboards",
        "GetDashboard",
        "ListDashboards",
        "PutDashboard",
    }
    assert found["cloudwatch"]["GetMetricData"] is Side.OURS


@pytest.mark.parametrize(
    ("service", "operation", "expected"),
    [
        ("ec2", "DescribeInstances", Side.MOTO),
        ("ec2", "BundleInstance", Side.ABSENT),  # a method that only raises
        ("s3", "PutBucketTagging", Side.MOTO),
        ("s3", "PutBucketAnalyticsConfiguration", Side.ABSENT),
        ("s3", "ListObjectsV2", Side.MOTO),
        ("logs", "PutLogEvents", Side.ABSENT),  # moto has one that must not answer
        ("cloudwatch", "PutMetricAlarm", Side.ABSENT),
        ("cloudwatch", "PutDashboard", Side.MOTO),
        ("detective", "ListGraphs", Side.ABSENT),
        ("lambda", "ListFunctions", Side.MOTO),
        ("ec2", "NoSuchOperation", Side.ABSENT),
    ],
)
def test_known_operations_are_where_they_should_be(service, operation, expected):
    assert side({}, service, operation) is expected


def test_an_engine_goes_before_moto():
    class Queues:
        operations = frozenset({"SendMessage"})

    assert side({"sqs": Queues()}, "sqs", "SendMessage") is Side.OURS
    assert side({"sqs": Queues()}, "sqs", "CreateQueue") is Side.MOTO


def test_the_page_is_what_the_code_says(cloud):
    written = PAGE.read_text(encoding="utf-8")
    remedy = "python -m lab_emulators.aws.gateway.capability_page"
    assert written == page(cloud.engines), f"run: {remedy}"


def test_the_counts_of_the_page_add_up(found):
    written = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| (\d+) \| (\d+) \| (\d+) \|$", written, re.M)
    assert {name: sum(map(int, counts)) for name, *counts in rows} == {
        name: len(sides) for name, sides in found.items()
    }


def test_what_the_table_calls_absent_is_refused_by_name(client):
    with pytest.raises(Exception, match=r"locally: xray\.GetInsight$") as no:
        client("xray").get_insight(InsightId="1" * 36)
    assert no.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
