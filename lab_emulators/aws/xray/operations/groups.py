"""Groups: named filter expressions, stored, and used in other filters.

A group is of the traces that come after it was made, and a changed expression of those
that come after the change (developer guide, "Configuring groups").
"""

import base64
import hashlib
import threading
from collections.abc import Mapping
from typing import Any

from lab_emulators.aws.languages.xray_filter.compile import GroupVersion
from lab_emulators.aws.languages.xray_filter.parser import parse
from lab_emulators.aws.paging import XRAY
from lab_emulators.aws.validation import check
from lab_emulators.aws.xray.core import Operation, Parameters, XRayCore, refuse_tags
from lab_emulators.aws.xray.errors import invalid_request
from lab_emulators.aws.xray.model import arn
from lab_emulators.aws.xray.repository.group_repository import Group, GroupRepository

MAX_GROUPS = 25  # X-Ray quotas: groups per region
PAGE = 25

_NO_INSIGHTS = {"InsightsEnabled": False, "NotificationsEnabled": False}


def operations(core: XRayCore) -> Mapping[str, Operation]:
    """The five operations on groups."""
    groups = GroupOperations(core)
    return {
        "CreateGroup": groups.create,
        "UpdateGroup": groups.update,
        "DeleteGroup": groups.delete,
        "GetGroup": groups.get,
        "GetGroups": groups.get_all,
    }


class GroupOperations:
    """The operations on groups; their filters are in `XRayCore.group_filters` too."""

    def __init__(self, core: XRayCore) -> None:
        self._groups = GroupRepository(core.store.documents)
        self._clock = core.clock
        self._region = core.region
        self._filters = core.group_filters
        self._lock = threading.Lock()
        for group in self._groups.all():
            self._publish(group)

    def create(self, parameters: Parameters) -> dict[str, Any]:
        """`CreateGroup`: with a new name and a valid filter expression."""
        check("xray", "CreateGroup", parameters)
        name = parameters["GroupName"]
        refuse_tags("CreateGroup", parameters)
        with self._lock:
            self._refuse_name(name)
            group = {
                "GroupName": name,
                "GroupARN": self._new_arn(name),
                "FilterExpression": _valid(parameters.get("FilterExpression")),
                "InsightsConfiguration": _insights(parameters, _NO_INSIGHTS),
            }
            return self._store(group)

    def update(self, parameters: Parameters) -> dict[str, Any]:
        """`UpdateGroup`: another filter expression or insights configuration."""
        check("xray", "UpdateGroup", parameters)
        with self._lock:
            group = self._groups.find(parameters)
            expression = parameters.get("FilterExpression")
            if expression is not None:
                group["FilterExpression"] = _valid(expression)
            group["InsightsConfiguration"] = _insights(
                parameters, group["InsightsConfiguration"]
            )
            return self._store(group)

    def delete(self, parameters: Parameters) -> dict[str, Any]:
        """`DeleteGroup`: by name or ARN."""
        check("xray", "DeleteGroup", parameters)
        with self._lock:
            group = self._groups.find(parameters)
            self._groups.delete(group)
            for key in _keys(group):
                self._filters.pop(key, None)
        return {}

    def get(self, parameters: Parameters) -> dict[str, Any]:
        """`GetGroup`: by name or ARN."""
        check("xray", "GetGroup", parameters)
        return {"Group": self._groups.find(parameters)}

    def get_all(self, parameters: Parameters) -> dict[str, Any]:
        """`GetGroups`: the oldest first."""
        check("xray", "GetGroups", parameters)
        groups, rest = XRAY.page_of(
            self._groups.all(), parameters.get("NextToken"), PAGE
        )
        return {"Groups": groups, **rest}

    def _refuse_name(self, name: str) -> None:
        if name.lower() == "default":
            raise invalid_request("The default group name is reserved")
        names = {group["GroupName"] for group in self._groups.all()}
        if name in names:
            raise invalid_request(f"Group {name} already exists")
        if len(names) >= MAX_GROUPS:
            raise invalid_request(f"There are {MAX_GROUPS} groups already")

    def _new_arn(self, name: str) -> str:
        digest = hashlib.sha256(f"{name} {self._clock()}".encode()).digest()
        identity = base64.b32encode(digest).decode().rstrip("=")
        return arn(self._region, f"group/{name}/{identity}")

    def _store(self, group: Group) -> dict[str, Any]:
        versions = self._groups.versions(group)
        expression = group["FilterExpression"]
        if not versions or versions[-1].expression != expression:
            versions = (*versions, GroupVersion(self._clock(), expression))
        self._groups.put(group, versions)
        self._publish(group)
        return {"Group": group}

    def _publish(self, group: Group) -> None:
        versions = self._groups.versions(group)
        self._filters.update(dict.fromkeys(_keys(group), versions))


def _keys(group: Group) -> tuple[str, str]:
    return group["GroupName"], group["GroupARN"]


def _valid(expression: str | None) -> str:
    """The expression itself; its own InvalidRequestException if it is invalid."""
    if expression:
        parse(expression)
    return expression or ""


def _insights(parameters: Parameters, before: Mapping[str, bool]) -> dict[str, bool]:
    after = {**before, **(parameters.get("InsightsConfiguration") or {})}
    if after["NotificationsEnabled"] and not after["InsightsEnabled"]:
        raise invalid_request("Notifications need InsightsEnabled")
    return after
