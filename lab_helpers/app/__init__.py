"""Kittiwake: the small micro-blogging app that the notebooks instrument.

Three services (`api`, `feed`, `messages`) over a real SQL database, as one app or as
three. There is no telemetry in it.
"""

from lab_helpers.app.factory import create_app, engine_of
from lab_helpers.app.facts import Facts, request_facts
from lab_helpers.app.processes import Processes, ServiceError, run_processes
from lab_helpers.app.server import Server, serve
from lab_helpers.app.steps import STEPS, around_steps

__all__ = [
    "STEPS",
    "Facts",
    "Processes",
    "Server",
    "ServiceError",
    "around_steps",
    "create_app",
    "engine_of",
    "request_facts",
    "run_processes",
    "serve",
]
