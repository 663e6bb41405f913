"""A small day, and the lab it is sent to; every test gives it a name of its own."""

from dataclasses import replace
from itertools import count

import pytest

from lab_helpers import history, lab, settings
from lab_helpers.history import Incident
from lab_helpers.settings import Mode

TROUBLES = (Incident("naive_times", 0, 24), Incident("n_plus_one", 12, "12:30"))
NUMBERS = count()


@pytest.fixture
def running(session_lab, restored_environment):
    """The lab, and the environment that leads to it."""
    return lab.start()


@pytest.fixture(scope="session")
def small_day():
    """Some 400 requests with failures, simulated once."""
    return history.day(requests=400, incidents=TROUBLES, name="small")


@pytest.fixture
def day(running):
    """A smaller day, with failures, under a name that no other test uses."""
    name = f"day-{next(NUMBERS)}"
    return history.day(31, requests=150, incidents=TROUBLES, name=name)


@pytest.fixture
def real(monkeypatch, running):
    """Makes the lab play the real services from now on."""

    def play():
        known = settings.load()
        played = replace(
            known,
            honeycomb=replace(known.honeycomb, mode=Mode.REAL),
            aws=replace(known.aws, mode=Mode.REAL),
            rollbar=replace(known.rollbar, mode=Mode.REAL),
        )
        monkeypatch.setattr(settings, "load", lambda: played)

    return play
