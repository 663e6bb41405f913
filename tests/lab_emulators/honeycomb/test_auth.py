"""Who may come in, and what the key says of itself."""

import pytest

from lab_emulators.honeycomb.config import (
    INGEST_KEY,
    LAB_KEY,
    NO_CREATE_INGEST_KEY,
    NO_CREATE_KEY,
    RATE_LIMITED_KEY,
    ApiKey,
    Permission,
)

UNKNOWN = {"error": "unknown API key - check your credentials"}
NOT_PERMITTED = {"error": "API key does not have the required permission"}


def test_the_lab_key_may_everything_in_one_environment(api):
    answer = api.get("/1/auth").get_json()
    assert answer["type"] == "configuration"
    assert set(answer["api_key_access"]) == {flag.value for flag in Permission}
    assert all(answer["api_key_access"].values())
    assert answer["environment"] == {"name": "Course", "slug": "course"}
    assert answer["team"] == {"name": "Local Lab", "slug": "local-lab"}


def test_an_ingest_key_shows_only_whether_it_creates_datasets(stranger):
    answer = stranger.get("/1/auth", headers={"X-Honeycomb-Team": INGEST_KEY})
    body = answer.get_json()
    assert body["type"] == "ingest"
    assert body["api_key_access"] == {"createDatasets": True}
    assert INGEST_KEY.startswith(body["id"]) and len(body["id"]) < len(INGEST_KEY)


@pytest.mark.parametrize("key", [LAB_KEY, NO_CREATE_KEY, RATE_LIMITED_KEY])
def test_configuration_keys_have_the_documented_shape(key):
    assert len(key) == 22 and key.isalnum()


@pytest.mark.parametrize("key", [INGEST_KEY, NO_CREATE_INGEST_KEY])
def test_ingest_keys_have_the_documented_shape(key):
    assert len(key) == 64 and key.startswith("hcaik_") and key[6:].isalnum()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/1/auth"),
        ("POST", "/1/events/d"),
        ("POST", "/1/batch/d"),
        ("GET", "/1/datasets"),
        ("GET", "/1/columns/d"),
        ("POST", "/1/derived_columns/d"),
        ("PATCH", "/1/dataset_definitions/d"),
        ("POST", "/1/queries/d"),
        ("GET", "/1/query_results/d/x"),
        ("GET", "/1/boards"),
        ("GET", "/1/no-such-thing"),
        ("DELETE", "/1/auth"),
    ],
)
@pytest.mark.parametrize("key", [None, "wrong", "ü", "a" * 32])
def test_an_unknown_key_is_told_so_on_every_surface(stranger, method, path, key):
    headers = {} if key is None else {"X-Honeycomb-Team": key}
    answer = stranger.open(path, method=method, headers=headers)
    assert (answer.status_code, answer.get_json()) == (401, UNKNOWN)
    assert answer.mimetype == "application/json"


def test_the_alias_of_the_team_header_works(stranger):
    assert stranger.get("/1/auth", headers={"X-Hny-Team": LAB_KEY}).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["datasets", "columns/d", "derived_columns/d", "dataset_definitions/d", "boards"],
)
def test_an_ingest_key_manages_nothing(stranger, path):
    answer = stranger.get(f"/1/{path}", headers={"X-Honeycomb-Team": INGEST_KEY})
    assert (answer.status_code, answer.get_json()) == (401, UNKNOWN)


@pytest.mark.parametrize(
    ("method", "path", "missing"),
    [
        ("POST", "/1/events/d", Permission.EVENTS),
        ("POST", "/1/batch/d", Permission.EVENTS),
        ("GET", "/1/columns/d", Permission.COLUMNS),
        ("GET", "/1/derived_columns/d", Permission.COLUMNS),
        ("GET", "/1/dataset_definitions/d", Permission.COLUMNS),
        ("POST", "/1/queries/d", Permission.QUERIES),
        ("POST", "/1/query_results/d", Permission.QUERIES),
        ("POST", "/1/datasets", Permission.CREATE_DATASETS),
        ("PUT", "/1/datasets/d", Permission.CREATE_DATASETS),
        ("DELETE", "/1/datasets/d", Permission.CREATE_DATASETS),
    ],
)
def test_a_key_without_the_permission_is_refused(make_app, method, path, missing):
    poor = ApiKey("poor", permissions=frozenset(Permission) - {missing})
    client = make_app(keys={"k": poor}).test_client()
    answer = client.open(path, method=method, headers={"X-Honeycomb-Team": "k"})
    assert (answer.status_code, answer.get_json()) == (403, NOT_PERMITTED)
