"""Log groups: create, delete, describe, list."""

from collections.abc import Mapping
from typing import Any

from lab_helpers.emulators.aws.logs.arns import group_arn
from lab_helpers.emulators.aws.logs.core import Core, Operation, Parameters
from lab_helpers.emulators.aws.logs.directory import Group


def operations(core: Core) -> Mapping[str, Operation]:
    """The operations on log groups."""
    groups = Groups(core)
    return {
        "CreateLogGroup": groups.create,
        "DeleteLogGroup": groups.delete,
        "DescribeLogGroups": groups.describe,
    }


class Groups:
    """The log groups of one region."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def create(self, parameters: Parameters) -> dict[str, Any]:
        """`CreateLogGroup`."""
        name = parameters["logGroupName"]
        self._core.directory.create_group(name, self._core.now_ms())
        return {}

    def delete(self, parameters: Parameters) -> dict[str, Any]:
        """`DeleteLogGroup`: with its streams and events."""
        name = parameters["logGroupName"]
        self._core.directory.delete_group(name)
        for listener in self._core.deleted:
            listener(name)
        return {}

    def describe(self, parameters: Parameters) -> dict[str, Any]:
        """`DescribeLogGroups`: by name."""
        prefix = parameters.get("logGroupNamePrefix") or ""
        groups = self._core.directory.groups()
        found = [group for group in groups if group.name.startswith(prefix)]
        return {"logGroups": [self._described(group) for group in found]}

    def _described(self, group: Group) -> dict[str, Any]:
        arn = group_arn(self._core.region, self._core.account, group.name)
        return {
            "logGroupName": group.name,
            "creationTime": group.created_ms,
            "metricFilterCount": self._core.metric_filters(group.name),
            "arn": f"{arn}:*",
            "logGroupArn": arn,
            "storedBytes": 0,
            "logGroupClass": group.log_class,
        }
