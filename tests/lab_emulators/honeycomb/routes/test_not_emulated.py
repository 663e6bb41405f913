"""What is refused by name."""

import pytest


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/1/query_annotations/d", "Query annotations"),
        ("GET", "/1/boards", "Boards"),
        ("POST", "/1/boards/", "Boards"),
        ("GET", "/1/boards/x/views/y", "Boards"),
        ("GET", "/1/markers/d", "Markers"),
        ("PUT", "/1/marker_settings/d/x", "Marker settings"),
        ("GET", "/1/triggers/d", "Triggers"),
        ("DELETE", "/1/recipients/x", "Recipients"),
        ("GET", "/1/slos/d", "SLOs"),
        ("GET", "/1/burn_alerts/d", "Burn alerts"),
        ("POST", "/1/reporting/slos/historical", "SLO reports"),
        ("POST", "/1/maps/dependencies/requests", "Service maps"),
        ("POST", "/v1/metrics", "OTLP metrics"),
    ],
)
def test_what_is_not_emulated_says_so(api, method, path, name):
    answer = api.open(path, method=method)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    text = f"{name} are not emulated by this local Honeycomb."
    assert (answer.get_json()["error"], answer.get_json()["detail"]) == (text, text)


@pytest.mark.parametrize("path", ["/2/auth", "/2/teams/t/environments", "/2/"])
def test_management_answers_in_its_own_error_shape(stranger, path):
    answer = stranger.get(path)
    assert (answer.status_code, answer.mimetype) == (404, "application/vnd.api+json")
    (error,) = answer.get_json()["errors"]
    assert error["status"] == "404"
    assert "not emulated" in error["detail"]
