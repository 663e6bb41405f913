"""The operations that tell of alarms and of their history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab_emulators.aws.alarms.checks import Parameters, check
from lab_emulators.aws.alarms.errors import not_emulated, validation_error
from lab_emulators.aws.alarms.evaluator import children_of
from lab_emulators.aws.alarms.model import Alarm, AlarmType
from lab_emulators.aws.alarms.repository.alarm_history import AlarmHistory, HistoryItem
from lab_emulators.aws.alarms.repository.alarm_repository import AlarmRepository
from lab_emulators.aws.metrics.core import Operation
from lab_emulators.aws.metrics.parameters import seconds_of, time_of
from lab_emulators.aws.paging import CLOUDWATCH

PAGE, HISTORY_PAGE = 50, 100

_ACTION_LISTS = ("OKActions", "AlarmActions", "InsufficientDataActions")
_CHILD = ("AlarmName", "AlarmArn", "StateValue", "StateUpdatedTimestamp")
_PARENT = ("AlarmName", "AlarmArn")


@dataclass(frozen=True, slots=True)
class DescribeAlarms:
    """Reads the stored alarms and their history."""

    repository: AlarmRepository
    history: AlarmHistory

    def operations(self) -> Mapping[str, Operation]:
        """The two operations that describe."""
        return {
            "DescribeAlarms": self.alarms,
            "DescribeAlarmHistory": self.alarm_history,
        }

    def alarms(self, parameters: Parameters) -> dict[str, Any]:
        """`DescribeAlarms`: metric alarms unless other types are requested."""
        check("DescribeAlarms", parameters)
        size, token = parameters.get("MaxRecords", PAGE), parameters.get("NextToken")
        relation = _relation(parameters)
        if relation is None:
            matching, members = self._selected(parameters), None
        else:
            named, members = relation
            matching = self._relatives(named, parameters[named])
        page, rest = CLOUDWATCH.page_of(matching, token, size)
        return {**_by_kind(page, members), **rest}

    def alarm_history(self, parameters: Parameters) -> dict[str, Any]:
        """`DescribeAlarmHistory`: of metric alarms unless other types are requested."""
        check("DescribeAlarmHistory", parameters)
        start = seconds_of(parameters.get("StartDate", 0))
        end = seconds_of(parameters.get("EndDate", float("inf")))
        kinds = parameters.get("AlarmTypes") or [AlarmType.METRIC]
        exact = ("AlarmName", "HistoryItemType")
        criteria = {name: parameters[name] for name in exact if name in parameters}

        def fits(item: HistoryItem) -> bool:
            in_time = start <= item["Timestamp"] <= end
            return (
                in_time
                and item["AlarmType"] in kinds
                and criteria.items() <= item.items()
            )

        items = sorted(self.history.items(fits), key=lambda item: item["Timestamp"])
        if parameters.get("ScanBy") != "TimestampAscending":
            items.reverse()
        size = parameters.get("MaxRecords", HISTORY_PAGE)
        page, rest = CLOUDWATCH.page_of(items, parameters.get("NextToken"), size)
        documents = [{**item, "Timestamp": time_of(item["Timestamp"])} for item in page]
        return {"AlarmHistoryItems": documents, **rest}

    def _selected(self, parameters: Parameters) -> list[Alarm]:
        if parameters.get("AlarmNames") and parameters.get("AlarmNamePrefix"):
            raise validation_error(
                "AlarmNames and AlarmNamePrefix are mutually exclusive"
            )
        kinds = parameters.get("AlarmTypes") or [AlarmType.METRIC]
        if "LogAlarm" in kinds:
            raise not_emulated("DescribeAlarms of log alarms")
        return [
            alarm
            for alarm in self.repository.all()
            if alarm.kind in kinds and _fits(alarm, parameters)
        ]

    def _relatives(self, named: str, name: str) -> list[Alarm]:
        """The parents of the alarm of that name, or its children."""
        if named == "ParentsOfAlarmName":
            return [
                alarm for alarm in self.repository.all() if name in children_of(alarm)
            ]
        alarm = self.repository.get(name)
        names = children_of(alarm) if alarm else []
        return [child for each in names if (child := self.repository.get(each))]


def _relation(parameters: Parameters) -> tuple[str, Sequence[str]] | None:
    """The parameter that names a relative, and the members shown of its relatives."""
    for named, members in (
        ("ChildrenOfAlarmName", _CHILD),
        ("ParentsOfAlarmName", _PARENT),
    ):
        if named in parameters:
            if set(parameters) - {named, "MaxRecords", "NextToken"}:
                raise validation_error(
                    f"{named} can be given with MaxRecords and NextToken only"
                )
            return named, members
    return None


def _fits(alarm: Alarm, parameters: Parameters) -> bool:
    names = parameters.get("AlarmNames")
    action = parameters.get("ActionPrefix", "")
    used = [arn for kind in _ACTION_LISTS for arn in alarm.settings[kind]]
    return (
        (not names or alarm.name in names)
        and alarm.name.startswith(parameters.get("AlarmNamePrefix", ""))
        and parameters.get("StateValue", alarm.state.value) == alarm.state.value
        and (not action or any(arn.startswith(action) for arn in used))
    )


def _by_kind(alarms: Sequence[Alarm], members: Sequence[str] | None) -> dict[str, Any]:
    shown: dict[AlarmType, list[dict[str, Any]]] = {kind: [] for kind in AlarmType}
    for alarm in alarms:
        document = alarm.described()
        selection = {n: document[n] for n in members} if members else document
        shown[alarm.kind].append(selection)
    return {
        "MetricAlarms": shown[AlarmType.METRIC],
        "CompositeAlarms": shown[AlarmType.COMPOSITE],
    }
