"""Log groups, log streams and log events; times are milliseconds since 1970."""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lab_emulators.aws.logs.errors import invalid, no_stream

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class LogStream:
    """A log stream."""

    name: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class LogGroup:
    """A log group; `retention_days` None keeps events forever.

    `streams` is shared by every copy of the group and changed by the repository
    alone; look things up in it, or copy it before iterating.
    """

    name: str
    created_ms: int
    born_ns: int
    retention_days: int | None = None
    log_class: str = "STANDARD"
    kms_key: str | None = None
    protected: bool = False
    streams: dict[str, LogStream] = field(default_factory=dict, compare=False)

    def expiry_ms(self, now_ms: int) -> int:
        """The time before which events have expired; 0 without retention."""
        days = self.retention_days
        return 0 if days is None else max(0, now_ms - days * DAY_MS)

    def stream(self, name: str) -> LogStream:
        """The stream of that name; AwsError ResourceNotFoundException."""
        stream = self.streams.get(name)
        if stream is None:
            raise no_stream()
        return stream


@dataclass(frozen=True, slots=True, eq=False)
class LogEvents(Sequence[tuple[int, str]]):
    """Events of one stream as two columns, which look like a sequence of pairs.

    The pairs are of timestamp and message, and made only when somebody reads them.
    """

    times_ms: npt.NDArray[np.int64]
    messages: pa.StringArray

    @classmethod
    def of(cls, pairs: Sequence[tuple[int, str]]) -> "LogEvents":
        """The columns of pairs."""
        times = np.array([time for time, _ in pairs], dtype=np.int64)
        return cls(times, pa.array([text for _, text in pairs], pa.string()))

    def __len__(self) -> int:
        return len(self.times_ms)

    def __iter__(self) -> Iterator[tuple[int, str]]:
        times, texts = self.times_ms.tolist(), self.messages.to_pylist()
        return iter(zip(times, texts, strict=True))

    @overload
    def __getitem__(self, index: int) -> tuple[int, str]: ...

    @overload
    def __getitem__(self, index: slice) -> "LogEvents": ...

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return LogEvents(self.times_ms[index], self.messages[index])
        return int(self.times_ms[index]), self.messages[index].as_py()


@dataclass(frozen=True, slots=True)
class AcceptedBatch:
    """Events that one call brought to a stream, durable by now.

    `first_seq` is the sequence number of the first one; the others follow it.
    """

    group: str
    stream: str
    events: LogEvents
    ingested_ms: int
    first_seq: int


@dataclass(frozen=True, slots=True, order=True)
class EventPosition:
    """Rank of an event in its group: by time, then in the order of arrival."""

    time_ms: int
    seq: int

    @property
    def event_id(self) -> str:
        """Id of 56 digits that sort like the events, as those of AWS."""
        return f"{self.time_ms:020d}{self.seq:036d}"


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One stored event."""

    position: EventPosition
    message: str
    stream: str
    ingested_ms: int


def record_pointer(group: str, time_ms: int, seq: int) -> str:
    """The `@ptr` of an event, by its sequence number."""
    text = json.dumps([group, time_ms, seq], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode()


def read_record_pointer(text: str) -> tuple[str, EventPosition]:
    """Group and position of an event; InvalidParameterException if it is no @ptr."""
    try:
        raw = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
        group, time_ms, seq = json.loads(raw)
        return str(group), EventPosition(int(time_ms), int(seq))
    except (ValueError, TypeError, OverflowError) as error:
        raise invalid("The specified logRecordPointer is invalid.") from error
