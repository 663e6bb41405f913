"""Sharing one rule's reservoir between clients."""

from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.aws.xray.reservoirs import (
    FORGOTTEN_SECONDS,
    INTERVAL,
    QUOTA_SECONDS,
    Reservoir,
    fair_shares,
)

CLIENTS = st.sampled_from("abcdef")
REPORTS = st.tuples(CLIENTS, st.integers(0, 10**6), st.floats(0, 40))


@given(st.lists(REPORTS, max_size=60), st.integers(0, 40))
def test_quotas_in_force_never_exceed_the_reservoir(reports, size):
    reservoir, held, now = Reservoir(), {}, 1_000.0
    for client, requests, pause in reports:
        now += pause
        held[client] = reservoir.renew(client, requests, size, now)
        in_force = [quota.size for quota in held.values() if quota.in_force(now)]
        assert 0 <= sum(in_force) <= size


@given(st.lists(st.tuples(CLIENTS, st.integers(0, 50), st.integers(0, 9))))
def test_a_reservoir_that_changes_size_never_gives_beyond_its_largest(reports):
    reservoir, held = Reservoir(), {}
    for now, (client, requests, size) in enumerate(reports):
        held[client] = reservoir.renew(client, requests, size, float(now))
        assert held[client].size <= size
        assert sum(q.size for q in held.values() if q.in_force(now)) <= 9


@given(st.dictionaries(CLIENTS, st.integers(0, 100), min_size=1), st.integers(0, 60))
def test_nobody_gets_more_than_asked_while_another_lacks(demands, size):
    shares = fair_shares(demands, size)
    assert sum(shares.values()) == size
    lacking = [name for name in demands if shares[name] < demands[name]]
    if lacking:
        assert all(shares[name] <= demands[name] for name in demands)
        least = min(shares[name] for name in lacking)
        assert all(shares[name] <= least + 1 for name in demands)


def test_a_client_alone_gets_the_whole_reservoir():
    quota = Reservoir().renew("only", requests=3, size=50, now=100.0)
    assert quota.size == 50
    assert quota.expires == 100 + QUOTA_SECONDS


def test_two_busy_clients_come_to_equal_shares_within_one_more_report():
    reservoir = Reservoir()
    reservoir.renew("first", 500, 10, 100.0)
    assert reservoir.renew("second", 500, 10, 101.0).size == 0
    assert reservoir.renew("first", 500, 10, 110.0).size == 5
    assert reservoir.renew("second", 500, 10, 111.0).size == 5


def test_a_quiet_client_leaves_its_share_to_a_busy_one():
    reservoir = Reservoir()
    for now in (100.0, 110.0, 120.0):
        quiet = reservoir.renew("quiet", 10, 10, now)
        busy = reservoir.renew("busy", 5_000, 10, now + 1)
    assert (quiet.size, busy.size) == (1, 9)


def test_a_client_that_fell_silent_is_forgotten():
    reservoir = Reservoir()
    reservoir.renew("gone", 500, 10, 100.0)
    later = 100.0 + FORGOTTEN_SECONDS
    assert reservoir.renew("here", 500, 10, later).size == 10


def test_a_quota_is_held_through_the_last_second_an_sdk_uses_it():
    reservoir = Reservoir()
    reservoir.renew("gone", 500, 10, 100.5)
    last = 100 + QUOTA_SECONDS
    assert reservoir.assigned(last + 0.9) == 10
    assert reservoir.assigned(last + 1.0) == 0


def test_a_quota_outlives_the_interval_between_two_reports():
    quota = Reservoir().renew("only", 1, 1, 100.9)
    assert quota.in_force(100.9 + INTERVAL + 1)
