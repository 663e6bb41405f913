"""Sampling rules and targets, as clients of the API see them."""

import pytest
from aws_xray_sdk.core.sampling.reservoir import Reservoir, ReservoirDecision
from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.aws.xray.operations.sampling import MAX_STATISTICS, Sampling
from lab_emulators.aws.xray.repository.rule_repository import MAX_CUSTOM_RULES

RULE = {
    "RuleName": "feed",
    "ResourceARN": "*",
    "Priority": 100,
    "FixedRate": 0.25,
    "ReservoirSize": 4,
    "ServiceName": "feed",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "GET",
    "URLPath": "/feed/*",
    "Version": 1,
}


def statistics(rule="feed", client="a", requests=100, **more):
    return {
        "RuleName": rule,
        "ClientID": client * 24,
        "Timestamp": 1_700_000_000,
        "RequestCount": requests,
        "SampledCount": 1,
        **more,
    }


@pytest.fixture
def sampling(core):
    made = Sampling(core)
    made.create_rule({"SamplingRule": RULE})
    return made


@pytest.fixture
def targets(sampling):
    """What the documents given are answered with."""

    def ask(*documents):
        return sampling.get_targets({"SamplingStatisticsDocuments": documents})

    return ask


def names(sampling):
    records = sampling.get_rules({})["SamplingRuleRecords"]
    return [record["SamplingRule"]["RuleName"] for record in records]


def test_the_default_rule_is_there_from_the_start_and_last(sampling):
    records = sampling.get_rules({})["SamplingRuleRecords"]
    default = records[-1]["SamplingRule"]
    assert names(sampling) == ["feed", "Default"]
    assert (default["Priority"], default["ReservoirSize"]) == (10_000, 1)
    assert default["FixedRate"] == 0.05
    assert default["RuleARN"].endswith(":sampling-rule/Default")


def test_rules_come_by_priority_and_by_name_where_equal(sampling):
    for name, priority in (("b", 7), ("a", 7), ("c", 1)):
        rule = RULE | {"RuleName": name, "Priority": priority}
        sampling.create_rule({"SamplingRule": rule})
    assert names(sampling) == ["c", "a", "b", "feed", "Default"]


def test_a_rule_survives_a_restart(sampling, core):
    assert names(Sampling(core)) == ["feed", "Default"]


def test_an_update_changes_only_what_it_names(sampling, clock):
    clock.now += 60
    change = {"RuleName": "feed", "FixedRate": 0.5}
    record = sampling.update_rule({"SamplingRuleUpdate": change})["SamplingRuleRecord"]
    rule = record["SamplingRule"]
    assert rule["FixedRate"] == 0.5
    assert {k: rule[k] for k in RULE} == RULE | {"FixedRate": 0.5}
    assert record["ModifiedAt"] - record["CreatedAt"] == 60


def test_a_rule_is_found_by_its_arn(sampling):
    arn = sampling.get_rules({})["SamplingRuleRecords"][0]["SamplingRule"]["RuleARN"]
    deleted = sampling.delete_rule({"RuleARN": arn})["SamplingRuleRecord"]
    assert deleted["SamplingRule"]["RuleName"] == "feed"
    assert names(sampling) == ["Default"]


def test_of_the_default_rule_rate_and_reservoir_change(sampling):
    change = {"RuleName": "Default", "FixedRate": 0.01, "ReservoirSize": 0}
    sampling.update_rule({"SamplingRuleUpdate": change})
    default = sampling.get_rules({})["SamplingRuleRecords"][-1]["SamplingRule"]
    assert (default["FixedRate"], default["ReservoirSize"]) == (0.01, 0)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"RuleName": "Default", "Host": "a"}, "Invalid update request for default"),
        ({"RuleName": "nobody", "FixedRate": 0.1}, "does not exist"),
        ({"FixedRate": 0.1}, "either RuleName or RuleARN"),
        ({"RuleName": "feed", "Priority": 10_000}, "Priority"),
        ({"RuleName": "feed", "FixedRate": 1.1}, "FixedRate"),
        ({"RuleName": "feed", "ReservoirSize": -1}, "ReservoirSize"),
        ({"RuleName": "feed", "Host": "h" * 65}, "less than or equal to 64"),
    ],
)
def test_an_update_that_cannot_be_is_refused(sampling, refusal, change, word):
    error = refusal(sampling.update_rule, SamplingRuleUpdate=change)
    assert error.code == "InvalidRequestException"
    assert word in error.message


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"RuleName": "feed"}, "already exists"),
        ({"RuleName": "Default"}, "already exists"),
        ({"RuleName": "n" * 33}, "less than or equal to 32"),
        ({"RuleName": None}, "RuleName"),
        ({"Priority": 0}, "greater than or equal to 1"),
        ({"Priority": 10_000}, "less than or equal to 9999"),
        ({"FixedRate": 1.5}, "less than or equal to 1"),
        ({"ReservoirSize": -1}, "greater than or equal to 0"),
        ({"ServiceName": "s" * 65}, "less than or equal to 64"),
        ({"HTTPMethod": "m" * 11}, "less than or equal to 10"),
        ({"URLPath": "p" * 129}, "less than or equal to 128"),
        ({"Version": 2}, "version 1"),
        ({"Host": None}, "must not be null"),
        ({"Priority": "1"}, "must be a integer"),
        (
            {"SamplingRateBoost": {"MaxRate": 0.5, "CooldownWindowMinutes": 1}},
            "not emulated locally: SamplingRateBoost",
        ),
    ],
)
def test_a_rule_that_cannot_be_is_refused(sampling, refusal, change, word):
    rule = RULE | {"RuleName": "new"} | change
    error = refusal(sampling.create_rule, SamplingRule=rule)
    assert error.code == "InvalidRequestException"
    assert word in error.message
    assert names(sampling) == ["feed", "Default"]


def test_one_rule_too_many_is_refused_by_its_own_name(sampling, refusal):
    for number in range(1, MAX_CUSTOM_RULES):
        rule = RULE | {"RuleName": f"rule {number}"}
        sampling.create_rule({"SamplingRule": rule})
    one_more = RULE | {"RuleName": "one more"}
    error = refusal(sampling.create_rule, SamplingRule=one_more)
    assert error.code == "RuleLimitExceededException"


def test_the_default_rule_cannot_be_deleted(sampling, refusal):
    error = refusal(sampling.delete_rule, RuleName="Default")
    assert error.code == "InvalidRequestException"
    assert "Default" in names(sampling)


def test_a_target_has_the_rules_rate_and_a_quota_with_an_end(targets, clock):
    answer = targets(statistics())
    target = answer["SamplingTargetDocuments"][0]
    assert target["FixedRate"] == 0.25
    assert target["ReservoirQuota"] == 4
    assert target["ReservoirQuotaTTL"] > clock.now + target["Interval"]
    assert answer["UnprocessedStatistics"] == []


def test_clients_of_one_rule_share_its_reservoir(targets, clock):
    for _ in range(2):
        clock.now += 10
        documents = [statistics(client=client) for client in "abcd"]
        answer = targets(*documents)["SamplingTargetDocuments"]
    assert [target["ReservoirQuota"] for target in answer] == [1, 1, 1, 1]


def test_each_rule_has_a_reservoir_of_its_own(targets):
    answer = targets(statistics(), statistics(rule="Default"))
    quotas = [t["ReservoirQuota"] for t in answer["SamplingTargetDocuments"]]
    assert quotas == [4, 1]


def test_a_smaller_reservoir_is_in_the_next_target(targets, sampling, clock):
    targets(statistics())
    change = {"RuleName": "feed", "ReservoirSize": 1, "FixedRate": 0.0}
    sampling.update_rule({"SamplingRuleUpdate": change})
    clock.now += 10
    target = targets(statistics())["SamplingTargetDocuments"][0]
    assert (target["ReservoirQuota"], target["FixedRate"]) == (1, 0.0)


def test_statistics_of_an_unknown_rule_are_named_and_the_rest_answered(targets):
    answer = targets(statistics(rule="gone"), statistics())
    refused = answer["UnprocessedStatistics"]
    assert [(entry["RuleName"], entry["ErrorCode"]) for entry in refused] == [
        ("gone", "400")
    ]
    assert len(answer["SamplingTargetDocuments"]) == 1


def test_a_boost_asked_for_is_refused_by_name(sampling):
    boost = {
        "RuleName": "feed",
        "ServiceName": "feed",
        "Timestamp": 1_700_000_000,
        "AnomalyCount": 1,
        "TotalCount": 2,
        "SampledAnomalyCount": 1,
    }
    asked = {"SamplingStatisticsDocuments": [statistics()]}
    asked["SamplingBoostStatisticsDocuments"] = [boost]
    refused = sampling.get_targets(asked)["UnprocessedBoostStatistics"]
    assert refused[0]["Message"] == "not emulated locally: sampling rate boost"


@pytest.mark.parametrize("change", ["create", "update", "delete"])
def test_every_change_moves_the_last_rule_modification(
    change, sampling, targets, clock, core
):
    clock.now += 100
    if change == "create":
        sampling.create_rule({"SamplingRule": RULE | {"RuleName": "new"}})
    elif change == "update":
        sampling.update_rule({"SamplingRuleUpdate": {"RuleName": "feed"}})
    else:
        sampling.delete_rule({"RuleName": "feed"})
    changed = clock.now
    clock.now += 5
    assert targets(statistics("Default"))["LastRuleModification"] == changed


def test_no_rule_was_ever_changed_in_a_fresh_region(core):
    asked = {"SamplingStatisticsDocuments": [statistics("Default")]}
    assert Sampling(core).get_targets(asked)["LastRuleModification"] == 0.0


@pytest.mark.parametrize(
    "change", [{"ClientID": "short"}, {"RequestCount": -1}, {"Timestamp": None}]
)
def test_statistics_out_of_form_are_refused(sampling, refusal, change):
    documents = [statistics() | change]
    error = refusal(sampling.get_targets, SamplingStatisticsDocuments=documents)
    assert error.code == "InvalidRequestException"


def test_too_many_statistics_are_refused(sampling, refusal):
    documents = [statistics()] * (MAX_STATISTICS + 1)
    error = refusal(sampling.get_targets, SamplingStatisticsDocuments=documents)
    assert str(MAX_STATISTICS) in error.message


def test_statistic_summaries_add_up_the_clients_of_one_interval(targets, sampling):
    targets(statistics(requests=10, BorrowCount=1))
    targets(statistics(client="b", requests=5))
    feed, default = sampling.get_statistic_summaries({})["SamplingStatisticSummaries"]
    assert (feed["RuleName"], feed["RequestCount"]) == ("feed", 15)
    assert (feed["BorrowCount"], feed["SampledCount"]) == (1, 2)
    assert (default["RequestCount"], default["Timestamp"]) == (0, 0.0)


def test_statistic_summaries_begin_again_with_the_next_interval(
    targets, sampling, clock
):
    targets(statistics(requests=10))
    clock.now += 10
    targets(statistics(requests=3))
    feed = sampling.get_statistic_summaries({})["SamplingStatisticSummaries"][0]
    assert (feed["RequestCount"], feed["Timestamp"]) == (3, clock.now)


@given(
    st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 10**9)), max_size=12)
)
def test_whatever_is_reported_quotas_stay_within_the_rule(core, clock, reports):
    sampling, held = Sampling(core), {}
    default = statistics("Default")
    for client, requests in reports:
        clock.now += 1
        document = default | statistics("Default", client, requests)
        answer = sampling.get_targets({"SamplingStatisticsDocuments": [document]})
        target = answer["SamplingTargetDocuments"][0]
        held[client] = (target["ReservoirQuotaTTL"], target["ReservoirQuota"])
        live = [quota for ttl, quota in held.values() if clock.now < ttl + 1]
        assert sum(live) <= 1


def test_sdk_clients_together_stay_within_the_reservoir_in_every_second(core, clock):
    """Three clients of the real SDK ask ten times a second and report as it does."""
    sampling = Sampling(core)
    sampling.create_rule({"SamplingRule": RULE})
    clients = {name: Reservoir() for name in "abc"}
    for second in range(120):
        clock.now = 1_700_000_000.0 + second
        taken = 0
        for number, (name, reservoir) in enumerate(clients.items()):
            if second % 10 == number:
                document = statistics(client=name, requests=100)
                asked = {"SamplingStatisticsDocuments": [document]}
                (target,) = sampling.get_targets(asked)["SamplingTargetDocuments"]
                reservoir.load_quota(
                    target["ReservoirQuota"], target["ReservoirQuotaTTL"], 10
                )
            now = int(clock.now)
            decisions = [
                reservoir.borrow_or_take(now, can_borrow=True) for _ in range(10)
            ]
            taken += decisions.count(ReservoirDecision.TAKE)
        assert taken <= RULE["ReservoirSize"]
    assert sorted(reservoir.quota for reservoir in clients.values()) == [1, 1, 2]
