"""Exercise: a sampling rule that keeps health checks out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
from aws_xray_sdk.core.daemon_config import DaemonConfig
from aws_xray_sdk.core.sampling.connector import ServiceConnector
from aws_xray_sdk.core.sampling.rule_cache import RuleCache
from aws_xray_sdk.core.sampling.sampling_rule import SamplingRule
from aws_xray_sdk.core.utils.search_pattern import wildcard_match
from botocore.exceptions import ClientError, ParamValidationError

from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, instead
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss
from lab_helpers.settings import ROOT

HEALTH = "/health"
OTHERS = ("/api/feed/home", "/home", "/health/tips", "/api/messages/@health")
"""Paths that share letters with the health check's, and are none."""


def check(names: Namespace, context: Context) -> None:
    """The rule catches the health check and no more, also beside the file's rule.

    It is created under a fresh name, read back through the daemon by the SDK's own
    connector and matched by the SDK's own code, together with the rule from the file
    and whatever other rules there are.
    """
    rule = names["rule"]
    if not isinstance(rule, Mapping):
        raise Miss(f"rule should be the dictionary above; it is {described(rule)}")
    name, own = context.fresh_id(), str(rule.get("RuleName"))
    if own == _from_file().name:
        raise Miss(f"{own!r} is the rule from the file; a name exists once")
    with _created({**rule, "RuleName": name}):
        rules = _rules(name, own)
    mine = next(each for each in rules.rules if each.name == own)
    decides = _deciding(rules, HEALTH)
    if decides is not mine:
        raise Miss(_who_else(rule, decides))
    if decides.can_borrow:
        raise Miss(
            f"a reservoir of {rule.get('ReservoirSize')!r} still records health "
            "checks, so many each second; only a reservoir of 0 records none"
        )
    if decides.rate:
        raise Miss(f"{decides.rate:.0%} of the health checks are still recorded")
    for path in OTHERS:
        if _deciding(rules, path) is mine:
            raise Miss(
                f"the rule decides about {path} as well; its URLPath is "
                f"{rule.get('URLPath')!r}"
            )


def _who_else(rule: Mapping[str, Any], decides: SamplingRule) -> str:
    path, priority = rule.get("URLPath"), rule.get("Priority")
    if not wildcard_match(path, HEALTH):
        return (
            f"the rule does not match {HEALTH}: its URLPath is {path!r}. "
            f"{decides.name!r} decides instead"
        )
    if decides.name == "Default" or decides.priority > (priority or 0):
        return f"{decides.name!r} decides about {HEALTH}; which field does not match?"
    before = f"{decides.name!r} decides about {HEALTH}, before your rule is looked at"
    if decides.priority == priority:
        return (
            f"{before}: both have priority {priority}, and then the name that comes "
            "first in the alphabet is looked at first"
        )
    return (
        f"{before}: its priority is {decides.priority}, yours {priority}, and the "
        "lowest number comes first"
    )


def _rules(copy: str, student: str) -> RuleCache:
    """The rules as the SDK has them, `copy` under the student's own name.

    Of two rules with one priority the name decides, so the check's copy must not keep
    its fresh one. It stands for what an earlier run of the page created under that
    name. The rule from the file is added if it was not created yet.
    """
    connector, daemon = ServiceConnector(), DaemonConfig()
    connector.setup_xray_client(daemon.tcp_ip, daemon.tcp_port, None)
    rules = [each for each in connector.fetch_sampling_rules() if each.name != student]
    next(each for each in rules if each.name == copy)._name = student
    from_file = _from_file()
    if from_file.name not in {each.name for each in rules}:
        rules.append(from_file)
    cache = RuleCache()
    cache.load_rules(rules)
    cache.last_updated = 1
    return cache


def _deciding(rules: RuleCache, path: str) -> SamplingRule:
    """The rule that the SDK applies to a GET of this path at kittiwake-api."""
    request = {"host": "127.0.0.1", "method": "GET", "path": path}
    return rules.get_matched_rule({**request, "service": "kittiwake-api"}, 1)


def _from_file() -> SamplingRule:
    """The page's own rule, from `data/sampling_rule.json`."""
    text = (ROOT / "data" / "sampling_rule.json").read_text()
    rule = json.loads(text)["SamplingRule"]
    return SamplingRule(
        name=rule["RuleName"],
        priority=rule["Priority"],
        rate=rule["FixedRate"],
        reservoir_size=rule["ReservoirSize"],
        host=rule["Host"],
        method=rule["HTTPMethod"],
        path=rule["URLPath"],
        service=rule["ServiceName"],
        service_type=rule["ServiceType"],
    )


@contextmanager
def _created(rule: Mapping[str, Any]) -> Iterator[None]:
    """The rule exists inside, under its fresh name, and is gone afterwards."""
    xray = boto3.client("xray")
    try:
        xray.create_sampling_rule(SamplingRule=dict(rule))
    except ParamValidationError as error:
        raise Miss(f"boto3 refuses the rule: {error}") from None
    except ClientError as error:
        details = error.response["Error"]
        raise Miss(f"X-Ray refuses the rule: {details['Message']}") from None
    try:
        yield
    finally:
        xray.delete_sampling_rule(RuleName=rule["RuleName"])


RULE = """\
rule = {
    "RuleName": "kittiwake-health",
    "Priority": 10,
    "URLPath": "/health",
    "ReservoirSize": 0,
    "FixedRate": 0,
    **everything,
}
"""

EXERCISE = Exercise(
    name="quiet_the_robot",
    title="Quiet the robot",
    answer=("rule",),
    check=check,
    hints=(
        "Two questions: is your rule looked at before the one from the file, which has "
        "priority 1000, and what is recorded of the requests it decides about?",
        "The lowest Priority is looked at first. URLPath is the path itself, and * in "
        "it stands for anything. Nothing at all is recorded only when both "
        "ReservoirSize and FixedRate are 0.",
        '"Priority": 10, "URLPath": "/health", "ReservoirSize": 0, "FixedRate": 0.',
    ),
    solution=RULE,
    lesson="A rule for what nobody will ever read, in front of the one for the rest.",
    right={
        "just before the rule from the file": instead(
            RULE, ('"Priority": 10', '"Priority": 999'), ('Rate": 0', 'Rate": 0.0')
        ),
        "an equal priority and a name before the other": instead(
            RULE,
            ('"Priority": 10', '"Priority": 1000'),
            ('"kittiwake-health"', '"health"'),
        ),
        "only one method": instead(
            RULE,
            ("    **everything,\n", '    **everything,\n    "HTTPMethod": "GET",\n'),
        ),
    },
    wrong={
        "a reservoir of one": Wrong(
            instead(RULE, ('Size": 0', 'Size": 1')), "only a reservoir of 0"
        ),
        "looked at too late": Wrong(
            instead(RULE, ('"Priority": 10', '"Priority": 9000')),
            "the lowest number comes first",
        ),
        "an equal priority": Wrong(
            instead(RULE, ('"Priority": 10', '"Priority": 1000')),
            "both have priority 1000, and then the name that comes first",
        ),
        "a share is recorded": Wrong(
            instead(RULE, ('Rate": 0', 'Rate": 0.05')),
            "5% of the health checks are still recorded",
        ),
        "what begins with h": Wrong(
            instead(RULE, ('"/health"', '"/h*"')),
            "decides about /home as well; its URLPath is '/h*'",
        ),
        "what begins with health": Wrong(
            instead(RULE, ('"/health"', '"/health*"')),
            "decides about /health/tips as well",
        ),
        "what ends with health": Wrong(
            instead(RULE, ('"/health"', '"*health"')),
            "decides about /api/messages/@health as well",
        ),
        "its name only": Wrong(
            'rule = "kittiwake-health"', "it is 'kittiwake-health' (a str)"
        ),
        "a priority of 0": Wrong(
            instead(RULE, ('"Priority": 10', '"Priority": 0')),
            "Priority, value: 0, valid min value: 1",
        ),
        "another path": Wrong(
            instead(RULE, ('"/health"', '"/api/health"')),
            "URLPath is '/api/health'",
        ),
        "everything": Wrong(
            instead(RULE, ('"/health"', '"*"')), "decides about /api/feed/home as well"
        ),
    },
)
