"""One UDP packet: a header line, a newline, one document (AWS X-Ray, "daemon").

The document is not looked into, as the real daemon does not: what is wrong with it
the service says. ADOT's exporter uses the same header, and instead of a document
writes `T1S` (sampled spans) or `T1U` (unsampled) and OTLP protobuf in base64.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from enum import Enum

LARGEST = 64 * 1024
"""Bytes of a datagram; UDP itself carries a few less."""


class Kind(Enum):
    """Kind of payload in a packet."""

    SEGMENT = "segment"
    SPANS = "spans"
    UNSAMPLED = "unsampled"


_SPANS = {b"T1S": Kind.SPANS, b"T1U": Kind.UNSAMPLED}


class PacketError(Exception):
    """A packet that nothing can be made of; the text is the reason."""


@dataclass(frozen=True, slots=True)
class Packet:
    """Payload of a datagram: a segment document as UTF-8 text, or OTLP protobuf."""

    kind: Kind
    body: bytes


def read(datagram: bytes) -> Packet:
    """The packet in a datagram; raises PacketError with the reason."""
    header, newline, body = datagram.partition(b"\n")
    if not newline:
        raise PacketError("no newline between header and document")
    _check(header)
    if not body.strip():
        raise PacketError("no document after the header")
    if body[:3] in _SPANS:
        return Packet(_SPANS[body[:3]], _decoded(body[3:]))
    if body[:2] == b"M1":
        raise PacketError("metrics (M1) are not emulated locally")
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise PacketError("the document is not UTF-8") from error
    return Packet(Kind.SEGMENT, body)


def _check(header: bytes) -> None:
    try:
        fields = json.loads(header)
    except (ValueError, RecursionError) as error:
        raise PacketError("the header is not JSON") from error
    if not isinstance(fields, dict):
        raise PacketError("the header is not a JSON object")
    if str(fields.get("format", "")).lower() != "json":
        raise PacketError('the header\'s format is not "json"')
    version = fields.get("version")
    if isinstance(version, bool) or version != 1:
        raise PacketError("the header's version is not 1")


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except binascii.Error as error:
        raise PacketError("the spans are not base64") from error
