"""What rollbar.js sends from a page, in the shapes that its source builds."""

import pytest

from lab_emulators.rollbar.config import LAB_TOKENS, TokenScope

BROWSER = {
    "browser": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "language": "en-US",
    "cookie_enabled": True,
    "screen": {"width": 1920, "height": 1080},
    "plugins": [{"name": "PDF Viewer", "description": "Portable Document Format"}],
}
TELEMETRY = {
    "level": "info",
    "type": "dom",
    "timestamp_ms": 1767225599123,
    "body": {"subtype": "click", "element": "button#send"},
    "source": "client",
}


def page_data(body, **fields):
    """`data` as the transforms of the browser's library leave it."""
    return {
        "environment": "lab",
        "level": "error",
        "endpoint": "127.0.0.1:7321/api/1/item/",
        "platform": "browser",
        "framework": "browser-js",
        "language": "javascript",
        "server": {},
        "uuid": "5e4f2f5c-6b1e-4c0e-8d3a-0f3f6f0b7a11",
        "notifier": {
            "name": "rollbar-browser-js",
            "version": "3.1.0",
            "configured_options": {"captureUncaught": True},
            "diagnostic": {"original_arg_types": ["string", "error"]},
        },
        "custom": {},
        "request": {
            "url": "http://localhost:5000/",
            "query_string": "?a=1",
            "user_ip": "$remote_ip",
        },
        "client": {"runtime_ms": 812, "timestamp": 1767225600, "javascript": BROWSER},
        "body": {**body, "telemetry": [TELEMETRY]},
        **fields,
    }


@pytest.fixture
def trace():
    frames = [
        {
            "filename": "http://localhost:5000/page.js",
            "lineno": 12,
            "method": "[anonymous]",
            "colno": 9,
        },
        {"filename": "(unknown)", "lineno": None, "method": "send", "colno": None},
    ]
    exception = {
        "class": "TypeError",
        "message": "x is undefined",
        "description": "while sending",
    }
    return {"trace": {"exception": exception, "frames": frames}}


@pytest.fixture
def report(app):
    """Reports as a page does: the token only in the header, and where it comes from."""

    def send(data):
        headers = {
            "Content-Type": "application/json",
            "X-Rollbar-Access-Token": LAB_TOKENS[TokenScope.POST_CLIENT_ITEM],
            "Origin": "http://localhost:5000",
        }
        return app.test_client().post(
            "/api/1/item/", json={"data": data}, headers=headers
        )

    return send


def test_an_error_of_a_page_is_an_item_of_the_browser(report, trace, repository):
    assert report(page_data(trace)).json["result"]["uuid"].startswith("5e4f2f5c")
    (item,) = repository.items()
    assert (item.platform, item.framework) == ("browser", "browser-js")
    assert item.title == "TypeError: x is undefined"
    assert repository.occurrences(limit=1)[0].address == "127.0.0.1"


def test_an_error_with_its_cause_and_one_without_frames_are_taken(
    report, trace, repository
):
    bare = {"exception": {"class": "Error", "message": "m"}, "frames": []}
    chain = {"trace_chain": [trace["trace"], bare]}
    assert report(page_data(chain)).status_code == 200
    assert report(page_data({"trace": bare}, uuid="u")).status_code == 200
    assert len(repository.items()) == 2


def test_a_log_message_of_a_page_brings_what_was_logged_with_it(report, repository):
    body = {"message": {"body": "sent nothing", "extra": {"draft": 1}}}
    assert report(page_data(body, level="info")).status_code == 200
    assert [item.level for item in repository.items()] == [20]


@pytest.mark.parametrize(
    ("asked", "kept"),
    [("$remote_ip", "127.0.0.1"), ("$remote_ip_anonymize", "127.0.0.0"), (None, None)],
)
def test_the_address_of_a_visitor_is_filled_in_as_far_as_wanted(
    report, trace, repository, asked, kept
):
    request = {"url": "http://localhost:5000/", "user_ip": asked}
    report(page_data(trace, request=request))
    assert repository.occurrences(limit=1)[0].data["request"]["user_ip"] == kept


def test_the_notice_that_the_page_says_no_more_is_refused_as_rollbar_does(app):
    """rollbar.js, issue 322: it comes without a platform, so as from a server."""
    custom = {"maxItems": 5}
    data = {"message": "maxItems has been hit.", "err": None, "custom": custom}
    token = LAB_TOKENS[TokenScope.POST_CLIENT_ITEM]
    told = {"access_token": token, "data": data}
    answer = app.test_client().post("/api/1/item/", json=told)
    assert answer.status_code == 403
    assert answer.json["message"] == (
        "insufficient privileges: post_server_item scope is required but the access "
        "token only has post_client_item."
    )
