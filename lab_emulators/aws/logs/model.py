"""Some log events of one stream, as columns that look like a sequence of pairs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa


@dataclass(frozen=True, slots=True, eq=False)
class Events(Sequence[tuple[int, str]]):
    """Pairs of timestamp (ms since 1970) and message, made when they are asked for."""

    times_ms: npt.NDArray[np.int64]
    messages: pa.StringArray

    @classmethod
    def of(cls, pairs: Sequence[tuple[int, str]]) -> "Events":
        """The same events as columns."""
        times = np.array([time for time, _ in pairs], dtype=np.int64)
        return cls(times, pa.array([text for _, text in pairs], pa.string()))

    def __len__(self) -> int:
        return len(self.times_ms)

    def __iter__(self) -> Iterator[tuple[int, str]]:
        times, texts = self.times_ms.tolist(), self.messages.to_pylist()
        return iter(zip(times, texts, strict=True))

    @overload
    def __getitem__(self, place: int) -> tuple[int, str]: ...

    @overload
    def __getitem__(self, place: slice) -> "Events": ...

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return Events(self.times_ms[place], self.messages[place])
        return int(self.times_ms[place]), self.messages[place].as_py()


@dataclass(frozen=True, slots=True)
class Accepted:
    """Events that one call brought to a stream, durable by now.

    `events` makes its pairs when they are asked for, and has both columns as they
    were stored (`times_ms`, `messages`); `first_seq` is the number in the archive of
    the first one, the others follow it.
    """

    group: str
    stream: str
    events: Events
    ingested_ms: int
    first_seq: int
