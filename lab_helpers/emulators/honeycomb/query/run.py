"""Evaluate a query over the tables of a store."""

from collections.abc import Mapping
from typing import Any, Protocol

from lab_helpers.emulators.honeycomb.query.options import ResultOptions
from lab_helpers.emulators.honeycomb.query.spec import QuerySpec
from lab_helpers.emulators.store.model import TableInfo


class Reader(Protocol):
    """What is needed of a store's snapshot."""

    def table(self, name: str, /) -> TableInfo | None: ...

    def execute(self, sql: str, params: Any, /) -> Any: ...


def run_query(
    spec: QuerySpec,
    reader: Reader,
    tables: list[str],
    calculated: Mapping[str, str],
    *,
    now_ns: int,
    options: ResultOptions,
) -> dict[str, Any]:
    """The `data` member of a finished query result, JSON-ready."""
    raise NotImplementedError("being written")
