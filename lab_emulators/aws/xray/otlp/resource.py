"""`origin`, `service` and `aws` of a segment."""

from lab_emulators.aws.otlp.values import Attributes, filled, take, text, whole

_ECS_ORIGIN = {"ec2": "AWS::ECS::EC2", "fargate": "AWS::ECS::Fargate"}
_ORIGINS = {
    "aws_app_runner": "AWS::AppRunner::Service",
    "aws_eks": "AWS::EKS::Container",
    "aws_elastic_beanstalk": "AWS::ElasticBeanstalk::Environment",
    "aws_ecs": "AWS::ECS::Container",
    "aws_ec2": "AWS::EC2::Instance",
}
# What a span says of the AWS call it made: our member ← its attributes.
_CALL = {
    "account_id": ("aws.account_id",),
    "region": ("aws.region",),
    "request_id": ("aws.requestId", "aws.request_id"),
    "queue_url": ("messaging.url", "aws.queue_url", "aws.queue.url"),
    "table_name": ("aws.table_name", "aws.table.name"),
}


def origin_of(resource: Attributes) -> str:
    """`origin`, from `cloud.platform`; "" outside AWS."""
    platform = text(resource.get("cloud.platform"))
    if resource.get("cloud.provider", "aws") != "aws":
        return ""
    if platform == "aws_ecs":
        launch = text(resource.get("aws.ecs.launchtype")).lower()
        return _ECS_ORIGIN.get(launch, _ORIGINS[platform])
    return _ORIGINS.get(platform, "")


def service_of(resource: Attributes) -> Attributes:
    """The `service` block: the version, or else the image's tag."""
    version = text(resource.get("service.version"))
    return filled({"version": version or text(resource.get("container.image.tag"))})


def aws_of(attributes: Attributes, resource: Attributes) -> Attributes:
    """The `aws` block; takes what it uses from `attributes`. {} in another cloud."""
    called = {member: take(attributes, *names) for member, names in _CALL.items()}
    called["operation"] = take(attributes, "aws.operation", "rpc.method")
    tables = take(attributes, "aws.dynamodb.table_names")
    if isinstance(tables, list):
        called |= {"table_name": tables[0]} if len(tables) == 1 else {}
        called |= {"table_names": tables} if len(tables) > 1 else {}
    if resource.get("cloud.provider", "aws") != "aws":
        return {}
    account = called["account_id"] or text(resource.get("cloud.account.id"))
    return filled({**called, "account_id": account, **_location(resource)})


def _location(resource: Attributes) -> Attributes:
    platform = text(resource.get("cloud.platform"))
    blocks = {"xray": _sdk(resource), "cloudwatch_logs": _logs(resource)}
    if platform == "aws_ec2" or resource.get("host.id"):
        blocks["ec2"] = _members(resource, _EC2)
    if platform == "aws_ecs":
        blocks["ecs"] = _members(resource, _ECS)
    if platform == "aws_eks" or resource.get("k8s.cluster.name"):
        blocks["eks"] = _members(resource, _EKS)
    if platform == "aws_elastic_beanstalk":
        number = whole(resource.get("service.instance.id"))
        blocks["elastic_beanstalk"] = _members(resource, _BEANSTALK) | filled(
            {"deployment_id": number}
        )
    return blocks


_EC2 = {
    "instance_id": "host.id",
    "availability_zone": "cloud.availability_zone",
    "instance_size": "host.type",
    "ami_id": "host.image.id",
}
_ECS = {
    "container": "container.name",
    "container_id": "container.id",
    "container_arn": "aws.ecs.container.arn",
    "cluster_arn": "aws.ecs.cluster.arn",
    "task_arn": "aws.ecs.task.arn",
    "task_family": "aws.ecs.task.family",
    "launch_type": "aws.ecs.launchtype",
    "availability_zone": "cloud.availability_zone",
}
_EKS = {
    "cluster_name": "k8s.cluster.name",
    "pod": "k8s.pod.name",
    "container_id": "container.id",
}
_BEANSTALK = {
    "environment_name": "service.namespace",
    "version_label": "service.version",
}


def _members(resource: Attributes, names: dict[str, str]) -> Attributes:
    return filled({member: resource.get(name) for member, name in names.items()})


def _sdk(resource: Attributes) -> Attributes:
    name = text(resource.get("telemetry.sdk.name"))
    language = text(resource.get("telemetry.sdk.language"))
    auto = resource.get("telemetry.auto.version") or resource.get(
        "telemetry.distro.version"
    )
    return filled(
        {
            "sdk": f"{name} for {language}" if name and language else name,
            "sdk_version": text(resource.get("telemetry.sdk.version")),
            "auto_instrumentation": bool(auto) if name else None,
        }
    )


def _logs(resource: Attributes) -> list[Attributes]:
    arns = _names(resource.get("aws.log.group.arns"))
    if arns:
        return [{"arn": arn, "log_group": _group(arn)} for arn in arns]
    groups = _names(resource.get("aws.log.group.names"))
    return [{"log_group": name} for name in groups]


def _names(value: object) -> list[str]:
    """A list, or text with `&` between, as a resource variable spells it."""
    if isinstance(value, str):
        value = value.split("&")
    return [text(name) for name in value if name] if isinstance(value, list) else []


def _group(arn: str) -> str:
    parts = arn.split(":")
    return parts[6] if len(parts) > 6 else arn
