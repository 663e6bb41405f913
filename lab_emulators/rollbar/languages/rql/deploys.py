"""Deploys as rows: each change of a deploy is a whole new row, and the last one holds.

So a deploy is never half stored, and RQL reads deploys as it reads occurrences.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lab_emulators.rollbar.languages.rql.columns import SECONDS, Project
from lab_emulators.rollbar.languages.rql.schema import DEPLOY_TEXTS
from lab_emulators.rollbar.languages.rql.values import (
    RqlValue,
    constant,
    textual,
    whole_number,
)
from lab_emulators.store import ColumnType
from lab_emulators.store.query import By, Column, Dedup, Sort, Step

TABLE = "deploys"
COLUMNS: Mapping[str, ColumnType] = {
    "id": ColumnType.INTEGER,
    "version": ColumnType.INTEGER,
    "user_id": ColumnType.INTEGER,
    "finish_time": ColumnType.INTEGER,
    "environment": ColumnType.STRING,
    "revision": ColumnType.STRING,
    "local_username": ColumnType.STRING,
    "rollbar_username": ColumnType.STRING,
    "comment": ColumnType.STRING,
    "status": ColumnType.STRING,
}
"""The columns of `deploys`, besides `_time`: when the deploy began."""

ID = Column("id", ColumnType.INTEGER)
_VERSION = Column("version", ColumnType.INTEGER)
LATEST: tuple[Step, ...] = (Sort((By(_VERSION, descending=True),)), Dedup((ID,)))
"""Leaves the last row of each deploy."""


@dataclass(frozen=True, slots=True)
class DeployColumns:
    """The columns of RQL's `deploy`."""

    project: Project

    def __call__(self, name: str) -> RqlValue:
        """The value of a column."""
        if name == "timestamp":
            return SECONDS
        if name == "project_slug":
            return constant(self.project.slug)
        column = Column(name, COLUMNS[name])
        return textual(column) if name in DEPLOY_TEXTS else whole_number(column)
