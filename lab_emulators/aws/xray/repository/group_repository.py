"""The repository of groups: named filter expressions, one document for each."""

from collections.abc import Mapping
from itertools import starmap
from typing import Any

from lab_emulators.aws.languages.xray_filter.compile import (
    GroupVersion,
    GroupVersions,
)
from lab_emulators.aws.xray.errors import invalid_request
from lab_emulators.store import Documents

_GROUPS = "xray.groups"
_VERSIONS = "xray.group_versions"

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

    def versions(self, group: Group) -> GroupVersions:
        """The versions of a group's filter expression, none before it was stored.

        A group without them was stored by an earlier lab: its filter held always.
        """
        name = group["GroupName"]
        if document := self._documents.get(_VERSIONS, name):
            return tuple(starmap(GroupVersion, document["versions"]))
        stored = self._documents.get(_GROUPS, name)
        return (GroupVersion(0.0, stored["FilterExpression"]),) if stored else ()

    def put(self, group: Group, versions: GroupVersions) -> None:
        """Stores a group and its versions; durable when this returns."""
        name = group["GroupName"]
        self._documents.put(_VERSIONS, name, {"versions": [*map(list, versions)]})
        self._documents.put(_GROUPS, name, group)

    def delete(self, group: Group) -> None:
        """Removes a group."""
        self._documents.delete(_GROUPS, group["GroupName"])
        self._documents.delete(_VERSIONS, group["GroupName"])
