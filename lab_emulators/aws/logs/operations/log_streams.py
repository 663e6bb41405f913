"""Log streams: create, delete, describe."""

from collections.abc import Mapping
from typing import Any

from lab_emulators.aws.logs.arns import stream_arn
from lab_emulators.aws.logs.core import LogsCore, Operation, Parameters
from lab_emulators.aws.logs.errors import invalid
from lab_emulators.aws.logs.group_statistics import GroupStatistics, StreamStatistics
from lab_emulators.aws.logs.model import LogGroup, LogStream
from lab_emulators.aws.logs.paging import page_of
from lab_emulators.aws.logs.repository.events_table import in_stream
from lab_emulators.aws.validation import check


def operations(core: LogsCore) -> Mapping[str, Operation]:
    """The operations on log streams."""
    streams = LogStreams(core)
    return {
        "CreateLogStream": streams.create,
        "DeleteLogStream": streams.delete,
        "DescribeLogStreams": streams.describe,
    }


class LogStreams:
    """The log streams of every group."""

    def __init__(self, core: LogsCore) -> None:
        self._core = core
        self._stored = GroupStatistics(core)

    def create(self, parameters: Parameters) -> dict[str, Any]:
        """`CreateLogStream`: a name nobody in the group has."""
        check("logs", "CreateLogStream", parameters)
        names = parameters["logGroupName"], parameters["logStreamName"]
        self._core.log_groups.create_stream(*names, self._core.now_ms())
        return {}

    def delete(self, parameters: Parameters) -> dict[str, Any]:
        """`DeleteLogStream`: with its events."""
        check("logs", "DeleteLogStream", parameters)
        group, name = parameters["logGroupName"], parameters["logStreamName"]
        if self._core.log_groups.group(group).protected:
            raise invalid("The log group has deletion protection enabled.")
        self._core.log_groups.delete_stream(group, name)
        self._core.events.remove(group, in_stream(name))
        return {}

    def describe(self, parameters: Parameters) -> dict[str, Any]:
        """`DescribeLogStreams`: by name or by the time of the last event."""
        check("logs", "DescribeLogStreams", parameters)
        group = self._core.group(parameters)
        by_time = parameters.get("orderBy") == "LastEventTime"
        prefix = parameters.get("logStreamNamePrefix")
        if by_time and prefix:
            raise invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
        statistics = self._stored.streams(group)
        matching = [s for s in group.streams.copy().values() if _starts(s, prefix)]
        matching.sort(
            key=lambda s: (_last_ms(s, statistics) if by_time else 0, s.name),
            reverse=bool(parameters.get("descending")),
        )
        streams, rest = page_of(matching, parameters)
        documents = [self._document(group, s, statistics.get(s.name)) for s in streams]
        return {"logStreams": documents, **rest}

    def _document(
        self, group: LogGroup, stream: LogStream, statistics: StreamStatistics | None
    ) -> dict[str, Any]:
        """The stream as in the API; `storedBytes` of a stream has been 0 since 2019."""
        scope = self._core.region, self._core.account, group.name
        document = {
            "logStreamName": stream.name,
            "creationTime": stream.created_ms,
            "arn": stream_arn(*scope, stream.name),
            "storedBytes": 0,
        }
        if statistics is None:
            return document
        return document | {
            "firstEventTimestamp": statistics.first_ms,
            "lastEventTimestamp": statistics.last_ms,
            "lastIngestionTime": statistics.ingested_ms,
            "uploadSequenceToken": f"{statistics.ingested_ms:056d}",
        }


def _starts(stream: LogStream, prefix: str | None) -> bool:
    return stream.name.startswith(prefix or "")


def _last_ms(stream: LogStream, statistics: Mapping[str, StreamStatistics]) -> int:
    return statistics[stream.name].last_ms if stream.name in statistics else 0
