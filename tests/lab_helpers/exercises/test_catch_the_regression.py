"""The cases of *Catch the regression*, whose times are whole seconds."""

import pandas as pd
import pytest
import rollbar

from lab_helpers import lab
from lab_helpers.exercises import Context, Miss
from lab_helpers.exercises.nb06.catch_the_regression import EXERCISE


@pytest.fixture
def rollbar_initialized(session_lab, restored_environment, monkeypatch):
    lab.start()
    monkeypatch.setitem(rollbar.SETTINGS, "access_token", "t")


def test_no_two_times_of_an_item_are_in_one_second(rollbar_initialized):
    """So `>` and `>=` say the same of every item that was resolved."""
    frames = []
    with pytest.raises(Miss):
        EXERCISE.check({"regressed": frames.append}, Context())
    (items,) = frames
    resolved = items[items["resolved"].notna()]
    assert len(resolved) == 4
    assert (resolved["activated"] != resolved["resolved"]).all()


def test_titles_that_no_item_has_are_named(rollbar_initialized):
    def regressed(items):
        return pd.DataFrame({"title": [*items["title"], "of my own"]})

    with pytest.raises(Miss, match=r"title 'of my own' \(a str\), of no item"):
        EXERCISE.check({"regressed": regressed}, Context())
