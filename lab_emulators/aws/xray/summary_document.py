"""A digest as GetTraceSummaries shows it."""

from collections.abc import Iterable
from typing import Any

from lab_emulators.aws.xray.model import AnnotationValue, ServiceId
from lab_emulators.aws.xray.root_causes import Cause, CauseService, Entity
from lab_emulators.aws.xray.trace_summary import Digest, Facts, Tagged


def summary(digest: Digest) -> dict[str, Any]:
    """The TraceSummary of a digest; times in seconds since 1970."""
    root = digest.root
    shown: dict[str, Any] = {
        "Id": digest.id,
        "StartTime": digest.start,
        "Duration": _rounded(digest.duration),
        "HasFault": root.fault,
        "HasError": root.error,
        "HasThrottle": any(node.throttle for node in digest.nodes),
        "IsPartial": digest.partial,
        "Http": _http(root),
        "Annotations": {
            key: [
                {"AnnotationValue": _annotation(value), "ServiceIds": _ids(services)}
                for value, services in values
            ]
            for key, values in digest.annotations.items()
        },
        "Users": _users(digest.users),
        "ServiceIds": _ids(dict.fromkeys(node.service for node in digest.nodes)),
        "ResourceARNs": [{"ARN": a} for a in _distinct(n.arn for n in digest.nodes)],
        "InstanceIds": [{"Id": i} for i in _distinct(n.instance for n in digest.nodes)],
        "AvailabilityZones": [
            {"Name": zone} for zone in _distinct(n.zone for n in digest.nodes)
        ],
        "EntryPoint": root.service.as_document(),
        "FaultRootCauses": [cause_document(cause) for cause in digest.faults],
        "ErrorRootCauses": [cause_document(cause) for cause in digest.errors],
        "ResponseTimeRootCauses": [cause_document(cause) for cause in digest.slow],
        "Revision": digest.revision,
    }
    if root.response_time is not None:
        shown["ResponseTime"] = _rounded(root.response_time)
    return shown


def cause_document(cause: Cause) -> dict[str, Any]:
    """A root cause as summaries show it, and as `rootcause.json` is compared to."""
    return {
        "Services": [_service(service) for service in cause.services],
        "ClientImpacting": cause.client_impacting,
    }


def _service(service: CauseService) -> dict[str, Any]:
    return {
        **service.service.as_document(),
        "EntityPath": [_entity(entity) for entity in service.path],
        "Inferred": service.inferred,
    }


def _entity(entity: Entity) -> dict[str, Any]:
    shown: dict[str, Any] = {"Name": entity.name, "Remote": entity.remote}
    if entity.coverage is not None:
        shown["Coverage"] = entity.coverage
    else:
        shown["Exceptions"] = [
            {"Name": name, "Message": message} for name, message in entity.exceptions
        ]
    return shown


def _http(root: Facts) -> dict[str, Any]:
    members = {
        "HttpURL": root.url,
        "HttpStatus": root.status,
        "HttpMethod": root.method,
        "UserAgent": root.user_agent,
        "ClientIp": root.client_ip,
    }
    return {key: value for key, value in members.items() if value not in ("", None)}


def _annotation(value: AnnotationValue) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BooleanValue": value}
    if isinstance(value, str):
        return {"StringValue": value}
    return {"NumberValue": value}


def _users(users: Tagged) -> list[dict[str, Any]]:
    return [{"UserName": user, "ServiceIds": _ids(by)} for user, by in users]


def _ids(services: Iterable[ServiceId]) -> list[dict[str, Any]]:
    return [service.as_document() for service in services]


def _distinct(values: Iterable[str]) -> list[str]:
    return [value for value in dict.fromkeys(values) if value]


def _rounded(seconds: float) -> float:
    """Microseconds are more than documents have, and hide what floats add."""
    return round(seconds, 6)
