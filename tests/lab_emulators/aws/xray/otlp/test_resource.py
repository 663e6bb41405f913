"""Where a service ran and which AWS call a span was."""

import pytest


@pytest.mark.parametrize(
    ("resource", "origin"),
    [
        ({"cloud.platform": "aws_ec2"}, "AWS::EC2::Instance"),
        ({"cloud.platform": "aws_eks"}, "AWS::EKS::Container"),
        ({"cloud.platform": "aws_ecs"}, "AWS::ECS::Container"),
        (
            {"cloud.platform": "aws_ecs", "aws.ecs.launchtype": "fargate"},
            "AWS::ECS::Fargate",
        ),
        ({"cloud.platform": "aws_ecs", "aws.ecs.launchtype": "EC2"}, "AWS::ECS::EC2"),
        (
            {"cloud.platform": "aws_elastic_beanstalk"},
            "AWS::ElasticBeanstalk::Environment",
        ),
        ({"cloud.platform": "aws_app_runner"}, "AWS::AppRunner::Service"),
        ({"cloud.platform": "gcp_cloud_run", "cloud.provider": "gcp"}, None),
        ({"cloud.platform": "aws_ec2", "cloud.provider": "gcp"}, None),
        ({}, None),
    ],
)
def test_the_platform_is_the_origin(one, resource, origin):
    assert one(resource=resource).get("origin") == origin


def test_an_instance_says_where_it_is(one):
    resource = {
        "cloud.platform": "aws_ec2",
        "cloud.account.id": "123456789012",
        "host.id": "i-1",
        "cloud.availability_zone": "us-east-1a",
        "service.version": "7",
        "aws.log.group.names": "one&two",
    }
    document = one(resource=resource)
    assert document["aws"] == {
        "account_id": "123456789012",
        "cloudwatch_logs": [{"log_group": "one"}, {"log_group": "two"}],
        "ec2": {"instance_id": "i-1", "availability_zone": "us-east-1a"},
    }
    assert document["service"] == {"version": "7"}


def test_a_log_groups_arn_gives_its_name_too(one):
    arn = "arn:aws:logs:us-east-1:1:log-group:calls:*"
    (group,) = one(resource={"aws.log.group.arns": [arn]})["aws"]["cloudwatch_logs"]
    assert group == {"arn": arn, "log_group": "calls"}


@pytest.mark.parametrize(
    ("tables", "block"),
    [
        (["one"], {"table_name": "one"}),
        (["one", "two"], {"table_names": ["one", "two"]}),
        ([], {}),
    ],
)
def test_a_call_of_aws_names_what_it_touched(one, tables, block):
    attributes = {
        "rpc.system": "aws-api",
        "rpc.service": "DynamoDB",
        "rpc.method": "GetItem",
        "aws.region": "us-east-1",
        "aws.request_id": "r-1",
        "aws.dynamodb.table_names": tables,
    }
    document = one(attributes, kind="CLIENT")
    call = {"operation": "GetItem", "region": "us-east-1", "request_id": "r-1"}
    assert document["aws"] == call | block
    assert document["name"] == "DynamoDB"


def test_another_clouds_spans_have_no_aws_block(one):
    attributes = {"rpc.method": "Get", "cloud.x": 1}
    assert "aws" not in one(attributes, resource={"cloud.provider": "gcp"})
