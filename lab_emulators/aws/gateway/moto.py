"""The base of the local AWS: moto, in this process, behind one call.

Beside `stand_ins` the only module that reaches into moto's backends. It finds the
backend as moto's own server does, by the host name a service would have, and calls its
handler directly.
"""

import copy
import logging
from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.exceptions import ClientError
from moto import backends
from moto.backend_index import backend_url_patterns
from moto.core.base_backend import BackendDict
from moto.core.exceptions import ServiceException
from moto.core.request import Request
from moto.events import models as events_models
from moto.firehose import models as firehose_models
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
    """Moto's name of the backend of a service; None when it has none."""
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
        answer = handler(request, request.raw_url, dict(request.headers))
    except NotImplementedError as error:
        raise AbsentError(call.name) from error
    except ServiceException as error:
        raise AwsError(error.code, error.message) from error
    except ClientError as error:
        refused = error.response["Error"]
        raise AwsError(refused["Code"], refused["Message"]) from error
    except HTTPException as error:
        answer = error.code or 500, dict(error.get_headers()), error.get_body()
    except Exception as error:
        cause = error.__cause__  # Firehose wraps it in an error of its own
        if isinstance(cause, outbound.DeliveryError):
            raise AwsError(cause.code, cause.message) from error
        raise
    return _response(answer, request, call)


def reset() -> None:
    """Removes all data, in every account and region."""
    moto_api_backend.reset()


def seed(number: int) -> None:
    """Makes the ids that moto gives from now on the same in every run."""
    mock_random.seed(number)


def publish(topic: str, message: str, subject: str) -> None:
    """Sends a message to an SNS topic, by its ARN; raises AwsError when that fails."""
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
    """Puts an event in EventBridge's form on the default bus; `time` in seconds.

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


def handlers(name: str) -> Mapping[str, Any]:
    """Path pattern → handler of one of moto's backends.

    Raises AbsentError for a backend that needs packages the lab does without.
    """
    try:
        backend = backends.get_backend(name)  # type: ignore[call-overload]
    except ImportError as error:
        raise AbsentError(name) from error
    if isinstance(backend, BackendDict):
        regions = backend[ACCOUNT_ID]
        home = REGION if REGION in regions else "aws"
        return dict(regions[home].flask_paths)
    return dict(backend["global"].flask_paths)


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


def _response(answer: Any, request: Request, call: ApiCall) -> Response:
    status, headers, body = answer if len(answer) == 3 else (200, {}, answer)
    response = Response(body, status, headers, content_type=None)
    if "Content-Type" not in response.headers:
        response.headers["Content-Type"] = CONTENT_TYPES[call.protocol]
    if request.method == "HEAD" and "content-length" in headers:
        response.headers["Content-Length"] = headers["content-length"]
    if status >= 400 and _says_nothing(response, request):
        raise AbsentError(call.name)
    return response


def _says_nothing(response: Response, request: Request) -> bool:
    """True for an error that is an HTML page, or empty where a text could be."""
    body = response.get_data().lstrip()[:15].lower()
    page = body.startswith((b"<!doctype html", b"<html"))
    return page or (
        not body and request.method != "HEAD" and response.status_code == 404
    )
