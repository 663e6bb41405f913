"""Calls of engines whose service speaks several protocols: JSON, query, CBOR.

CloudWatch's metrics are such a service. Its engine takes and gives what boto3 does:
members in botocore's names, times as datetimes in UTC. What a request says is held
against the service's model before the engine sees it.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.core.request import Request
from moto.core.serialize import QuerySerializer, SerializationContext
from werkzeug.wrappers import Response

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.gateway import cbor, responses
from lab_emulators.aws.gateway import request as asking
from lab_emulators.aws.gateway.request import Asked

SERVICES = frozenset({"cloudwatch"})
"""The services whose engines are called this way."""

CODES = {"cloudwatch": "InvalidParameterValue", "logs": "InvalidParameterException"}
"""What a service answers to parameters that its own model refuses."""


def parameters(request: Request, call: Asked) -> dict[str, Any]:
    """What is asked, checked; raises AwsError with every fault."""
    given = asking.parameters(request, call)
    asking.check_against(call, given, CODES[call.service])
    return {name: _aware(value) for name, value in given.items()}


def answer(document: Mapping[str, Any], call: Asked) -> Response:
    """The engine's answer in the protocol of the call."""
    request_id = str(uuid4())
    body = _WRITERS[call.protocol](document, call, request_id)
    return responses.response(body, 200, call.protocol, request_id)


def _json(document: Mapping[str, Any], call: Asked, request_id: str) -> bytes:
    return json.dumps(document, separators=(",", ":"), default=_seconds).encode()


def _query(document: Mapping[str, Any], call: Asked, request_id: str) -> bytes:
    context = SerializationContext(request_id)
    written = QuerySerializer(_model(call), context).serialize(dict(document))
    body = written["body"]
    return body.encode() if isinstance(body, str) else bytes(body)


def _cbor(document: Mapping[str, Any], call: Asked, request_id: str) -> bytes:
    return cbor.written(document, _model(call).output_shape)


_WRITERS = {"json": _json, "query": _query, cbor.PROTOCOL: _cbor}


def _model(call: Asked) -> Any:
    if call.model is None:
        raise AwsError("UnknownOperationException", f"no operation {call.name}", 404)
    return call.model


def _seconds(value: Any) -> float:
    """A time as JSON has it: seconds since 1970, in milliseconds."""
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} cannot be written in JSON")
    seconds = round(value.timestamp(), 3)
    return int(seconds) if seconds.is_integer() else seconds


def _aware(value: Any) -> Any:
    """The same with every time in UTC said to be so."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value
    if isinstance(value, dict):
        return {name: _aware(item) for name, item in value.items()}
    return [_aware(item) for item in value] if isinstance(value, list) else value
