"""The Rollbar Query Language over the lab's store."""

from lab_emulators.rollbar.languages.rql.columns import Project
from lab_emulators.rollbar.languages.rql.parser import RqlError, parse
from lab_emulators.rollbar.languages.rql.run import RqlResult, RqlSnapshot, run

__all__ = ["Project", "RqlError", "RqlResult", "RqlSnapshot", "parse", "run"]
