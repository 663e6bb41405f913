"""Answers as AWS writes them, and its errors in the protocol of the service.

The five protocols are those of the service models (Smithy, "AWS protocols").
"""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from lab_helpers.emulators.aws.errors import AwsError

CONTENT_TYPES = {
    "json": "application/x-amz-json-1.1",
    "rest-json": "application/json",
    "query": "text/xml",
    "ec2": "text/xml;charset=UTF-8",
    "rest-xml": "application/xml",
}
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def plain(document: Mapping[str, Any], protocol: str = "rest-json") -> Response:
    """A successful answer of an engine whose members keep their names on the wire."""
    body = json.dumps(document, separators=(",", ":"))
    return _response(body, 200, protocol, str(uuid4()))


def refusal(error: AwsError, protocol: str) -> Response:
    """The error as clients of `protocol` read it: code, message, status."""
    request_id = str(uuid4())
    write = _WRITERS[protocol]
    answer = _response(write(error, request_id), error.status, protocol, request_id)
    answer.headers["x-amzn-ErrorType"] = _header_text(error.code)
    return answer


def _response(body: str, status: int, protocol: str, request_id: str) -> Response:
    answer = Response(body, status, content_type=CONTENT_TYPES[protocol])
    answer.headers["x-amzn-RequestId"] = request_id
    return answer


def _json(error: AwsError, request_id: str) -> str:
    return json.dumps({"__type": error.code, "message": error.message})


def _rest_json(error: AwsError, request_id: str) -> str:
    return json.dumps({"message": error.message})


def _query(error: AwsError, request_id: str) -> str:
    fault = "Sender" if error.status < 500 else "Receiver"
    return (
        f"{_XML}<ErrorResponse><Error><Type>{fault}</Type>{_code(error)}</Error>"
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


_WRITERS = {
    "json": _json,
    "rest-json": _rest_json,
    "query": _query,
    "ec2": _ec2,
    "rest-xml": _rest_xml,
}
