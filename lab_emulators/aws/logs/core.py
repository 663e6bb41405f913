"""What the parts of the engine share, and how a part offers its operations."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.logs.arns import group_name
from lab_emulators.aws.logs.errors import invalid
from lab_emulators.aws.logs.model import AcceptedBatch as AcceptedBatch
from lab_emulators.aws.logs.model import LogGroup
from lab_emulators.aws.logs.repository.events_table import EventsTable
from lab_emulators.aws.logs.repository.group_repository import LogGroupRepository
from lab_emulators.store import Store

Parameters = Mapping[str, Any]
Operation = Callable[[Parameters], dict[str, Any]]
"""Parameters in botocore's names, JSON-ready answer; times in ms since 1970."""

ACCOUNT = "123456789012"

_log = logging.getLogger(__name__)

Listener = Callable[[AcceptedBatch], None]


def _nowhere(data: Sequence[Any]) -> None:
    """Where metric data go while no engine of metrics is there: away."""


def _undelivered(destination: str, data: bytes, key: str) -> None:
    """Where the records of subscription filters go while there is nothing else."""
    text = f"not emulated locally: a subscription's destination {destination}"
    raise AwsError("NotImplementedException", text, 501)


@dataclass(slots=True)
class Core:
    """The events, the log groups and their streams, the clock (seconds).

    `accepted` is called after events became durable, in the caller's thread; `deleted`
    with the name of a group that is gone, `closing` when the engine ends or starts
    anew. `publish_metrics` takes what metric filters and embedded metrics make (a
    sequence of `metrics.model.Datum`), `deliver` the ARN of a stream, a subscription's
    record for it and the record's partition key; it raises AwsError. `not_embedded`
    counts why events that have `_aws` made no metric.
    """

    store: Store
    events: EventsTable
    log_groups: LogGroupRepository
    clock: Callable[[], float]
    region: str = "us-east-1"
    account: str = ACCOUNT
    accepted: list[Listener] = field(default_factory=list)
    deleted: list[Callable[[str], None]] = field(default_factory=list)
    closing: list[Callable[[], None]] = field(default_factory=list)
    publish_metrics: Callable[[Sequence[Any]], None] = _nowhere
    deliver: Callable[[str, bytes, str], None] = _undelivered
    not_embedded: Counter[str] = field(default_factory=Counter)
    metric_filters: Callable[[str], int] = lambda group: 0

    def now_ms(self) -> int:
        """Now, in milliseconds since 1970."""
        return int(self.clock() * 1000)

    def tell(self, accepted: AcceptedBatch) -> None:
        """Call the listeners; what they raise is logged, for the events are stored."""
        for listener in self.accepted:
            try:
                listener(accepted)
            except Exception:  # noqa: BLE001 - logged, and not the sender's affair
                _log.exception("a listener failed at events of %s", accepted.group)

    def group(self, parameters: Parameters) -> LogGroup:
        """The group that `logGroupName` or `logGroupIdentifier` (name or ARN) names.

        Raises AwsError InvalidParameterException and ResourceNotFoundException.
        """
        name = parameters.get("logGroupName")
        identifier = parameters.get("logGroupIdentifier")
        if (name is None) == (identifier is None):
            raise invalid(
                "Exactly one of logGroupName and logGroupIdentifier is needed"
            )
        return self.log_groups.group(name or group_name(str(identifier)))
