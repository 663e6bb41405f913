import random
import struct

import pytest
from google.protobuf.descriptor import FieldDescriptor
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from lab_emulators.honeycomb.ingest import decode_traces


def value_of(value):
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, bytes):
        return AnyValue(bytes_value=value)
    if isinstance(value, (list, tuple)):
        return AnyValue(array_value={"values": [value_of(v) for v in value]})
    if isinstance(value, dict):
        return AnyValue(kvlist_value={"values": pairs_of(value)})
    return AnyValue() if value is None else AnyValue(string_value=value)


def pairs_of(attributes):
    """`attributes` is a dict, or a list of pairs where a key comes twice."""
    items = attributes.items() if isinstance(attributes, dict) else attributes
    return [KeyValue(key=key, value=value_of(value)) for key, value in items]


def a_span(attributes=(), **fields):
    fields = {"trace_id": bytes(range(16)), "span_id": bytes(range(8))} | fields
    times = {"start_time_unix_nano": 10**18, "end_time_unix_nano": 10**18 + 10**6}
    return Span(attributes=pairs_of(attributes), **times | fields)


def a_request(*spans, resource=(), scope=None):
    request = ExportTraceServiceRequest()
    resource_spans = request.resource_spans.add()
    resource_spans.resource.attributes.extend(pairs_of(resource))
    scope_spans = resource_spans.scope_spans.add(spans=spans)
    if scope is not None:
        scope_spans.scope.CopyFrom(scope)
    return request


def rows_of(batches):
    """Every row as (table, label, time_ns, sample_rate, values), values comparable."""
    rows = []
    for batch in batches:
        columns = {key: column.to_pylist() for key, column in batch.columns.items()}
        for column in batch.columns.values():
            column.validate(full=True)
            assert column.null_count < len(batch)
        for place in range(len(batch)):
            values = {
                (key, kind): repr(column[place])
                for (key, kind), column in columns.items()
                if column[place] is not None
            }
            time_ns, rate = int(batch.time_ns[place]), int(batch.sample_rate[place])
            rows.append((batch.table, batch.label, time_ns, rate, values))
    return rows


class Untidy:
    """Writes messages in ways the wire format allows and no exporter uses."""

    def __init__(self, rng, oddness):
        self.rng, self.oddness = rng, oddness

    def odd(self):
        return self.rng.random() < self.oddness

    def varint(self, number, most=10):
        number &= (1 << 64) - 1
        octets = bytearray()
        while number > 0x7F:
            octets.append(number & 0x7F | 0x80)
            number >>= 7
        octets.append(number)
        if self.odd():
            for _ in range(self.rng.randrange(most + 1 - min(len(octets), most))):
                octets[-1] |= 0x80
                octets.append(0)
        return bytes(octets)

    def field(self, number, wire_type, payload):
        tag = self.varint(number << 3 | wire_type, 5)
        return tag + (self.varint(len(payload), 5) if wire_type == 2 else b"") + payload

    def unknown(self):
        number = self.rng.choice([5, 9, 17, 18, 200, 536870911])
        kind = self.rng.randrange(5)
        if kind == 3:
            inner = self.unknown() if self.odd() else b""
            return self.field(number, 3, inner) + self.field(number, 4, b"")
        payloads = [self.varint(self.rng.getrandbits(64)), bytes(8), b"\x08\x01"]
        return self.field(
            number, kind if kind < 4 else 5, [*payloads, b"", bytes(4)][kind]
        )

    def message(self, message):
        parts = []
        for field, value in message.ListFields():
            for item in value if field.is_repeated else [value]:
                parts += self.parts(field, item)
        if self.odd():
            parts.append(self.unknown())
        if self.odd():
            self.rng.shuffle(parts)
        return b"".join(parts)

    def parts(self, field, item):
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            whole = self.message(item)
            if self.odd() and not field.is_repeated:
                return [
                    self.field(field.number, 2, part) for part in (whole, b"", whole)
                ]
            return [self.field(field.number, 2, whole)]
        part = self.scalar(field, item)
        if self.odd() and not field.is_repeated:
            return [self.field(field.number, 0, b"\x01"), part, part]
        return [part]

    def scalar(self, field, item):
        kinds = FieldDescriptor
        if field.type == kinds.TYPE_DOUBLE:
            return self.field(field.number, 1, struct.pack("<d", item))
        if field.type == kinds.TYPE_FIXED64:
            return self.field(field.number, 1, item.to_bytes(8, "little"))
        if field.type == kinds.TYPE_FIXED32:
            return self.field(field.number, 5, item.to_bytes(4, "little"))
        if field.type == kinds.TYPE_STRING:
            return self.field(field.number, 2, item.encode())
        if field.type == kinds.TYPE_BYTES:
            return self.field(field.number, 2, item)
        return self.field(field.number, 0, self.varint(int(item)))


@pytest.fixture(scope="session")
def untidily():
    """Serialize a message oddly: `untidily(message, seed, oddness)` gives bytes."""

    def write(message, seed, oddness=0.1):
        return Untidy(random.Random(seed), oddness).message(message)

    return write


@pytest.fixture(scope="session")
def pairs():
    return pairs_of


@pytest.fixture(scope="session")
def any_value():
    return value_of


@pytest.fixture(scope="session")
def span():
    return a_span


@pytest.fixture(scope="session")
def request_of():
    return a_request


@pytest.fixture(scope="session")
def comparable():
    return rows_of


@pytest.fixture(params=["plain", "columnar"])
def decoded(request):
    """Decode spans to a list of (values, row), once by each decoder.

    The columnar one gets companions enough to read in bulk, which are left out of
    what is returned.
    """

    def decode(*spans, resource=(), scope=None):
        company = [a_span(name=f"company {i}") for i in range(8)]
        whole = a_request(*spans, *company, resource=resource, scope=scope)
        body = whole.SerializeToString()
        batches = decode_traces(body, "application/x-protobuf", decoder=request.param)
        assert len(batches) == 1
        return plain_rows(batches[0])[: -len(company)]

    return decode


def plain_rows(batch):
    """The rows of a batch as dicts, with `_time_ns` and `_rate` besides the columns."""
    rows = [
        {"_time_ns": int(time_ns), "_rate": int(rate)}
        for time_ns, rate in zip(batch.time_ns, batch.sample_rate, strict=True)
    ]
    for (key, _), column in batch.columns.items():
        for row, cell in zip(rows, column.to_pylist(), strict=True):
            if cell is not None:
                row[key] = cell
    return rows


@pytest.fixture(scope="session")
def dicts():
    return plain_rows
