"""The repository of groups: named filter expressions, one document for each."""

from collections.abc import Mapping
from typing import Any

from lab_emulators.aws.xray.errors import invalid_request
from lab_emulators.store import Documents

_GROUPS = "xray.groups"

Group = dict[str, Any]
"""A `Group` of the API."""


class GroupRepository:
    """The groups of one region, by name."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def all(self) -> list[Group]:
        """Every group, the oldest first."""
        return [group for _, group in self._documents.list(_GROUPS)]

    def find(self, parameters: Mapping[str, Any]) -> Group:
        """The group of `GroupName` or `GroupARN`; InvalidRequestException."""
        name, arn = parameters.get("GroupName"), parameters.get("GroupARN")
        if (name is None) == (arn is None):
            raise invalid_request("Give either GroupName or GroupARN")
        for group in self.all():
            if name == group["GroupName"] or arn == group["GroupARN"]:
                return group
        raise invalid_request("Group not found")

    def put(self, group: Group) -> None:
        """Stores a group; durable when this returns."""
        self._documents.put(_GROUPS, group["GroupName"], group)

    def delete(self, group: Group) -> None:
        """Removes a group."""
        self._documents.delete(_GROUPS, group["GroupName"])
