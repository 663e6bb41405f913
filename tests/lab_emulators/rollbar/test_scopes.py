"""Who may do what: every call, with every kind of token."""

import pytest

from lab_emulators.rollbar.config import TokenScope

_READING = """
items items/ item?counter=1 item/800000001 item_by_counter/1 item/800000001/instances
instances instance/300000000001 deploys deploy/1 versions/1?environment=lab
versions/1/items?environment=lab&event=new reports/top_active_items
reports/occurrence_counts reports/activated_counts rql/jobs rql/job/1 rql/job/1/result
search?title=a
"""
CALLS = [("get", path, TokenScope.READ) for path in _READING.split()] + [
    ("post", "rql/jobs", TokenScope.READ),
    ("post", "rql/job/1/cancel", TokenScope.READ),
    ("patch", "item/800000001", TokenScope.WRITE),
    ("post", "deploy", TokenScope.POST_SERVER_ITEM),
    ("patch", "deploy/1", TokenScope.POST_SERVER_ITEM),
]


@pytest.mark.parametrize(("method", "path", "scope"), CALLS)
def test_a_call_needs_its_scope(method, path, scope, api, app):
    statuses = {
        each: getattr(api(each), method)(f"/api/1/{path}").status_code
        for each in TokenScope
    }
    assert statuses.pop(scope) not in (401, 403, 405, 500)
    assert set(statuses.values()) == {403}
    assert getattr(app.test_client(), method)(f"/api/1/{path}").status_code == 401


@pytest.mark.parametrize("path", ["items", "projects", "deploys", "rql/jobs"])
def test_an_unknown_token_is_told_so(path, app):
    headers = {"X-Rollbar-Access-Token": "0" * 32}
    answer = app.test_client().get(f"/api/1/{path}", headers=headers)
    assert answer.status_code == 401
    assert answer.json == {"err": 1, "message": "invalid access token"}


@pytest.mark.parametrize(
    "path", ["projects", "project/7321", "users", "user/1", "teams"]
)
@pytest.mark.parametrize("scope", TokenScope)
def test_the_account_is_closed_to_project_tokens(path, scope, api):
    answer = api(scope).get(f"/api/1/{path}")
    assert answer.status_code == 403
    assert "account access token" in answer.json["message"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("post", "items"), ("delete", "item/800000001"), ("put", "deploys")],
)
def test_a_wrong_method_is_named_in_rollbars_envelope(method, path, api):
    answer = getattr(api(TokenScope.WRITE), method)(f"/api/1/{path}")
    assert answer.status_code == 405
    assert answer.json["err"] == 1


@pytest.mark.parametrize("path", ["item/800000001", "deploy/1"])
def test_a_body_may_not_have_more_than_its_bytes(path, make_app):
    client = make_app(max_body=100).test_client()
    answer = client.patch(f"/api/1/{path}", json={"title": "x" * 100})
    assert answer.status_code == 413
    assert answer.json["err"] == 1


@pytest.mark.parametrize("number", ["9" * 30, "0"])
def test_numbers_nobody_has_are_not_found(number, api):
    client = api(TokenScope.READ)
    for path in ("item", "instance", "item_by_counter", "deploy", "rql/job"):
        assert client.get(f"/api/1/{path}/{number}").status_code == 404
