"""What moto's services log and measure arrives where it can be read."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from lab_emulators.contract import ACCOUNT_ID

GROUP = "/aws/events/tides"
ARN = f"arn:aws:logs:us-east-1:{ACCOUNT_ID}:log-group:{GROUP}"
TIDE = {"Source": "tides", "DetailType": "Tide Turned", "Detail": '{"height": 3}'}


@pytest.fixture
def put(client):
    """Makes a rule for all tides with the target of that ARN, then puts one tide."""
    events = client("events")

    def send(*arns):
        pattern = json.dumps({"source": ["tides"]})
        events.put_rule(Name="tides", EventPattern=pattern)
        targets = [{"Id": str(n), "Arn": arn} for n, arn in enumerate(arns)]
        events.put_targets(Rule="tides", Targets=targets)
        return events.put_events(Entries=[TIDE])

    return send


@pytest.mark.parametrize("end", ["", ":*"])
def test_a_rule_delivers_events_to_a_log_group(put, client, end):
    logs = client("logs")
    logs.create_log_group(logGroupName=GROUP)
    put(ARN + end)
    (event,) = logs.filter_log_events(logGroupName=GROUP)["events"]
    told = json.loads(event["message"])
    assert (told["source"], told["detail"]) == ("tides", {"height": 3})
    pattern = '{ $.detail.height = 3 && $.detail-type = "Tide Turned" }'
    found = logs.filter_log_events(logGroupName=GROUP, filterPattern=pattern)
    assert len(found["events"]) == 1


def test_a_target_without_its_group_keeps_no_other_target_waiting(put, client, caplog):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="tides")["QueueUrl"]
    told = put(ARN, f"arn:aws:sqs:us-east-1:{ACCOUNT_ID}:tides")
    assert told["FailedEntryCount"] == 0
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1
    assert f"PutLogEvents for {GROUP} failed" in caplog.text


def test_flow_logs_find_the_group_they_are_for(client):
    ec2, logs = client("ec2"), client("logs")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    def status(group):
        made = ec2.create_flow_logs(
            ResourceIds=[vpc],
            ResourceType="VPC",
            TrafficType="ALL",
            LogGroupName=group,
            DeliverLogsPermissionArn=f"arn:aws:iam::{ACCOUNT_ID}:role/flows",
        )
        told = ec2.describe_flow_logs(FlowLogIds=made["FlowLogIds"])["FlowLogs"]
        return told[0].get("DeliverLogsErrorMessage")

    logs.create_log_group(logGroupName="flows")
    assert (status("flows"), status("nowhere")) == (None, "Access error")


def test_a_zones_queries_are_logged_only_to_a_group_there_is(client):
    route53, logs = client("route53"), client("logs")
    zone = route53.create_hosted_zone(Name="example.org.", CallerReference="1")
    place = zone["HostedZone"]["Id"].rpartition("/")[2], f"{ARN}:*"
    ask = dict(zip(("HostedZoneId", "CloudWatchLogsLogGroupArn"), place, strict=True))
    with pytest.raises(route53.exceptions.NoSuchCloudWatchLogsLogGroup):
        route53.create_query_logging_config(**ask)
    logs.create_log_group(logGroupName=GROUP)
    assert route53.create_query_logging_config(**ask)["QueryLoggingConfig"]


def test_kinesis_measures_what_comes_in(client):
    kinesis, cloudwatch = client("kinesis"), client("cloudwatch")
    kinesis.create_stream(StreamName="tides", ShardCount=1)
    kinesis.put_record(StreamName="tides", Data=b"high", PartitionKey="k")
    now = datetime.now(UTC)
    found = cloudwatch.get_metric_statistics(
        Namespace="AWS/Kinesis",
        MetricName="IncomingBytes",
        Dimensions=[{"Name": "StreamName", "Value": "tides"}],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    assert [point["Sum"] for point in found] == [5.0]


def test_dashboards_are_still_there(client):
    cloudwatch = client("cloudwatch")
    body = json.dumps({"widgets": []})
    cloudwatch.put_dashboard(DashboardName="tides", DashboardBody=body)
    assert cloudwatch.get_dashboard(DashboardName="tides")["DashboardBody"] == body
