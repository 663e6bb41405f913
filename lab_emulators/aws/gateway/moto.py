"""The base of the local AWS: moto, in this process, behind one call.

The only module that reaches into moto's backends. It finds the backend as moto's own
server does, by the host name a service would have, and calls its handler directly.
"""

import copy
import logging
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast

from botocore.exceptions import ClientError
from moto import backends
from moto.backend_index import backend_url_patterns
from moto.cloudwatch.models import CloudWatchBackend, cloudwatch_backends
from moto.core.base_backend import BackendDict
from moto.core.exceptions import ServiceException
from moto.core.request import Request
from moto.events import models as events_models
from moto.firehose import models as firehose_models
from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.models import LogGroup, LogsBackend, logs_backends
from moto.moto_api._internal import mock_random
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.utilities import RegexConverter
from moto.sns import models as sns_models
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response

from lab_emulators.aws.errors import AwsError, not_emulated
from lab_emulators.aws.gateway import cbor, outbound
from lab_emulators.aws.gateway.call import ApiCall
from lab_emulators.aws.gateway.responses import CONTENT_TYPES
from lab_emulators.contract import ACCOUNT_ID, REGION

_log = logging.getLogger(__name__)
_METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS")

# Here, once: which of moto's services imports them first, and when, does not matter.
for _delivering in (sns_models, firehose_models, events_models):
    vars(_delivering)["requests"] = outbound


class AbsentError(Exception):
    """Moto lacks the operation."""


def backend_name(service: str, signing_name: str, region: str = REGION) -> str | None:
    """What moto calls the backend of a service; None when it has none."""
    if service in ("dynamodbstreams", "s3control"):
        return service
    url = f"http://{signing_name}.{region}.amazonaws.com"
    return next((name for name, host in backend_url_patterns if host.match(url)), None)


def answer(call: ApiCall) -> Response:
    """Moto's answer to the call; raises AwsError, also for what moto cannot do."""
    if call.protocol == cbor.PROTOCOL:
        raise not_emulated(f"{call.name} (moto does not read CBOR)")
    try:
        return raw_answer(call)
    except AwsError:
        raise
    except AbsentError as error:
        raise not_emulated(call.name) from error
    except Exception as error:  # moto raises anything for bad input
        call.check(call.parameters)
        _log.warning("moto failed at %s", call.name, exc_info=error)
        detail = f"{type(error).__name__}: {error}"
        raise not_emulated(f"{call.name} (moto: {detail})") from error


def raw_answer(call: ApiCall) -> Response:
    """Moto's answer; raises AbsentError, or AwsError where moto refuses.

    Anything else that is raised is a gap of moto's or a fault of the request.
    """
    name = backend_name(call.service, call.scope.service, call.scope.region)
    if name is None:
        raise AbsentError(call.name)
    request = call.request.to_moto()
    handler = _handler(name, request)
    try:
        given = handler(request, request.raw_url, dict(request.headers))
    except NotImplementedError as error:
        raise AbsentError(call.name) from error
    except ServiceException as error:
        raise AwsError(error.code, error.message) from error
    except ClientError as error:
        refused = error.response["Error"]
        raise AwsError(refused["Code"], refused["Message"]) from error
    except HTTPException as error:
        given = error.code or 500, dict(error.get_headers()), error.get_body()
    except Exception as error:
        cause = error.__cause__  # Firehose wraps it in an error of its own
        if isinstance(cause, outbound.DeliveryError):
            raise AwsError(cause.code, cause.message) from error
        raise
    return _response(given, request, call)


def reset() -> None:
    """Forget everything, in every account and region."""
    moto_api_backend.reset()


def seed(number: int) -> None:
    """Make the ids that moto gives from now on the same in every run."""
    mock_random.seed(number)


def publish(topic: str, message: str, subject: str) -> None:
    """Send a message to an SNS topic, by its ARN; raises AwsError when that fails."""
    try:
        region, account = topic.split(":")[3:5]
        backend = backends.get_backend("sns")[account][region]
        backend.publish(message, topic, subject=subject)
    except ServiceException as error:
        raise AwsError(error.code, error.message) from error
    except Exception as error:  # moto raises anything
        _log.warning("moto failed to publish to %s", topic, exc_info=error)
        text = f"{type(error).__name__}: {error}"
        raise AwsError("InternalError", text, 500) from error


def emit(event: Mapping[str, Any]) -> None:
    """Put an event in EventBridge's form on the default bus; `time` in seconds.

    Each target for itself: one that moto cannot deliver to is logged, and keeps no
    other from the event.
    """
    for rule in _rules(event["account"], event["region"]):
        for target in list(rule.targets):
            only = copy.copy(rule)
            only.targets = [target]
            own: Any = copy.deepcopy(dict(event))  # moto writes into it
            transformed = "InputTransformer" in target
            if transformed:
                own["ingestion-time"] = event["time"]
            try:  # moto's form for events that are not transformed has no account
                only.send_to_targets(own, transform_input=transformed)
            except Exception as error:  # noqa: BLE001 - see above
                route = f"{rule.name} to {target['Arn']}"
                _log.warning("no event by rule %s", route, exc_info=error)


def _rules(account: str, region: str) -> list[Any]:
    """The enabled rules of the default bus; none where moto has no such region."""
    try:
        bus = backends.get_backend("events")[account][region].describe_event_bus(
            "default"
        )
    except Exception as error:  # noqa: BLE001 - moto raises anything
        _log.warning("no events in %s", region, exc_info=error)
        return []
    return [rule for rule in list(bus.rules.values()) if rule.state == "ENABLED"]


Call = Callable[[str, Mapping[str, Any]], dict[str, Any]]
"""An engine's `call`."""
PutMetrics = Callable[[str, list[dict[str, Any]]], None]
"""Takes a namespace and its MetricData, as PutMetricData has them."""


def hand_over(logs: Call, put_metrics: PutMetrics) -> None:
    """Make moto's services log and measure into our engines, not into moto's own.

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
    """Stands where moto's services look for moto's logs; the groups are an engine's."""

    call: Call

    def describe_log_groups(  # type: ignore[override]
        self, log_group_name_prefix: str | None = None
    ) -> tuple[list[LogGroup], None]:
        prefix = log_group_name_prefix
        given = {"logGroupNamePrefix": prefix} if prefix else {}
        names: list[str] = []
        rest: dict[str, str] = {}
        while True:
            page = self.call("DescribeLogGroups", {**given, **rest})
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

    def _quietly(self, operation: str, given: Mapping[str, Any]) -> None:
        """Log for another service, whose call must not fail because of it."""
        try:
            self.call(operation, given)
        except AwsError as error:
            if error.code != "ResourceAlreadyExistsException":
                name = given["logGroupName"]
                _log.warning("%s for %s failed: %s", operation, name, error)


class _Metrics(CloudWatchBackend):
    """Stands where moto's services put metrics; dashboards stay with moto."""

    call: PutMetrics

    def put_metric_data(
        self, namespace: str, metric_data: list[dict[str, Any]]
    ) -> None:
        self.call(namespace, metric_data)


def _stream(group: str, stream: str) -> dict[str, str]:
    """A stream; the ARN of a target may end as those of DescribeLogGroups do."""
    return {"logGroupName": group.removesuffix(":*"), "logStreamName": stream}


def handlers(name: str) -> Mapping[str, Any]:
    """Path pattern → handler of one of moto's backends.

    Raises AbsentError for a backend that needs packages the lab does without.
    """
    try:
        found = backends.get_backend(name)  # type: ignore[call-overload]
    except ImportError as error:
        raise AbsentError(name) from error
    if isinstance(found, BackendDict):
        regions = found[ACCOUNT_ID]
        home = REGION if REGION in regions else "aws"
        return dict(regions[home].flask_paths)
    return dict(found["global"].flask_paths)


@cache
def _paths(name: str) -> Map:
    rules = [
        Rule(path, endpoint=handler, methods=_METHODS, strict_slashes=False)
        for path, handler in handlers(name).items()
        if path
    ]
    return Map(rules, converters={"regex": RegexConverter}, merge_slashes=False)


def _handler(name: str, request: Request) -> Any:
    try:
        return _paths(name).bind(request.host).match(request.path, request.method)[0]
    except HTTPException as error:
        raise AbsentError(name) from error


def _response(given: Any, request: Request, call: ApiCall) -> Response:
    status, headers, body = given if len(given) == 3 else (200, {}, given)
    made = Response(body, status, headers, content_type=None)
    if "Content-Type" not in made.headers:
        made.headers["Content-Type"] = CONTENT_TYPES[call.protocol]
    if request.method == "HEAD" and "content-length" in headers:
        made.headers["Content-Length"] = headers["content-length"]
    if status >= 400 and _says_nothing(made, request):
        raise AbsentError(call.name)
    return made


def _says_nothing(made: Response, request: Request) -> bool:
    """Whether an error is a page for people, or empty where a text could be."""
    body = made.get_data().lstrip()[:15].lower()
    page = body.startswith((b"<!doctype html", b"<html"))
    return page or (not body and request.method != "HEAD" and made.status_code == 404)
