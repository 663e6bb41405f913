"""Queries of a service, each as slow as the service's pacer makes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Executable, Row

from lab_helpers.app.lag import Pacer
from lab_helpers.app.service import Json


class PacedQueries:
    """Base of a service over a database whose queries have designed latencies."""

    _pacer: Pacer

    def _fetch(
        self, connection: Connection, query: Executable, lag: str, values: Json
    ) -> Sequence[Row[Any]]:
        rows: Sequence[Row[Any]] = self._run(connection, query, lag, values).all()
        return rows

    def _run(
        self, connection: Connection, query: Executable, lag: str, values: Json
    ) -> Any:
        options = {"lag_ms": self._pacer.draw_ms(lag) + self._trouble_ms()}
        return connection.execute(query, values, execution_options=options)

    def _trouble_ms(self) -> float:
        """Milliseconds that an incident adds to a query; none unless a service says."""
        return 0.0
