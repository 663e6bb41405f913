"""Stand-ins that pass the logs and metrics of moto's services to our engines.

Moto's services look for moto's backends of CloudWatch and its Logs; these stand there
instead.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, cast

from moto.cloudwatch.models import CloudWatchBackend, cloudwatch_backends
from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.models import LogGroup, LogsBackend, logs_backends

from lab_emulators.aws.errors import AwsError

_log = logging.getLogger(__name__)

Call = Callable[[str, Mapping[str, Any]], dict[str, Any]]
"""An engine's `call`."""
PutMetrics = Callable[[str, list[dict[str, Any]]], None]
"""Takes a namespace and its MetricData, as PutMetricData has them."""


def hand_over(logs: Call, put_metrics: PutMetrics) -> None:
    """Makes moto's services log and measure into our engines, not into moto's own.

    They look for log groups there too: EventBridge's targets, EC2's flow logs,
    Route 53's query logging.
    """
    backends: tuple[Any, Any] = logs_backends, cloudwatch_backends
    stand_ins: tuple[Any, Any] = _Logs, _Metrics
    calls: tuple[Any, Any] = logs, put_metrics
    for backend, kind, call in zip(backends, stand_ins, calls, strict=True):
        backend.backend = type(kind.__name__, (kind,), {"call": staticmethod(call)})
        backend.backend.__module__ = kind.__base__.__module__  # its paths are beside it
        backend.clear()


class _Logs(LogsBackend):
    """Replaces moto's logs backend for moto's services; the groups are an engine's."""

    call: Call

    def describe_log_groups(  # type: ignore[override]
        self, log_group_name_prefix: str | None = None
    ) -> tuple[list[LogGroup], None]:
        prefix = log_group_name_prefix
        filters = {"logGroupNamePrefix": prefix} if prefix else {}
        names: list[str] = []
        rest: dict[str, str] = {}
        while True:
            page = self.call("DescribeLogGroups", {**filters, **rest})
            names += [group["logGroupName"] for group in page["logGroups"]]
            if "nextToken" not in page:
                return [self._known(name) for name in names], None
            rest = {"nextToken": page["nextToken"]}

    def list_tags_log_group(self, log_group_name: str) -> dict[str, str]:
        """No tags; EC2's flow logs look whether there is such a group."""
        try:
            self.call("DescribeLogStreams", {"logGroupName": log_group_name})
        except AwsError as error:
            raise ResourceNotFoundException from error
        return {}

    def ensure_log_group(self, log_group_name: str) -> None:
        self._quietly("CreateLogGroup", {"logGroupName": log_group_name})

    def create_log_stream(self, log_group_name: str, log_stream_name: str) -> None:
        self._quietly("CreateLogStream", _stream(log_group_name, log_stream_name))

    ensure_log_stream = create_log_stream

    def put_log_events(
        self,
        log_group_name: str,
        log_stream_name: str,
        log_events: list[dict[str, Any]],
    ) -> tuple[str, dict[str, Any]]:
        events = [
            {"timestamp": int(event["timestamp"]), "message": event["message"]}
            for event in log_events
        ]
        stream = _stream(log_group_name, log_stream_name)
        self._quietly("PutLogEvents", {**stream, "logEvents": events})
        return "", {}

    def _known(self, name: str) -> LogGroup:
        kind: Any = LogGroup  # what moto makes its own ones of
        return cast(LogGroup, kind(self.account_id, self.region_name, name))

    def _quietly(self, operation: str, parameters: Mapping[str, Any]) -> None:
        """Log for another service, whose call must not fail because of it."""
        try:
            self.call(operation, parameters)
        except AwsError as error:
            if error.code != "ResourceAlreadyExistsException":
                name = parameters["logGroupName"]
                _log.warning("%s for %s failed: %s", operation, name, error)


class _Metrics(CloudWatchBackend):
    """Replaces moto's metrics backend for moto's services; dashboards stay moto's."""

    call: PutMetrics

    def put_metric_data(
        self, namespace: str, metric_data: list[dict[str, Any]]
    ) -> None:
        self.call(namespace, metric_data)


def _stream(group: str, stream: str) -> dict[str, str]:
    """A stream; the ARN of a target may end as those of DescribeLogGroups do."""
    return {"logGroupName": group.removesuffix(":*"), "logStreamName": stream}
