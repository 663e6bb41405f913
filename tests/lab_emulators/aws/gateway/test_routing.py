"""Who answers an operation: written beforehand, complete, and what happens."""

import json
import re
import subprocess
import sys

import moto
import pytest
from botocore import xform_name

from lab_emulators.aws.gateway.call import model_of
from lab_emulators.aws.gateway.capability_page import PAGE, page
from lab_emulators.aws.gateway.moto_survey import moto_operations
from lab_emulators.aws.gateway.routing import (
    MOTO_OPERATIONS,
    Provider,
    provider_of,
    table,
)
from lab_emulators.aws.gateway.used_by import USED_BY
from lab_emulators.aws.services import DOCUMENTED


@pytest.fixture(scope="module")
def found(cloud):
    return table(cloud.engines)


def test_every_operation_of_every_service_is_in_the_table(found):
    assert tuple(found) == DOCUMENTED
    for service, sides in found.items():
        assert list(sides) == list(model_of(service).operation_names)


def test_nothing_of_xray_and_logs_is_left_to_moto(found):
    assert Provider.MOTO not in found["xray"].values()
    assert Provider.MOTO not in found["logs"].values()
    assert found["xray"]["PutTraceSegments"] is Provider.OURS
    assert found["xray"]["GetInsight"] is Provider.ABSENT


def test_only_dashboards_of_cloudwatch_are_left_to_moto(found):
    left = {name for name, who in found["cloudwatch"].items() if who is Provider.MOTO}
    assert left == {
        "DeleteDashboards",
        "GetDashboard",
        "ListDashboards",
        "PutDashboard",
    }
    assert found["cloudwatch"]["GetMetricData"] is Provider.OURS


@pytest.mark.parametrize(
    ("service", "operation", "expected"),
    [
        ("ec2", "DescribeInstances", Provider.MOTO),
        ("ec2", "BundleInstance", Provider.ABSENT),  # a method that only raises
        ("s3", "PutBucketTagging", Provider.MOTO),
        ("s3", "PutBucketAnalyticsConfiguration", Provider.ABSENT),
        ("s3", "ListObjectsV2", Provider.MOTO),
        ("logs", "PutLogEvents", Provider.ABSENT),  # moto has one that must not answer
        ("cloudwatch", "PutMetricAlarm", Provider.ABSENT),
        ("cloudwatch", "PutDashboard", Provider.MOTO),
        ("detective", "ListGraphs", Provider.ABSENT),
        ("lambda", "ListFunctions", Provider.MOTO),
        ("ec2", "NoSuchOperation", Provider.ABSENT),
    ],
)
def test_known_operations_are_where_they_should_be(service, operation, expected):
    assert provider_of({}, service, operation) is expected


@pytest.fixture(scope="module")
def written():
    return json.loads(MOTO_OPERATIONS.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "service", [*DOCUMENTED, "lambda", "kinesis", "dynamodbstreams", "detective"]
)
def test_the_table_written_beforehand_is_what_moto_says(written, service):
    remedy = "python -m lab_emulators.aws.gateway.moto_survey"
    found = written["services"].get(service, [])
    assert found == moto_operations(service), f"run: {remedy}"


def test_the_table_was_written_for_the_installed_moto(written):
    assert written["moto"] == moto.__version__


def test_nothing_of_motos_source_is_read_while_serving():
    code = "import sys, lab_emulators.aws.cloud; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "lab_emulators.aws.gateway.routing" in loaded
    assert "lab_emulators.aws.gateway.moto_survey" not in loaded


def test_an_engine_goes_before_moto():
    class Queues:
        operations = frozenset({"SendMessage"})

    assert provider_of({"sqs": Queues()}, "sqs", "SendMessage") is Provider.OURS
    assert provider_of({"sqs": Queues()}, "sqs", "CreateQueue") is Provider.MOTO


def test_every_operation_of_ours_has_a_user(cloud):
    ours = {name: set(engine.operations) for name, engine in cloud.engines.items()}
    assert {name: set(users) for name, users in USED_BY.items()} == ours


ROOT = PAGE.parents[1]
FOLDERS = {
    "page": ("notebooks", "{}_*.ipynb"),
    "exercise": ("lab_helpers/exercises", "**/{}.py"),
    "client": ("lab_helpers/clients/{}", "**/*.py"),
}


def sources(kind, user):
    folder, pattern = (part.format(user) for part in FOLDERS[kind])
    return [path.read_text("utf-8") for path in (ROOT / folder).glob(pattern)]


@pytest.mark.parametrize(
    ("operation", "kind", "user"),
    [
        (operation, *user.split(": ", 1))
        for users in USED_BY.values()
        for operation, user in users.items()
    ],
)
def test_a_user_in_the_course_names_the_operation(operation, kind, user):
    if kind not in FOLDERS:
        assert kind in ("planned page", "stock client")
        return
    snake = xform_name(operation)
    names = (operation, snake, snake.replace("_", "-"))
    spellings = re.compile(rf"\b({'|'.join(names)})\b")
    assert any(map(spellings.search, sources(kind, user))), (operation, kind, user)


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
