"""What a check sends through the student's own app."""

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from lab_helpers.app import create_app, serve
from lab_helpers.exercises import Miss
from lab_helpers.exercises.checking.otlp import provider_in, still_served


def test_an_app_that_is_served_is_known_by_its_url():
    with serve(create_app(), "checked") as server:
        assert still_served(server) == server.url


@pytest.mark.parametrize("answer", ["a word", None])
def test_what_was_never_served_is_a_miss(answer):
    with pytest.raises(Miss, match="is not what serve"):
        still_served(answer)


def test_an_app_that_was_stopped_is_a_miss_that_says_which_cell_to_run():
    server = serve(create_app(), "checked")
    server.stop()
    with pytest.raises(Miss, match=rf"{server.url}; run the cell that serves"):
        still_served(server)


def test_a_provider_is_known_by_its_name():
    provider = TracerProvider(shutdown_on_exit=False)
    assert provider_in({"mine": provider}, "mine") is provider


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("kittiwake", "mine is 'kittiwake'"),
        (
            TracerProvider(Resource({}), shutdown_on_exit=False),
            "has a Resource for one",
        ),
    ],
)
def test_what_is_no_provider_is_named_with_its_type(value, says):
    with pytest.raises(Miss, match=says):
        provider_in({"mine": value}, "mine")
