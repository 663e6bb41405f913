"""The check of *Choose the level*, after the page has been run to its end."""

import logging
import time

import pytest
import watchtower
from flask import g, request

from lab_helpers import lab
from lab_helpers.app import request_facts
from lab_helpers.exercises import Context
from lab_helpers.exercises.nb04.choose_the_level import EXERCISE, LOGGER


@pytest.fixture
def closed_handler(session_lab, restored_environment):
    """The logger of the page with its handler, which the last cell has closed."""
    lab.start()
    handler = watchtower.CloudWatchLogHandler(log_group_name="check/closed")
    logger = logging.getLogger(LOGGER)
    logger.handlers = [handler]
    handler.close()
    yield handler
    logger.handlers = []


def page():
    """The names that the page's cells give to the exercise."""

    def start_clock():
        g.begin = time.perf_counter()

    return {
        "g": g,
        "logging": logging,
        "request": request,
        "request_facts": request_facts,
        "requests_log": logging.getLogger(LOGGER),
        "start_clock": start_clock,
        "time": time,
    }


def test_a_right_answer_is_right_when_the_page_has_closed_its_handler(closed_handler):
    names = page()
    exec(EXERCISE.solution, names)
    EXERCISE.check(
        names, Context()
    )  # warnings are errors here, those of watchtower too
    assert logging.getLogger(LOGGER).handlers == [closed_handler]
