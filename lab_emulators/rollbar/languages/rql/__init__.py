"""The Rollbar Query Language over the lab's store."""

from lab_emulators.rollbar.languages.rql.columns import Project
from lab_emulators.rollbar.languages.rql.errors import RqlError
from lab_emulators.rollbar.languages.rql.parser import parse
from lab_emulators.rollbar.languages.rql.run import RqlResult, Scene, run

__all__ = ["Project", "RqlError", "RqlResult", "Scene", "parse", "run"]
