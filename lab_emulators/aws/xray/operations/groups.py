"""Groups: named filter expressions, kept in the store and used as filters."""

import base64
import hashlib
import threading
from collections.abc import Mapping
from typing import Any

from lab_emulators.aws.errors import invalid_request
from lab_emulators.aws.languages.xray_filter.parser import parse
from lab_emulators.aws.paging import XRAY
from lab_emulators.aws.validation import check
from lab_emulators.aws.xray.arns import arn
from lab_emulators.aws.xray.core import Core, Operation, Parameters, refuse_tags
from lab_emulators.store.durability.documents import Documents

MAX_GROUPS = 25  # X-Ray quotas: groups per region
PAGE = 25

_GROUPS = "xray.groups"
_NO_INSIGHTS = {"InsightsEnabled": False, "NotificationsEnabled": False}

Group = dict[str, Any]


def operations(core: Core) -> Mapping[str, Operation]:
    """The five operations on groups."""
    groups = Groups(core)
    return {
        "CreateGroup": groups.create,
        "UpdateGroup": groups.update,
        "DeleteGroup": groups.delete,
        "GetGroup": groups.get,
        "GetGroups": groups.get_all,
    }


class Groups:
    """The groups of one region; their filters are in `Core.group_filters` too."""

    def __init__(self, core: Core) -> None:
        self._documents = core.store.documents
        self._clock = core.clock
        self._region = core.region
        self._filters = core.group_filters
        self._lock = threading.Lock()
        for group in self._stored():
            self._publish(group)

    def create(self, parameters: Parameters) -> dict[str, Any]:
        """`CreateGroup`: a name nobody has, a filter expression that can be read."""
        check("xray", "CreateGroup", parameters)
        name = parameters["GroupName"]
        refuse_tags("CreateGroup", parameters)
        with self._lock:
            self._refuse_name(name)
            group = {
                "GroupName": name,
                "GroupARN": self._new_arn(name),
                "FilterExpression": _readable(parameters.get("FilterExpression")),
                "InsightsConfiguration": _insights(parameters, _NO_INSIGHTS),
            }
            return self._keep(group)

    def update(self, parameters: Parameters) -> dict[str, Any]:
        """`UpdateGroup`: another filter expression or insights configuration."""
        check("xray", "UpdateGroup", parameters)
        with self._lock:
            group = find_group(self._stored(), parameters)
            expression = parameters.get("FilterExpression")
            if expression is not None:
                group["FilterExpression"] = _readable(expression)
            group["InsightsConfiguration"] = _insights(
                parameters, group["InsightsConfiguration"]
            )
            return self._keep(group)

    def delete(self, parameters: Parameters) -> dict[str, Any]:
        """`DeleteGroup`: by name or ARN."""
        check("xray", "DeleteGroup", parameters)
        with self._lock:
            group = find_group(self._stored(), parameters)
            self._documents.delete(_GROUPS, group["GroupName"])
            for key in (group["GroupName"], group["GroupARN"]):
                self._filters.pop(key, None)
        return {}

    def get(self, parameters: Parameters) -> dict[str, Any]:
        """`GetGroup`: by name or ARN."""
        check("xray", "GetGroup", parameters)
        return {"Group": find_group(self._stored(), parameters)}

    def get_all(self, parameters: Parameters) -> dict[str, Any]:
        """`GetGroups`: the oldest first."""
        check("xray", "GetGroups", parameters)
        groups, rest = XRAY.page_of(self._stored(), parameters.get("NextToken"), PAGE)
        return {"Groups": groups, **rest}

    def _stored(self) -> list[Group]:
        return stored_groups(self._documents)

    def _refuse_name(self, name: str) -> None:
        if name.lower() == "default":
            raise invalid_request("The default group name is reserved")
        names = {group["GroupName"] for group in self._stored()}
        if name in names:
            raise invalid_request(f"Group {name} already exists")
        if len(names) >= MAX_GROUPS:
            raise invalid_request(f"There are {MAX_GROUPS} groups already")

    def _new_arn(self, name: str) -> str:
        made = hashlib.sha256(f"{name} {self._clock()}".encode()).digest()
        identity = base64.b32encode(made).decode().rstrip("=")
        return arn(self._region, f"group/{name}/{identity}")

    def _keep(self, group: Group) -> dict[str, Any]:
        self._documents.put(_GROUPS, group["GroupName"], group)
        self._publish(group)
        return {"Group": group}

    def _publish(self, group: Group) -> None:
        for key in (group["GroupName"], group["GroupARN"]):
            self._filters[key] = group["FilterExpression"]


def stored_groups(documents: Documents) -> list[Group]:
    """Every group, the oldest first."""
    return [group for _, group in documents.list(_GROUPS)]


def find_group(groups: list[Group], which: Mapping[str, Any]) -> Group:
    """The group of `GroupName` or `GroupARN`; InvalidRequestException if none is."""
    name, group_arn = which.get("GroupName"), which.get("GroupARN")
    if (name is None) == (group_arn is None):
        raise invalid_request("Give either GroupName or GroupARN")
    for group in groups:
        if name == group["GroupName"] or group_arn == group["GroupARN"]:
            return group
    raise invalid_request("Group not found")


def _readable(expression: str | None) -> str:
    """The expression as given; its own InvalidRequestException if it is not one."""
    if expression:
        parse(expression)
    return expression or ""


def _insights(parameters: Parameters, before: Mapping[str, bool]) -> dict[str, bool]:
    after = {**before, **(parameters.get("InsightsConfiguration") or {})}
    if after["NotificationsEnabled"] and not after["InsightsEnabled"]:
        raise invalid_request("Notifications need InsightsEnabled")
    return after
