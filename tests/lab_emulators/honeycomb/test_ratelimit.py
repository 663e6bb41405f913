"""Rate limits: told on every answer, enforced where asked."""

import re
from email.utils import parsedate_to_datetime

import pytest

from lab_emulators.honeycomb.config import LAB_KEY, RATE_LIMITED_KEY


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/1/auth"),
        ("POST", "/1/events/d"),
        ("POST", "/1/batch/d"),
        ("GET", "/1/datasets/none"),
        ("GET", "/1/boards"),
        ("GET", "/1/nothing"),
        ("PUT", "/1/auth"),
    ],
)
@pytest.mark.parametrize("key", [LAB_KEY, "wrong"])
def test_every_answer_tells_the_limits(stranger, method, path, key):
    answer = stranger.open(path, method=method, headers={"X-Honeycomb-Team": key})
    told = answer.headers["RateLimit"]
    assert re.fullmatch(r"limit=100, remaining=\d+, reset=\d+", told)
    assert answer.headers["RateLimitPolicy"] == "100;w=60"
    assert answer.headers["RateLimit-Policy"] == "100;w=60"


def test_remaining_counts_down_but_nothing_is_refused_by_default(api):
    told = [api.get("/1/auth").headers["Ratelimit"] for _ in range(102)]
    assert told[0].startswith("limit=100, remaining=99,")
    assert told[-1].startswith("limit=100, remaining=0,")


@pytest.mark.parametrize(
    ("settings", "key"),
    [({"enforce_rate_limits": True}, LAB_KEY), ({}, RATE_LIMITED_KEY)],
)
def test_one_request_too_many_is_refused_where_limits_are_enforced(
    make_app, settings, key
):
    client = make_app(**settings).test_client()
    headers = {"X-Honeycomb-Team": key}
    answers = [client.get("/1/auth", headers=headers) for _ in range(101)]
    assert {answer.status_code for answer in answers[:100]} == {200}
    refused = answers[100]
    assert refused.status_code == 429
    assert parsedate_to_datetime(refused.headers["Retry-After"])
    assert refused.headers["Retry-After"].endswith(" GMT")
    assert refused.get_json() == {
        "status": 429,
        "type": "http://localhost/problems/rate-limited",
        "title": "You have exceeded your rate limit.",
        "error": "You have exceeded your rate limit.",
        "detail": "Please try again after 2026-01-01T00:01:00Z.",
    }


def test_sending_events_is_not_limited_by_requests(make_app):
    client = make_app(enforce_rate_limits=True).test_client()
    headers = {"X-Honeycomb-Team": LAB_KEY}
    for _ in range(102):
        answer = client.post("/1/batch/d", json=[], headers=headers)
    assert answer.status_code == 200
