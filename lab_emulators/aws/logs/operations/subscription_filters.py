"""Subscription filters: put, describe, delete; events that match are delivered.

A destination receives one gzip of JSON for each accepted batch ("Real-time
processing of log data with subscriptions", CloudWatch Logs user guide); Kinesis and
Firehose add the base64 of their own wires.
"""

import gzip
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.languages.filter_pattern import compile_pattern
from lab_emulators.aws.logs.core import Core, Operation, Parameters
from lab_emulators.aws.logs.errors import invalid
from lab_emulators.aws.logs.model import AcceptedBatch, EventPosition
from lab_emulators.aws.logs.paging import page_of
from lab_emulators.aws.logs.repository.filter_repository import (
    SUBSCRIPTIONS,
    EventFilter,
    FilterRepository,
    refuse_unemulated,
    require_standard,
)
from lab_emulators.aws.logs.validation import check

MAX_FILTERS = 2  # PutSubscriptionFilter, API reference

_SERVICES = {"kinesis": "Kinesis", "firehose": "Firehose"}
_NOT_EMULATED = {"lambda": "Lambda", "logs": "CloudWatch Logs destinations"}
_BY_STREAM = "ByLogStream"
_log = logging.getLogger(__name__)


def operations(core: Core) -> Mapping[str, Operation]:
    """The operations on subscription filters, which then read every accepted batch."""
    subscriptions = SubscriptionFilters(core)
    core.accepted.append(subscriptions.deliver)
    return {
        "PutSubscriptionFilter": subscriptions.put,
        "DescribeSubscriptionFilters": subscriptions.describe,
        "DeleteSubscriptionFilter": subscriptions.delete,
    }


class SubscriptionFilter(EventFilter):
    """A subscription filter, which selects events for a destination."""

    __slots__ = ()

    @property
    def destination(self) -> str:
        """`destinationArn`."""
        return str(self.document["destinationArn"])

    def events(self, accepted: AcceptedBatch) -> list[dict[str, Any]]:
        """The events of a batch that match, in their form for delivery."""
        return [
            {
                "id": EventPosition(time_ms, accepted.first_seq + index).event_id,
                "timestamp": time_ms,
                "message": message,
            }
            for index, (time_ms, message) in enumerate(accepted.events)
            if self.pattern.match(message) is not None
        ]

    def key(self, stream: str) -> str:
        """The partition key: by stream, or at random, as `distribution` says."""
        together = self.document["distribution"] == _BY_STREAM
        return stream[:256] if together else str(uuid4())


class SubscriptionFilters:
    """The subscription filters of every group."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.repository = FilterRepository(
            core, SUBSCRIPTIONS, SubscriptionFilter, limit=MAX_FILTERS
        )

    def put(self, parameters: Parameters) -> dict[str, Any]:
        """`PutSubscriptionFilter`: the destination receives a test message."""
        check("PutSubscriptionFilter", parameters)
        refuse_unemulated(
            parameters,
            "applyOnTransformedLogs",
            "fieldSelectionCriteria",
            "emitSystemFields",
        )
        group = parameters["logGroupName"]
        require_standard(self._core, group)
        compile_pattern(parameters["filterPattern"])
        service = _service(parameters)
        self._check_destination(parameters["destinationArn"], service)
        self.repository.put(
            {
                "filterName": parameters["filterName"],
                "logGroupName": group,
                "filterPattern": parameters["filterPattern"],
                "destinationArn": parameters["destinationArn"],
                "roleArn": parameters["roleArn"],
                "distribution": parameters.get("distribution") or _BY_STREAM,
                "applyOnTransformedLogs": False,
                "creationTime": self._core.now_ms(),
            }
        )
        return {}

    def describe(self, parameters: Parameters) -> dict[str, Any]:
        """`DescribeSubscriptionFilters`: of one group, by name."""
        check("DescribeSubscriptionFilters", parameters)
        group = self._core.log_groups.group(parameters["logGroupName"])
        prefix = parameters.get("filterNamePrefix") or ""
        found = [
            dict(each.document)
            for each in self.repository.of(group.name)
            if each.name.startswith(prefix)
        ]
        page, rest = page_of(found, parameters)
        return {"subscriptionFilters": page, **rest}

    def delete(self, parameters: Parameters) -> dict[str, Any]:
        """`DeleteSubscriptionFilter`."""
        check("DeleteSubscriptionFilter", parameters)
        group = self._core.log_groups.group(parameters["logGroupName"])
        self.repository.delete(group.name, parameters["filterName"])
        return {}

    def deliver(self, accepted: AcceptedBatch) -> None:
        """Delivers the events of a batch that match; failures are logged."""
        for each in self.repository.of(accepted.group):
            events = each.events(accepted)
            if events:
                self._deliver(each, accepted, events)

    def _deliver(
        self,
        receiver: SubscriptionFilter,
        accepted: AcceptedBatch,
        events: Sequence[Any],
    ) -> None:
        name = receiver.name
        origin = (accepted.group, accepted.stream, name)
        data = payload("DATA_MESSAGE", events, self._core.account, origin)
        try:
            self._core.deliver(
                receiver.destination, data, receiver.key(accepted.stream)
            )
        except AwsError as error:
            _log.warning("subscription %s lost %s events: %s", name, len(events), error)

    def _check_destination(self, destination: str, service: str) -> None:
        what = "Kinesis stream" if service == "Kinesis" else "Firehose"
        text = f"CWL CONTROL MESSAGE: Checking health of destination {what}."
        event = {"id": "", "timestamp": self._core.now_ms(), "message": text}
        data = payload("CONTROL_MESSAGE", [event], "CloudwatchLogs")
        try:
            self._core.deliver(destination, data, str(uuid4()))
        except AwsError as error:
            if error.code == "NotImplementedException":
                raise
            raise invalid(
                f"Could not deliver test message to specified {service} stream. "
                f"Check if the given {service} stream is in ACTIVE state."
            ) from error


def payload(
    kind: str,
    events: Sequence[Mapping[str, Any]],
    owner: str,
    origin: tuple[str, str, str] = ("", "", ""),
) -> bytes:
    """A subscription's record; `origin` is group, stream and the filter's name."""
    group, stream, name = origin
    document = {
        "messageType": kind,
        "owner": owner,
        "logGroup": group,
        "logStream": stream,
        "subscriptionFilters": [name] if name else [],
        "logEvents": list(events),
    }
    return gzip.compress(json.dumps(document).encode(), compresslevel=1)


def _service(parameters: Parameters) -> str:
    """Kinesis or Firehose, by the destination's ARN; AwsError for any other."""
    parts = parameters["destinationArn"].split(":")
    vendor = parts[2] if len(parts) > 5 and parts[0] == "arn" else ""
    if vendor in _NOT_EMULATED:
        what = _NOT_EMULATED[vendor]
        text = f"not emulated locally: {what} as a subscription's destination"
        raise AwsError("NotImplementedException", text, 501)
    if vendor not in _SERVICES:
        raise invalid(
            "PutSubscriptionFilter operation cannot work with destinationArn for "
            f"vendor {vendor or 'unknown'}"
        )
    if not parameters.get("roleArn"):
        raise invalid(f"destinationArn for vendor {vendor} must be used with a roleArn")
    return _SERVICES[vendor]
