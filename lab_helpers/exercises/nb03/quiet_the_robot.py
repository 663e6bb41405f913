"""Exercise: a sampling rule that keeps health checks out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
from aws_xray_sdk.core.daemon_config import DaemonConfig
from aws_xray_sdk.core.sampling.connector import ServiceConnector
from aws_xray_sdk.core.sampling.rule_cache import RuleCache
from aws_xray_sdk.core.sampling.sampling_rule import SamplingRule
from botocore.exceptions import ClientError, ParamValidationError

from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, instead
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

HEALTH, HOME = "/health", "/api/feed/home"


def check(names: Namespace, context: Context) -> None:
    """The rule, created under a fresh name, catches the health check and no more.

    It is read back through the daemon by the SDK's own connector and matched by the
    SDK's own code, together with whatever other rules there are.
    """
    rule = names["rule"]
    if not isinstance(rule, Mapping):
        raise Miss("rule should be the dictionary above")
    name = context.fresh_id()
    with _created({**rule, "RuleName": name}):
        decides = _deciding(HEALTH, rule.get("RuleName"))
        if decides.name != name:
            raise Miss(_who_else(rule, decides))
        if decides.can_borrow:
            raise Miss(
                "the reservoir still records health checks, so many each second; "
                "only a reservoir of 0 records none"
            )
        if decides.rate:
            raise Miss(f"{decides.rate:.0%} of the health checks are still recorded")
        if _deciding(HOME, rule.get("RuleName")).name == name:
            raise Miss(f"the rule decides about {HOME} as well; look at URLPath")


def _who_else(rule: Mapping[str, Any], decides: SamplingRule) -> str:
    path, host = rule.get("URLPath"), rule.get("Host")
    if path not in (HEALTH, "*"):
        return (
            f"the rule does not match {HEALTH}: its URLPath is {path!r}. "
            f"{decides.name!r} decides instead"
        )
    if decides.name != "Default" and host == "*":
        return (
            f"{decides.name!r} decides about {HEALTH}, before your rule is looked at: "
            f"its priority is {decides.priority}, yours {rule.get('Priority')}, and "
            "the lowest number comes first"
        )
    return f"{decides.name!r} decides about {HEALTH}; which field does not match?"


def _deciding(path: str, student: object) -> SamplingRule:
    """The rule that the SDK applies to a GET of this path at kittiwake-api.

    One that an earlier run of the page created under the student's own name is not
    asked, since the check's copy stands for it.
    """
    connector, daemon = ServiceConnector(), DaemonConfig()
    connector.setup_xray_client(daemon.tcp_ip, daemon.tcp_port, None)
    cache = RuleCache()
    rules = connector.fetch_sampling_rules()
    cache.load_rules([each for each in rules if each.name != student])
    cache.last_updated = 1
    request = {"host": "127.0.0.1", "method": "GET", "path": path}
    return cache.get_matched_rule({**request, "service": "kittiwake-api"}, 1)


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
        "Nothing at all is recorded only when both reservoir and rate are 0.",
        "The rule from the file has priority 1000. Yours must be looked at first, and "
        "the lowest number comes first.",
    ),
    solution=RULE,
    lesson="A rule for what nobody will ever read, in front of the one for the rest.",
    wrong={
        "a reservoir of one": Wrong(
            instead(RULE, ('Size": 0', 'Size": 1')), "only a reservoir of 0"
        ),
        "looked at too late": Wrong(
            instead(RULE, ('"Priority": 10', '"Priority": 9000')),
            "the lowest number comes first",
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
