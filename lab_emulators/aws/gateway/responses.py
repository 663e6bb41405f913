"""Answers as AWS writes them, and its errors in the protocol of the service.

The protocols are those of the service models (Smithy, "AWS protocols").
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

from botocore.model import ServiceModel
from werkzeug.wrappers import Response

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.gateway import cbor

CONTENT_TYPES = {
    "json": "application/x-amz-json-1.1",
    "rest-json": "application/json",
    "query": "text/xml",
    "ec2": "text/xml;charset=UTF-8",
    "rest-xml": "application/xml",
    cbor.PROTOCOL: cbor.CONTENT_TYPE,
}
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def plain(document: Mapping[str, Any], protocol: str = "rest-json") -> Response:
    """A successful answer of an engine whose members keep their names on the wire."""
    body = json.dumps(document, separators=(",", ":"))
    return response(body, 200, protocol, str(uuid4()))


def refusal(
    error: AwsError, protocol: str, model: ServiceModel | None = None
) -> Response:
    """The error as clients of `protocol` read it: code, message, status.

    A service that once spoke the query protocol has old names for its errors, which
    its clients still go by; they are told in a header (Smithy, "awsQueryCompatible").
    """
    request_id = str(uuid4())
    modern = protocol in ("json", cbor.PROTOCOL)
    compatible = model and modern and "awsQueryCompatible" in model.metadata
    told = _with_shapes_name(error, model) if model and compatible else error
    body = _WRITERS[protocol](told, request_id)
    answer = response(body, error.status, protocol, request_id)
    answer.headers["x-amzn-ErrorType"] = _header_text(told.code)
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


def _with_shapes_name(error: AwsError, model: ServiceModel) -> AwsError:
    shape = model.shape_for_error_code(error.code)
    code = str(shape.name) if shape else error.code
    return AwsError(code, error.message, error.status, members=error.members)


def _fault(error: AwsError) -> str:
    return "Sender" if error.status < 500 else "Receiver"


def _cbor(error: AwsError, request_id: str) -> bytes:
    return cbor.refused(error.code, error.message)


def _json(error: AwsError, request_id: str) -> str:
    told = {"__type": error.code, "message": error.message}
    return json.dumps(told | dict(error.members))


def _rest_json(error: AwsError, request_id: str) -> str:
    return json.dumps({"message": error.message} | dict(error.members))


def _query(error: AwsError, request_id: str) -> str:
    return (
        f"{_XML}<ErrorResponse><Error><Type>{_fault(error)}</Type>{_code(error)}</Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )


def _ec2(error: AwsError, request_id: str) -> str:
    return (
        f"{_XML}<Response><Errors><Error>{_code(error)}</Error></Errors>"
        f"<RequestID>{request_id}</RequestID></Response>"
    )


def _rest_xml(error: AwsError, request_id: str) -> str:
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
    kept = (c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)
    return escape("".join(kept))


def _header_text(text: str) -> str:
    return "".join(c for c in text if c.isascii() and c.isprintable())


_WRITERS: Mapping[str, Callable[[AwsError, str], str | bytes]] = {
    cbor.PROTOCOL: _cbor,
    "json": _json,
    "rest-json": _rest_json,
    "query": _query,
    "ec2": _ec2,
    "rest-xml": _rest_xml,
}
