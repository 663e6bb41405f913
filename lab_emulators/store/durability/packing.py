"""Entries as bytes: what one record of the journal holds, as Arrow's own IPC messages.

Layout, little-endian: time in ns and number of batches (8 bytes each), then for each
batch its length (8 bytes) and an Arrow IPC stream. The schema carries table and label;
its first two fields are time and rate, each other one a column by key and Arrow type.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from lab_emulators.store.schema.batch import ARROW_TYPES, Batch, Key

Bytes: TypeAlias = bytes | pa.Buffer

_HEAD = struct.Struct("<qQ")
_LENGTH = struct.Struct("<Q")
_KINDS = {arrow: kind for kind, arrow in ARROW_TYPES.items()}
_TIME, _RATE = pa.field("time", pa.int64()), pa.field("rate", pa.int32())


@dataclass(frozen=True, slots=True)
class Entry:
    """Batches acknowledged together, in their order, and when (ns)."""

    now_ns: int
    batches: Sequence[Batch]

    @property
    def rows(self) -> int:
        """The number of rows."""
        return sum(map(len, self.batches))


def plain(batch: Batch) -> Batch:
    """The batch in the plain Arrow layouts, without columns that are all null.

    ArrowInvalid for cells that are not of their type, or not UTF-8: what comes out
    of here can be stored.
    """
    columns = _cast(
        {
            key: cells
            for key, cells in batch.columns.items()
            if cells.null_count < len(cells)
        }
    )
    same = Batch(
        batch.table,
        batch.label,
        np.asarray(batch.time_ns, np.int64),
        np.asarray(batch.sample_rate, np.int32),
        columns,
    )
    _record(same).validate(full=True)
    return same


def _cast(columns: dict[Key, pa.Array]) -> dict[Key, pa.Array]:
    """Casts columns to their plain layouts, all columns of one layout in one call.

    Each call gives up the interpreter and has to get it back, from the threads that
    decode what comes next: with a call for each of sixty columns that is most of it.
    """
    alike: dict[tuple[pa.DataType, pa.DataType], list[Key]] = {}
    for key, cells in columns.items():
        if cells.type != ARROW_TYPES[key[1]]:
            alike.setdefault((cells.type, ARROW_TYPES[key[1]]), []).append(key)
    done = dict(columns)
    for (_, target), keys in alike.items():
        together = pa.chunked_array([columns[key] for key in keys])
        done.update(zip(keys, together.cast(target).chunks, strict=True))
    return done


def pack(entry: Entry) -> Iterator[Bytes]:
    """The bytes of `entry`, whose batches must be plain, in pieces."""
    yield _HEAD.pack(entry.now_ns, len(entry.batches))
    for batch in entry.batches:
        schema, body = _messages(batch)
        yield _LENGTH.pack(schema.size + body.size)
        yield schema
        yield body


def unpack(payload: bytes) -> Entry:
    """The entry that was packed; its columns share the memory of `payload`."""
    now_ns, count = _HEAD.unpack_from(payload)
    memory, offset = pa.py_buffer(payload), _HEAD.size
    batches = []
    for _ in range(count):
        (length,) = _LENGTH.unpack_from(payload, offset)
        offset += _LENGTH.size
        batches.append(_batch(memory.slice(offset, length)))
        offset += length
    return Entry(now_ns, batches)


def _messages(batch: Batch) -> tuple[pa.Buffer, pa.Buffer]:
    record = _record(batch)
    return record.schema.serialize(), record.serialize()


def _record(batch: Batch) -> pa.RecordBatch:
    fields, arrays = [_TIME, _RATE], [pa.array(batch.time_ns)]
    arrays.append(pa.array(batch.sample_rate))
    for (key, kind), cells in batch.columns.items():
        fields.append(pa.field(key, ARROW_TYPES[kind]))
        arrays.append(cells)
    names = {"table": batch.table, "label": batch.label}
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields, names))


def _batch(stream: pa.Buffer) -> Batch:
    record = pa.ipc.open_stream(stream).read_next_batch()
    names: Mapping[bytes, bytes] = record.schema.metadata
    time, rate, *cells = record.columns
    keys = [(field.name, _KINDS[field.type]) for field in list(record.schema)[2:]]
    return Batch(
        names[b"table"].decode(),
        names[b"label"].decode(),
        time.to_numpy(),
        rate.to_numpy(),
        dict(zip(keys, cells, strict=True)),
    )
