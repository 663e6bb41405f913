"""Base of the engines of our AWS services: operations by name.

An engine takes and returns plain data and knows nothing of HTTP. Its core is what the
parts of the engine share; a part is a function that offers some operations over it.
"""

import time
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from lab_emulators.aws.errors import not_emulated
from lab_emulators.contract import ACCOUNT_ID, REGION
from lab_emulators.store import Store

Parameters = Mapping[str, Any]
"""Parameters in botocore's names."""

Operation = Callable[[Parameters], dict[str, Any]]
"""Parameters → the answer in botocore's names."""

RawOperation = Callable[[bytes], dict[str, Any]]
"""The body of a request as it came → the answer; for operations with large bodies."""

OtlpAnswer = tuple[int, dict[str, Any]]
"""The status of an OTLP answer, and its members as OTLP's JSON has them."""


@dataclass(kw_only=True, slots=True)
class ServiceCore:
    """The store of a service, its clock (seconds since 1970), region and account.

    `closing` is called, last first, when the engine ends or starts anew.
    """

    store: Store
    clock: Callable[[], float] = time.time
    region: str = REGION
    account: str = ACCOUNT_ID
    closing: list[Callable[[], None]] = field(default_factory=list)

    def empty(self) -> None:
        """Removes everything that was ever stored."""
        self.store.reset()

    def close(self) -> None:
        """Stops the background threads; the store stays open."""
        while self.closing:
            self.closing.pop()()


C = TypeVar("C", bound=ServiceCore)

Part = Callable[[C], Mapping[str, Operation]]
"""A module's `operations`: what it answers, by the API's name of the operation."""


class Engine(Generic[C]):
    """The API of one service; every method may be called from any thread.

    `operations` are all that `call` answers, by name; those in `raw` would rather read
    the body of a request themselves.
    """

    operations: Set[str]
    raw: Mapping[str, RawOperation]

    def __init__(self, service: str, core: C, parts: Sequence[Part[C]]) -> None:
        """`service` is botocore's name; later parts go before earlier ones."""
        self.core = core
        self._service = service
        self._parts = parts
        self._build()

    def call(self, operation: str, parameters: Parameters) -> dict[str, Any]:
        """The answer of one operation; raises AwsError, also for one we lack."""
        answer = self._operations.get(operation)
        if answer is None:
            raise not_emulated(f"{self._service}.{operation}")
        return answer(parameters)

    def ingest_otlp(
        self, body: bytes, content_type: str, headers: Mapping[str, str]
    ) -> OtlpAnswer:
        """Stores a request of the OTLP signal that the service takes.

        `headers` have their names in lower case. Raises AwsError, also where the
        service takes none, and OtlpError for what cannot be read.
        """
        raise not_emulated(f"{self._service} by OTLP")

    def reset(self) -> None:
        """Removes everything that was ever stored, and keeps serving."""
        self.close()
        self.core.empty()
        self._build()

    def close(self) -> None:
        """Stops the background threads; whoever opened the store closes it."""
        self.core.close()

    def _build(self) -> None:
        operations: dict[str, Operation] = {}
        for part in self._parts:
            operations.update(part(self.core))
        self._operations = operations
        self.operations = operations.keys()
        self.raw = self._raw_operations()

    def _raw_operations(self) -> Mapping[str, RawOperation]:
        return {}
