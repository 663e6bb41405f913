"""Browsers."""

import pytest

from lab_emulators.honeycomb.config import LAB_KEY


@pytest.mark.parametrize(
    "path", ["/v1/traces", "/v1/logs", "/1/events/d", "/1/batch/d"]
)
def test_a_preflight_lets_any_page_send_with_the_headers_exporters_use(stranger, path):
    asked = {"Origin": "http://page", "Access-Control-Request-Method": "POST"}
    answer = stranger.options(path, headers=asked)
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Methods"] == "POST, OPTIONS"
    allowed = set(answer.headers["Access-Control-Allow-Headers"].split(", "))
    assert allowed >= {
        "*",
        "content-type",
        "content-encoding",
        "x-honeycomb-team",
        "x-honeycomb-dataset",
        "x-honeycomb-useragent",
    }


@pytest.mark.parametrize("key", [LAB_KEY, "wrong"])
@pytest.mark.parametrize("path", ["/v1/traces", "/1/events/d"])
def test_the_page_may_read_the_answer_good_or_bad(stranger, path, key):
    headers = {"X-Honeycomb-Team": key}
    answer = stranger.post(path, json={"a": 1}, headers=headers)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]


def test_management_is_not_for_browsers(api):
    assert "Access-Control-Allow-Origin" not in api.get("/1/datasets").headers
    assert api.options("/1/datasets").status_code == 405
