"""Core of CloudWatch Logs: the state its parts share, and the type of a part."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lab_emulators.aws.engine import Operation as Operation
from lab_emulators.aws.engine import Parameters as Parameters
from lab_emulators.aws.engine import ServiceCore
from lab_emulators.aws.logs.arns import group_name
from lab_emulators.aws.logs.errors import invalid
from lab_emulators.aws.logs.model import AcceptedBatch as AcceptedBatch
from lab_emulators.aws.logs.model import LogGroup
from lab_emulators.aws.logs.repository.events_table import EventsTable
from lab_emulators.aws.logs.repository.group_repository import LogGroupRepository

_log = logging.getLogger(__name__)

Listener = Callable[[AcceptedBatch], None]
PublishMetrics = Callable[[Sequence[Any]], None]
"""Takes what metric filters and embedded metrics make: `metrics.model.Datum`s."""


def discard_metrics(data: Sequence[Any]) -> None:
    """Discards metric data where there is no engine of metrics."""


@dataclass(kw_only=True, slots=True)
class LogsCore(ServiceCore):
    """The archive of events, and the directory of groups and streams.

    `accepted` is called after events became durable, in the caller's thread; `deleted`
    with the name of a group that is gone. `not_embedded` counts why events that have
    `_aws` made no metric, `metric_filters` the filters of a group.
    """

    events: EventsTable
    log_groups: LogGroupRepository
    publish_metrics: PublishMetrics = discard_metrics
    accepted: list[Listener] = field(default_factory=list)
    deleted: list[Callable[[str], None]] = field(default_factory=list)
    not_embedded: Counter[str] = field(default_factory=Counter)
    metric_filters: Callable[[str], int] = lambda group: 0

    def empty(self) -> None:
        """Removes everything that was ever stored, and every listener."""
        self.store.reset()
        self.log_groups.reload()
        self.events.reload()
        self.accepted.clear()
        self.deleted.clear()
        self.not_embedded.clear()

    def now_ms(self) -> int:
        """The present time in milliseconds since 1970."""
        return int(self.clock() * 1000)

    def tell(self, accepted: AcceptedBatch) -> None:
        """Calls the listeners; what they raise is logged, for the events are stored."""
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
