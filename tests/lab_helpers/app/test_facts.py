"""The facts of a request, where a notebook's hooks can read them."""

from __future__ import annotations

import pytest

from lab_helpers.app import Facts, request_facts


@pytest.fixture
def watched(make_app, sign_in):
    def watch(app):
        seen = []

        @app.after_request
        def look(response):
            seen.append(request_facts())
            return response

        return sign_in(app), seen

    return watch


def test_outside_a_request_nothing_is_known():
    assert request_facts() == Facts()
    assert request_facts().known() == {}


def test_a_hook_reads_who_called_and_what_was_found(make_app, watched):
    client, seen = watched(make_app())
    calls = client.get("/api/feed/home").get_json()["calls"]
    client.get("/api/feed/home")
    first, second = seen
    assert (first.user, first.plan, first.tenant) == ("marisol", "paid", "lowtide")
    assert (first.region, first.app_version, first.flag) == (
        "eu-west-2",
        "3.4.1",
        "ranking_on",
    )
    assert first.item_count == second.item_count == len(calls)
    assert (first.cache_hit, second.cache_hit) == (False, True)
    assert first.queue_wait_ms is not None
    assert second.queue_wait_ms is None


def test_facts_found_by_a_service_behind_reach_the_hook_in_front(three, watched):
    client, seen = watched(three())
    client.get("/api/feed/home")
    client.get("/api/messages/@noor_h")
    assert seen[0].cache_hit is False
    assert seen[0].item_count == 54
    assert seen[1].cache_hit is None
    assert seen[1].queue_wait_ms is not None


def test_a_refused_stranger_leaves_no_facts(make_app, watched, sign_in):
    app = make_app()
    _, seen = watched(app)
    sign_in(app, "nobody").get("/api/feed/home")
    assert seen == [Facts()]


def test_the_cached_feed_goes_stale(make_app, watched, monkeypatch):
    client, seen = watched(make_app())
    monkeypatch.setattr("lab_helpers.app.feed.CACHE_SECONDS", -1.0)
    client.get("/api/feed/home")
    client.get("/api/feed/home")
    assert [facts.cache_hit for facts in seen] == [False, False]
