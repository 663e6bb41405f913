"""The parameters of a call: read in its protocol, checked by the service's model."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import msgspec
from botocore.validate import ParamValidator
from moto.core.model import OperationModel
from moto.core.parse import (
    PROTOCOL_PARSERS,
    RequestParserError,
    default_timestamp_parser,
)

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.gateway import cbor
from lab_emulators.aws.gateway.http_request import HttpRequest
from lab_emulators.aws.services import Service

JSON_ONLY = (("json",), ("rest-json",))
"""The protocols of a service whose parameters are the members of a JSON body."""

_UNREADABLE = (
    RequestParserError, AttributeError, KeyError, TypeError, ValueError, RecursionError
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class EncodedRequest:
    """A request to a service, and what says how its parameters are written.

    `labels` are the parts of the path that are parameters; an operation that the
    service does not have has no `model`.
    """

    request: HttpRequest = field(repr=False, compare=False)
    facts: Service
    protocol: str
    model: OperationModel | None = field(default=None, repr=False)
    labels: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters in botocore's names, read from the request once.

        For a service of ours that speaks JSON only they are the members of the body as
        they came, for any other they have botocore's types, times in UTC. They are
        checked where the service leaves that to the gateway. Raises AwsError.
        """
        if self.facts.protocols in JSON_ONLY:
            parameters = parse_json(self.request.body)
        elif self.model is None or self.model.input_shape is None:
            return {}
        else:
            parameters = _parse_modeled(self, self.model)
        if self.facts.checked_by_gateway:
            self.check(parameters)
        return parameters

    def check(self, parameters: Mapping[str, Any]) -> None:
        """Validates parameters by the model; raises AwsError with every fault.

        Its code is SerializationException where a type is wrong.
        """
        if self.model is None or self.model.input_shape is None:
            return
        report = ParamValidator().validate(parameters, self.model.input_shape)
        if report.has_errors():
            text = report.generate_report()
            mistyped = text.startswith("Invalid type")
            code = "SerializationException" if mistyped else self.facts.parameter_error
            raise AwsError(code, text)


def parse_json(body: bytes) -> dict[str, Any]:
    """The JSON object in a body; an empty body is an empty object.

    Raises AwsError SerializationException for any other body.
    """
    try:
        document = _decode(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise AwsError("SerializationException", f"not JSON: {error}") from error
    if not isinstance(document, dict):
        raise AwsError("SerializationException", "the body must be a JSON object")
    if b"\\u" in body:
        _refuse_surrogates(document)
    return document


def _parse_modeled(call: EncodedRequest, model: OperationModel) -> dict[str, Any]:
    try:
        if call.protocol == cbor.PROTOCOL:
            return cbor.read(call.request.body, model.input_shape)
        parser: Any = PROTOCOL_PARSERS[call.protocol](model, timestamp_parser=_utc)
        if call.protocol == "json":  # moto's own reading ignores what is not JSON
            document = parse_json(call.request.body)
            return dict(parser._parse_shape(model.input_shape, document))
        return dict(parser.parse(_http_parts(call)))
    except cbor.NotCborError as error:
        text = f"the request cannot be read: {error}"
        raise AwsError("SerializationException", text) from error
    except _UNREADABLE as error:
        text = f"the request cannot be read: {type(error).__name__}: {error}"
        raise AwsError("SerializationException", text) from error


def _http_parts(call: EncodedRequest) -> dict[str, Any]:
    """A request in the form that moto's parsers read."""
    head = call.request.parsed
    return {
        "method": head.method,
        "headers": head.headers,
        "values": head.values,
        "body": call.request.body,
        "url_path": call.request.path,
        "url_params": call.labels,
    }


def _decode(body: bytes) -> Any:
    """The value `body` is in JSON, as Python's own reader understands it."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError):
        return json.loads(body)  # takes a little more, and says what is wrong


def _refuse_surrogates(document: Mapping[str, Any]) -> None:
    """JSON can escape half of a surrogate pair, which no stored text can have."""
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = ascii(str(error.object)[error.start])
        text = f"a text in the body has half of a surrogate pair, {half}"
        raise AwsError("SerializationException", text) from error


def _utc(value: Any) -> datetime:
    return default_timestamp_parser(value).replace(tzinfo=UTC)
