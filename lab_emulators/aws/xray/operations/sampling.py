"""Sampling: rules by API, and targets that share each rule's reservoir."""

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lab_emulators.aws.errors import AwsError, invalid_request
from lab_emulators.aws.paging import XRAY
from lab_emulators.aws.validation import check
from lab_emulators.aws.xray.core import Operation, Parameters, XRayCore, refuse_tags
from lab_emulators.aws.xray.repository.rule_repository import (
    Record,
    SamplingRuleRepository,
)
from lab_emulators.aws.xray.reservoirs import INTERVAL, Reservoir

MAX_STATISTICS = 25  # API reference, GetSamplingTargets
PAGE = 25

_COUNTS = ("RequestCount", "BorrowCount", "SampledCount")


def operations(core: XRayCore) -> Mapping[str, Operation]:
    """The six sampling operations over one set of rules."""
    sampling = Sampling(core)
    return {
        "GetSamplingRules": sampling.get_rules,
        "CreateSamplingRule": sampling.create_rule,
        "UpdateSamplingRule": sampling.update_rule,
        "DeleteSamplingRule": sampling.delete_rule,
        "GetSamplingTargets": sampling.get_targets,
        "GetSamplingStatisticSummaries": sampling.get_statistic_summaries,
    }


@dataclass
class _Statistics:
    """Counts that clients reported of one rule in its latest reporting interval."""

    since: float = 0.0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTS, 0))

    def add(self, document: Mapping[str, Any], now: float) -> None:
        if now - self.since >= INTERVAL:
            self.since, self.counts = now, dict.fromkeys(_COUNTS, 0)
        for name in _COUNTS:
            self.counts[name] += document.get(name) or 0


class Sampling:
    """Rules are durable; quotas and statistics live as long as this object."""

    def __init__(self, core: XRayCore) -> None:
        self._clock = core.clock
        self._rules = SamplingRuleRepository(core)
        self._lock = threading.Lock()
        self._reservoirs: dict[str, Reservoir] = defaultdict(Reservoir)
        self._statistics: dict[str, _Statistics] = defaultdict(_Statistics)

    def get_rules(self, parameters: Parameters) -> dict[str, Any]:
        """`GetSamplingRules`: all rules by priority."""
        check("xray", "GetSamplingRules", parameters)
        records, rest = XRAY.page_of(
            self._rules.records(), parameters.get("NextToken"), PAGE
        )
        return {"SamplingRuleRecords": records, **rest}

    def create_rule(self, parameters: Parameters) -> dict[str, Any]:
        """`CreateSamplingRule`: a custom rule."""
        check("xray", "CreateSamplingRule", parameters)
        refuse_tags("CreateSamplingRule", parameters)
        record = self._rules.create(parameters["SamplingRule"])
        return {"SamplingRuleRecord": record}

    def update_rule(self, parameters: Parameters) -> dict[str, Any]:
        """`UpdateSamplingRule`: only the members given are changed."""
        check("xray", "UpdateSamplingRule", parameters)
        record = self._rules.update(parameters["SamplingRuleUpdate"])
        return {"SamplingRuleRecord": record}

    def delete_rule(self, parameters: Parameters) -> dict[str, Any]:
        """`DeleteSamplingRule`: by name or ARN; answers with what was deleted."""
        check("xray", "DeleteSamplingRule", parameters)
        record = self._rules.delete(parameters)
        rule = record["SamplingRule"]
        with self._lock:
            self._reservoirs.pop(rule["RuleName"], None)
            self._statistics.pop(rule["RuleName"], None)
        return {"SamplingRuleRecord": record}

    def get_targets(self, parameters: Parameters) -> dict[str, Any]:
        """`GetSamplingTargets`: statistics in, each client's quota and rate out."""
        check("xray", "GetSamplingTargets", parameters)
        documents = parameters["SamplingStatisticsDocuments"]
        if len(documents) > MAX_STATISTICS:
            message = f"At most {MAX_STATISTICS} statistics documents in one request"
            raise invalid_request(message)
        by_name = {record["SamplingRule"]["RuleName"]: record for record in self._all()}
        targets, unprocessed = [], []
        for document in documents:
            try:
                targets.append(self._target(document, by_name))
            except AwsError as error:
                unprocessed.append(_refusal(document["RuleName"], error))
        boosts = parameters.get("SamplingBoostStatisticsDocuments") or ()
        not_boosted = AwsError("501", "not emulated locally: sampling rate boost")
        return {
            "SamplingTargetDocuments": targets,
            "LastRuleModification": self._rules.last_change(),
            "UnprocessedStatistics": unprocessed,
            "UnprocessedBoostStatistics": [
                _refusal(document["RuleName"], not_boosted) for document in boosts
            ],
        }

    def get_statistic_summaries(self, parameters: Parameters) -> dict[str, Any]:
        """`GetSamplingStatisticSummaries`: each rule's latest interval."""
        check("xray", "GetSamplingStatisticSummaries", parameters)
        names = [record["SamplingRule"]["RuleName"] for record in self._all()]
        with self._lock:
            summaries = [_summary(name, self._statistics.get(name)) for name in names]
        page, rest = XRAY.page_of(summaries, parameters.get("NextToken"), PAGE)
        return {"SamplingStatisticSummaries": page, **rest}

    def _all(self) -> list[Record]:
        return self._rules.records()

    def _target(
        self, document: Mapping[str, Any], by_name: Mapping[str, Record]
    ) -> dict[str, Any]:
        name = document["RuleName"]
        if name not in by_name:
            raise AwsError("400", f"There is no sampling rule {name}")
        rule = by_name[name]["SamplingRule"]
        now = self._clock()
        with self._lock:
            self._statistics[name].add(document, now)
            quota = self._reservoirs[name].renew(
                document["ClientID"],
                document["RequestCount"],
                rule["ReservoirSize"],
                now,
            )
        return {
            "RuleName": name,
            "FixedRate": rule["FixedRate"],
            "ReservoirQuota": quota.size,
            "ReservoirQuotaTTL": float(quota.expires),
            "Interval": INTERVAL,
        }


def _refusal(name: str, error: AwsError) -> dict[str, Any]:
    """The SDKs read the code's first digit: 4 is their fault, 5 the service's."""
    return {"RuleName": name, "ErrorCode": error.code, "Message": error.message}


def _summary(name: str, statistics: _Statistics | None) -> dict[str, Any]:
    known = statistics or _Statistics()
    return {"RuleName": name, "Timestamp": known.since, **known.counts}
