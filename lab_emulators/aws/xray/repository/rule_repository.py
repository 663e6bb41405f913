"""The repository of sampling rules: a document for each, by name."""

import threading
from collections.abc import Mapping
from typing import Any

from lab_emulators.aws.xray.core import XRayCore
from lab_emulators.aws.xray.errors import invalid_request, too_many_rules
from lab_emulators.aws.xray.model import arn

DEFAULT = "Default"
MAX_CUSTOM_RULES = 25  # X-Ray quotas: custom sampling rules per region

_RULES = "xray.sampling_rules"
_CHANGES = "xray.sampling_changes"
_ANY_REQUEST = {
    "ResourceARN": "*",
    "ServiceName": "*",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "*",
    "URLPath": "*",
    "Version": 1,
    "Attributes": {},
}
_DEFAULT_RULE = _ANY_REQUEST | {
    "RuleName": DEFAULT,
    "Priority": 10_000,
    "FixedRate": 0.05,
    "ReservoirSize": 1,
}
_DEFAULT_MAY_CHANGE = {"RuleName", "RuleARN", "FixedRate", "ReservoirSize"}

Rule = dict[str, Any]
Record = dict[str, Any]
"""`SamplingRuleRecord`: a rule, and when it was created and modified (seconds)."""


class SamplingRuleRepository:
    """The rules of one region, with the default rule, which always exists."""

    def __init__(self, core: XRayCore) -> None:
        self._documents = core.store.documents
        self._clock = core.clock
        self._region = core.region
        self._lock = threading.Lock()

    def records(self) -> list[Record]:
        """Every rule by priority, as clients try them; the default rule is last."""
        stored = dict(self._documents.list(_RULES))
        stored.setdefault(DEFAULT, _default_record(self._region))
        return sorted(stored.values(), key=_priority)

    def last_change(self) -> float:
        """Time of the last creation, change or deletion of a rule; 0 without any."""
        change = self._documents.get(_CHANGES, "last")
        return float(change["at"]) if change else 0.0

    def create(self, rule: Mapping[str, Any]) -> Record:
        """Adds a rule; InvalidRequestException or RuleLimitExceededException."""
        name = rule.get("RuleName")
        if not name or rule.get("RuleARN"):
            raise invalid_request("A new rule has a RuleName and no RuleARN")
        if rule["Version"] != 1:
            raise invalid_request("Only version 1 of sampling rules is supported")
        _refuse_boost(rule)
        with self._lock:
            names = {record["SamplingRule"]["RuleName"] for record in self.records()}
            if name in names:
                raise invalid_request(f"Sampling rule {name} already exists")
            if len(names) > MAX_CUSTOM_RULES:
                raise too_many_rules(MAX_CUSTOM_RULES)
            now = self._clock()
            named = {"RuleARN": _rule_arn(self._region, name)}
            complete = _ANY_REQUEST | _without_none(rule) | named
            record = {"SamplingRule": complete, "CreatedAt": now, "ModifiedAt": now}
            return self._store(record, now)

    def update(self, change: Mapping[str, Any]) -> Record:
        """Changes members of a rule; of the default rule only rate and reservoir."""
        with self._lock:
            record = self._find(change)
            rule = record["SamplingRule"]
            members = _without_none(change)
            if rule["RuleName"] == DEFAULT and members.keys() - _DEFAULT_MAY_CHANGE:
                message = "Invalid update request for default sampling rule"
                raise invalid_request(message)
            _refuse_boost(members)
            _check_change(members)
            now = self._clock()
            names = {key: rule[key] for key in ("RuleName", "RuleARN")}
            changed = {"SamplingRule": rule | members | names, "ModifiedAt": now}
            return self._store(record | changed, now)

    def delete(self, which: Mapping[str, Any]) -> Record:
        """Removes a rule and returns it; the default rule stays."""
        with self._lock:
            record = self._find(which)
            name = record["SamplingRule"]["RuleName"]
            if name == DEFAULT:
                raise invalid_request("The default sampling rule cannot be deleted")
            self._documents.delete(_RULES, name)
            self._documents.put(_CHANGES, "last", {"at": self._clock()})
            return record

    def _find(self, which: Mapping[str, Any]) -> Record:
        name, rule_arn = which.get("RuleName"), which.get("RuleARN")
        if (name is None) == (rule_arn is None):
            raise invalid_request("Give either RuleName or RuleARN")
        for record in self.records():
            rule = record["SamplingRule"]
            if name == rule["RuleName"] or rule_arn == rule["RuleARN"]:
                return record
        raise invalid_request("Sampling rule does not exist.")

    def _store(self, record: Record, now: float) -> Record:
        self._documents.put(_RULES, record["SamplingRule"]["RuleName"], record)
        self._documents.put(_CHANGES, "last", {"at": now})
        return record


def _default_record(region: str) -> Record:
    rule = _DEFAULT_RULE | {"RuleARN": _rule_arn(region, DEFAULT)}
    return {"SamplingRule": rule, "CreatedAt": 0.0, "ModifiedAt": 0.0}


def _rule_arn(region: str, name: str) -> str:
    return arn(region, f"sampling-rule/{name}")


def _priority(record: Record) -> tuple[int, str]:
    """Order of the rules: the SDKs break a tie of priorities by name."""
    rule = record["SamplingRule"]
    return rule["Priority"], rule["RuleName"]


def _refuse_boost(rule: Mapping[str, Any]) -> None:
    if rule.get("SamplingRateBoost") is not None:
        raise invalid_request("not emulated locally: SamplingRateBoost")


def _check_change(change: Mapping[str, Any]) -> None:
    """Checks ranges that the service model has for a new rule, not for an update."""
    if not 1 <= change.get("Priority", 1) <= 9999:
        raise invalid_request("'Priority' must be between 1 and 9999")
    if not 0 <= change.get("FixedRate", 0) <= 1:
        raise invalid_request("'FixedRate' must be between 0 and 1")
    if change.get("ReservoirSize", 0) < 0:
        raise invalid_request("'ReservoirSize' must not be negative")


def _without_none(members: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in members.items() if value is not None}
