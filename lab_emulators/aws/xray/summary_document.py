"""The document of a trace's summary, as GetTraceSummaries returns it."""

from collections.abc import Iterable
from typing import Any

from lab_emulators.aws.xray.model import AnnotationValue, ServiceId
from lab_emulators.aws.xray.root_causes import Cause, CauseService, Entity
from lab_emulators.aws.xray.trace_summary import Facts, TraceSummary, ValuesByService


def summary_document(summary: TraceSummary) -> dict[str, Any]:
    """`TraceSummary` of the API; times in seconds since 1970."""
    root = summary.root
    document: dict[str, Any] = {
        "Id": summary.id,
        "StartTime": summary.start,
        "Duration": _rounded(summary.duration),
        "HasFault": root.fault,
        "HasError": root.error,
        "HasThrottle": any(node.throttle for node in summary.nodes),
        "IsPartial": summary.partial,
        "Http": _http(root),
        "Annotations": {
            key: [
                {"AnnotationValue": _annotation(value), "ServiceIds": _ids(services)}
                for value, services in values
            ]
            for key, values in summary.annotations.items()
        },
        "Users": _users(summary.users),
        "ServiceIds": _ids(dict.fromkeys(node.service for node in summary.nodes)),
        "ResourceARNs": [{"ARN": a} for a in _distinct(n.arn for n in summary.nodes)],
        "InstanceIds": [
            {"Id": i} for i in _distinct(n.instance for n in summary.nodes)
        ],
        "AvailabilityZones": [
            {"Name": zone} for zone in _distinct(n.zone for n in summary.nodes)
        ],
        "EntryPoint": root.service.as_document(),
        "FaultRootCauses": [cause_document(cause) for cause in summary.faults],
        "ErrorRootCauses": [cause_document(cause) for cause in summary.errors],
        "ResponseTimeRootCauses": [cause_document(cause) for cause in summary.slow],
        "Revision": summary.revision,
    }
    if root.response_time is not None:
        document["ResponseTime"] = _rounded(root.response_time)
    return document


def cause_document(cause: Cause) -> dict[str, Any]:
    """A root cause as summaries show it, and as `rootcause.json` compares it."""
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
    document: dict[str, Any] = {"Name": entity.name, "Remote": entity.remote}
    if entity.coverage is not None:
        document["Coverage"] = entity.coverage
    else:
        document["Exceptions"] = [
            {"Name": name, "Message": message} for name, message in entity.exceptions
        ]
    return document


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


def _users(users: ValuesByService) -> list[dict[str, Any]]:
    return [{"UserName": user, "ServiceIds": _ids(by)} for user, by in users]


def _ids(services: Iterable[ServiceId]) -> list[dict[str, Any]]:
    return [service.as_document() for service in services]


def _distinct(values: Iterable[str]) -> list[str]:
    return [value for value in dict.fromkeys(values) if value]


def _rounded(seconds: float) -> float:
    """Rounds to microseconds, which hides the errors of floating point."""
    return round(seconds, 6)
