"""The AWS services that the lab knows something about: one record for each.

What a service's own model says (operations, members, errors) is not repeated here;
these are the facts that the models of botocore do not have, or that are needed before
a model is loaded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

JSON_TYPE = "application/x-amz-json-1.1"
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class WarmUpCall:
    """A call that reads and leaves nothing behind: method, path, headers, body."""

    method: str = "POST"
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def _target(target: str) -> WarmUpCall:
    return WarmUpCall(
        headers={"X-Amz-Target": target, "Content-Type": JSON_TYPE}, body=b"{}"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One AWS service, under botocore's name of it.

    `signing_name` is the name in a request's credential scope. An engine of ours
    answers requests in `protocols`; a service without any is moto's alone. Parameters
    that contradict the service's model are refused with `parameter_error`, by the
    gateway where it is `checked_by_gateway`, else by the engine. Moto may answer
    `moto_operations` at most, None is no limit. Calls of `data_events` are no
    management events of CloudTrail, or not recorded at all. `otlp_path` takes the
    signal of OpenTelemetry that the service stores.
    """

    name: str
    signing_name: str = ""
    protocols: tuple[str, ...] = ()
    parameter_error: str = "ValidationException"
    checked_by_gateway: bool = False
    moto_operations: frozenset[str] | None = None
    data_events: frozenset[str] = frozenset()
    otlp_path: str = ""
    warm_up: WarmUpCall | None = None


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DOCUMENTED = (
    Service(
        name="xray",
        protocols=("rest-json",),
        parameter_error="InvalidRequestException",
        moto_operations=frozenset(),  # moto's X-Ray is a stub
        data_events=_names("PutTraceSegments PutTelemetryRecords"),
        otlp_path="/v1/traces",
        warm_up=WarmUpCall(
            path="/GetSamplingRules",
            headers={"Content-Type": "application/json"},
            body=b"{}",
        ),
    ),
    Service(
        name="logs",
        protocols=("json",),
        parameter_error="InvalidParameterException",
        checked_by_gateway=True,
        moto_operations=frozenset(),  # moto's Logs cannot be queried
        data_events=_names("PutLogEvents"),
        otlp_path="/v1/logs",
        warm_up=_target("Logs_20140328.DescribeLogGroups"),
    ),
    Service(
        name="cloudwatch",
        signing_name="monitoring",
        protocols=("smithy-rpc-v2-cbor", "json", "query"),
        parameter_error="InvalidParameterValue",
        checked_by_gateway=True,
        moto_operations=_names(
            "DeleteDashboards GetDashboard ListDashboards PutDashboard"
        ),
        data_events=_names("PutMetricData"),
        otlp_path="/v1/metrics",
        warm_up=_target("GraniteServiceVersion20100801.ListMetrics"),
    ),
    Service(
        name="events",
        data_events=_names("PutEvents"),
        warm_up=_target("AWSEvents.ListRules"),
    ),
    # Not warmed up: loading moto's EC2 costs over a second and 130 MiB.
    Service(name="ec2"),
    Service(
        name="s3",
        data_events=_names(
            "PutObject CopyObject DeleteObject DeleteObjects RestoreObject "
            "CreateMultipartUpload UploadPart UploadPartCopy AbortMultipartUpload "
            "CompleteMultipartUpload PutObjectAcl PutObjectTagging "
            "DeleteObjectTagging PutObjectRetention PutObjectLegalHold"
        ),
        warm_up=WarmUpCall("GET"),
    ),
    Service(
        name="sqs",
        data_events=_names(
            "SendMessage SendMessageBatch DeleteMessage DeleteMessageBatch "
            "ChangeMessageVisibility ChangeMessageVisibilityBatch"
        ),
        warm_up=_target("AmazonSQS.ListQueues"),
    ),
    Service(name="sns", data_events=_names("Publish PublishBatch")),
    Service(
        name="sts",
        warm_up=WarmUpCall(
            headers={"Content-Type": FORM_TYPE},
            body=b"Action=GetCallerIdentity&Version=2011-06-15",
        ),
    ),
    Service(name="iam"),
    Service(
        name="dynamodb",
        data_events=_names(
            "PutItem UpdateItem DeleteItem BatchWriteItem TransactWriteItems "
            "ExecuteStatement BatchExecuteStatement ExecuteTransaction TransactGetItems"
        ),
    ),
    Service(name="ssm"),
)
# Known by nothing but a signing name that is not the service's own name.
_RENAMED = (
    Service(name="stepfunctions", signing_name="states"),
    Service(name="elbv2", signing_name="elasticloadbalancing"),
    Service(name="resourcegroupstaggingapi", signing_name="tagging"),
    Service(name="amp", signing_name="aps"),
)

DOCUMENTED = tuple(service.name for service in _DOCUMENTED)
"""The services of `docs/aws_capabilities.md`; others go to moto if it has them."""

SERVICES: Mapping[str, Service] = MappingProxyType(
    {service.name: service for service in (*_DOCUMENTED, *_RENAMED)}
)
"""The records by botocore's name of the service."""

BY_SIGNING_NAME: Mapping[str, Service] = MappingProxyType(
    {service.signing_name or service.name: service for service in SERVICES.values()}
    | {"eventbridge": SERVICES["events"]}
)
"""The records by the name that requests are signed for."""


def service_of(name: str) -> Service:
    """The record of a service; one without facts for a service that has none."""
    return SERVICES.get(name) or Service(name=name)
