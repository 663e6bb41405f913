"""Answers as AWS writes them, and its errors in the protocol of the service.

The protocols are those of the service models (Smithy, "AWS protocols").
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

from botocore.model import ServiceModel
from moto.core.serialize import QuerySerializer, SerializationContext
from werkzeug.wrappers import Response

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.gateway import cbor
from lab_emulators.aws.gateway.call import ApiCall

CONTENT_TYPES = {
    "json": "application/x-amz-json-1.1",
    "rest-json": "application/json",
    "query": "text/xml",
    "ec2": "text/xml;charset=UTF-8",
    "rest-xml": "application/xml",
    cbor.PROTOCOL: cbor.CONTENT_TYPE,
}
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def success(document: Mapping[str, Any], call: ApiCall) -> Response:
    """An engine's answer, in botocore's names, in the protocol of the call."""
    request_id = str(uuid4())
    body = _SUCCESS_WRITERS[call.protocol](document, call, request_id)
    return response(body, 200, call.protocol, request_id)


def plain(document: Mapping[str, Any]) -> Response:
    """A successful answer of the lab itself, as JSON."""
    body = json.dumps(document, separators=(",", ":"))
    return response(body, 200, "rest-json", str(uuid4()))


def refusal(
    error: AwsError, protocol: str, model: ServiceModel | None = None
) -> Response:
    """The error as clients of `protocol` read it: code, message, status.

    A service that once spoke the query protocol has old names for its errors, which
    its clients still go by; a header has them (Smithy, "awsQueryCompatible").
    """
    request_id = str(uuid4())
    modern = protocol in ("json", cbor.PROTOCOL)
    compatible = model and modern and "awsQueryCompatible" in model.metadata
    named = _with_shapes_name(error, model) if model and compatible else error
    body = _ERROR_WRITERS[protocol](named, request_id)
    answer = response(body, error.status, protocol, request_id)
    answer.headers["x-amzn-ErrorType"] = _header_text(named.code)
    if compatible:
        code = _header_text(f"{error.code};{_fault(error)}")
        answer.headers["x-amzn-query-error"] = code
    return answer


def response(
    body: str | bytes, status: int, protocol: str, request_id: str
) -> Response:
    """The answer with what every answer of the protocol carries."""
    answer = Response(body, status, content_type=CONTENT_TYPES[protocol])
    answer.headers["x-amzn-RequestId"] = request_id
    if protocol == cbor.PROTOCOL:
        answer.headers[cbor.HEADER[0]] = cbor.HEADER[1]
    return answer


def _json(document: Mapping[str, Any], call: ApiCall, request_id: str) -> str:
    return json.dumps(document, separators=(",", ":"), default=_seconds)


def _query(document: Mapping[str, Any], call: ApiCall, request_id: str) -> str | bytes:
    context = SerializationContext(request_id)
    written = QuerySerializer(_model(call), context).serialize(dict(document))
    return written["body"]


def _cbor(document: Mapping[str, Any], call: ApiCall, request_id: str) -> bytes:
    return cbor.written(document, _model(call).output_shape)


def _model(call: ApiCall) -> Any:
    if call.model is None:
        raise AwsError("UnknownOperationException", f"no operation {call.name}", 404)
    return call.model


def _seconds(value: Any) -> float:
    """A time as JSON has it: seconds since 1970, in milliseconds."""
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} cannot be written in JSON")
    seconds = round(value.timestamp(), 3)
    return int(seconds) if seconds.is_integer() else seconds


_SUCCESS_WRITERS: Mapping[
    str, Callable[[Mapping[str, Any], ApiCall, str], str | bytes]
] = {
    cbor.PROTOCOL: _cbor,
    "json": _json,
    "rest-json": _json,
    "query": _query,
}


def _with_shapes_name(error: AwsError, model: ServiceModel) -> AwsError:
    shape = model.shape_for_error_code(error.code)
    code = str(shape.name) if shape else error.code
    return AwsError(code, error.message, error.status, members=error.members)


def _fault(error: AwsError) -> str:
    return "Sender" if error.status < 500 else "Receiver"


def _cbor_error(error: AwsError, request_id: str) -> bytes:
    return cbor.refused(error.code, error.message)


def _json_error(error: AwsError, request_id: str) -> str:
    document = {"__type": error.code, "message": error.message}
    return json.dumps(document | dict(error.members))


def _rest_json_error(error: AwsError, request_id: str) -> str:
    return json.dumps({"message": error.message} | dict(error.members))


def _query_error(error: AwsError, request_id: str) -> str:
    return (
        f"{_XML}<ErrorResponse><Error><Type>{_fault(error)}</Type>{_code(error)}</Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )


def _ec2_error(error: AwsError, request_id: str) -> str:
    return (
        f"{_XML}<Response><Errors><Error>{_code(error)}</Error></Errors>"
        f"<RequestID>{request_id}</RequestID></Response>"
    )


def _rest_xml_error(error: AwsError, request_id: str) -> str:
    """S3's form, which the other services of the protocol wrap once more."""
    return (
        f"{_XML}<Error>{_code(error)}<RequestId>{request_id}</RequestId>"
        "<HostId>local</HostId></Error>"
    )


def _code(error: AwsError) -> str:
    code, message = (_xml_text(text) for text in (error.code, error.message))
    return f"<Code>{code}</Code><Message>{message}</Message>"


def _xml_text(text: str) -> str:
    """Escaped, without the control characters that XML cannot carry."""
    printable = (c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)
    return escape("".join(printable))


def _header_text(text: str) -> str:
    return "".join(c for c in text if c.isascii() and c.isprintable())


_ERROR_WRITERS: Mapping[str, Callable[[AwsError, str], str | bytes]] = {
    cbor.PROTOCOL: _cbor_error,
    "json": _json_error,
    "rest-json": _rest_json_error,
    "query": _query_error,
    "ec2": _ec2_error,
    "rest-xml": _rest_xml_error,
}
