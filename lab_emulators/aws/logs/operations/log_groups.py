"""Log groups: create, delete, describe, protect, and the retention of events."""

from collections.abc import Mapping
from typing import Any

from lab_emulators.aws.logs.arns import group_arn, group_name
from lab_emulators.aws.logs.core import LogsCore, Operation, Parameters
from lab_emulators.aws.logs.errors import invalid
from lab_emulators.aws.logs.group_statistics import GroupStatistics
from lab_emulators.aws.logs.model import LogGroup
from lab_emulators.aws.logs.paging import page_of
from lab_emulators.aws.logs.tags import Tags
from lab_emulators.aws.validation import check

RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192,
    2557, 2922, 3288, 3653,
)  # fmt: skip
"""Days that PutRetentionPolicy takes (API reference)."""

_OF_A_PATTERN = ("logGroupName", "creationTime", "arn", "logGroupArn")


def operations(core: LogsCore) -> Mapping[str, Operation]:
    """The operations on log groups."""
    groups = LogGroups(core)
    return {
        "CreateLogGroup": groups.create,
        "DeleteLogGroup": groups.delete,
        "DescribeLogGroups": groups.describe,
        "PutLogGroupDeletionProtection": groups.protect,
        "PutRetentionPolicy": groups.keep,
        "DeleteRetentionPolicy": groups.keep_forever,
    }


class LogGroups:
    """The log groups of one region."""

    def __init__(self, core: LogsCore) -> None:
        self._core = core
        self._log_groups = core.log_groups
        self._stored = GroupStatistics(core)
        self._tags = Tags(core)

    def create(self, parameters: Parameters) -> dict[str, Any]:
        """`CreateLogGroup`: a name nobody has; perhaps tags, class, protection."""
        check("logs", "CreateLogGroup", parameters)
        name = parameters["logGroupName"]
        tags = parameters.get("tags") or {}
        self._tags.check(tags)
        self._log_groups.create_group(
            name,
            self._core.now_ms(),
            log_class=parameters.get("logGroupClass") or "STANDARD",
            kms_key=parameters.get("kmsKeyId"),
            protected=bool(parameters.get("deletionProtectionEnabled")),
        )
        self._tags.put(self._arn(name), tags)
        return {}

    def delete(self, parameters: Parameters) -> dict[str, Any]:
        """`DeleteLogGroup`: with its streams, events and tags."""
        check("logs", "DeleteLogGroup", parameters)
        name = parameters["logGroupName"]
        if self._log_groups.group(name).protected:
            raise invalid(
                "The specified log group has deletion protection enabled and "
                "cannot be deleted."
            )
        self._log_groups.delete_group(name)
        self._tags.forget(self._arn(name))
        for listener in self._core.deleted:
            listener(name)
        return {}

    def describe(self, parameters: Parameters) -> dict[str, Any]:
        """`DescribeLogGroups`: by prefix, substring, class or names; sorted by name."""
        check("logs", "DescribeLogGroups", parameters)
        pattern = parameters.get("logGroupNamePattern")
        if pattern and parameters.get("logGroupNamePrefix"):
            raise invalid(
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive "
                "parameters."
            )
        groups, rest = page_of(self._described(parameters), parameters)
        documents = [self._document(group) for group in groups]
        if pattern:
            documents = [_only(document, _OF_A_PATTERN) for document in documents]
        return {"logGroups": documents, **rest}

    def protect(self, parameters: Parameters) -> dict[str, Any]:
        """`PutLogGroupDeletionProtection`: switch it on or off."""
        check("logs", "PutLogGroupDeletionProtection", parameters)
        name = group_name(parameters["logGroupIdentifier"])
        protected = parameters["deletionProtectionEnabled"]
        self._log_groups.change_group(name, protected=protected)
        return {}

    def keep(self, parameters: Parameters) -> dict[str, Any]:
        """`PutRetentionPolicy`: one of AWS's numbers of days; older events are gone."""
        check("logs", "PutRetentionPolicy", parameters)
        days = parameters["retentionInDays"]
        if days not in RETENTION_DAYS:
            allowed = ", ".join(map(str, sorted(RETENTION_DAYS)))
            raise invalid(
                f"1 validation error detected: Value '{days}' at 'retentionInDays' "
                "failed to satisfy constraint: Member must satisfy enum value set: "
                f"[{allowed}]"
            )
        name = parameters["logGroupName"]
        self._log_groups.change_group(name, retention_days=days)
        return {}

    def keep_forever(self, parameters: Parameters) -> dict[str, Any]:
        """`DeleteRetentionPolicy`: events never expire."""
        check("logs", "DeleteRetentionPolicy", parameters)
        name = parameters["logGroupName"]
        self._log_groups.change_group(name, retention_days=None)
        return {}

    def _described(self, parameters: Parameters) -> list[LogGroup]:
        prefix = parameters.get("logGroupNamePrefix") or ""
        pattern = parameters.get("logGroupNamePattern") or ""
        classes = _classes(parameters.get("logGroupClass"))
        named = parameters.get("logGroupIdentifiers")
        names = None if named is None else {group_name(one) for one in named}
        return [
            group
            for group in self._log_groups.groups()
            if group.name.startswith(prefix)
            and pattern in group.name
            and (classes is None or group.log_class in classes)
            and (names is None or group.name in names)
        ]

    def _document(self, group: LogGroup) -> dict[str, Any]:
        arn = self._arn(group.name)
        document = {
            "logGroupName": group.name,
            "creationTime": group.created_ms,
            "retentionInDays": group.retention_days,
            "metricFilterCount": self._core.metric_filters(group.name),
            "arn": f"{arn}:*",
            "logGroupArn": arn,
            "storedBytes": self._stored.bytes(group),
            "kmsKeyId": group.kms_key,
            "logGroupClass": group.log_class,
            "deletionProtectionEnabled": group.protected,
        }
        return {name: value for name, value in document.items() if value is not None}

    def _arn(self, name: str) -> str:
        return group_arn(self._core.region, self._core.account, name)


def _classes(log_class: str | None) -> set[str] | None:
    """DescribeLogGroups takes the two cheaper classes for one."""
    cheaper = {"INFREQUENT_ACCESS", "ESSENTIALS"}
    if log_class is None:
        return None
    return cheaper if log_class in cheaper else {log_class}


def _only(document: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: document[name] for name in names}
