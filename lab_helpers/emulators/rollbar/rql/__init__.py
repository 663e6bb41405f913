"""The Rollbar Query Language over the lab's store."""

from lab_helpers.emulators.rollbar.rql.columns import Project
from lab_helpers.emulators.rollbar.rql.errors import RqlError
from lab_helpers.emulators.rollbar.rql.parser import parse
from lab_helpers.emulators.rollbar.rql.run import Result, Scene, run

__all__ = ["Project", "Result", "RqlError", "Scene", "parse", "run"]
