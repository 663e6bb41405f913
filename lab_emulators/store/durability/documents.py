"""JSON documents by collection and id, in the same file as the rows.

They are kept compressed: reading one reads all that were stored near it, and the
series of a query result shrink to a small part.
"""

import json
import zlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from duckdb import DuckDBPyConnection

from lab_emulators.store.durability.applier import Applier
from lab_emulators.store.durability.transactions import Transaction

Body = Mapping[str, Any]

_KEY = "collection = ? AND id = ?"


@dataclass(frozen=True, slots=True)
class Documents:
    """JSON documents, durable when `put` returns; `list` keeps insertion order."""

    _applier: Applier
    _snapshot: Callable[[], AbstractContextManager[DuckDBPyConnection]]

    def put(self, collection: str, identity: str, body: Body) -> None:
        """Stores `body`; it replaces a document of that id, in its position."""
        packed = _packed(body)  # here: the writer has others waiting

        def change(work: Transaction) -> None:
            if not _put_new(work.con, collection, identity, packed):
                work.con.execute(
                    f"UPDATE lab.documents SET body = ? WHERE {_KEY}",
                    [packed, collection, identity],
                )

        self._applier.run(change)

    def put_if_absent(self, collection: str, identity: str, body: Body) -> bool:
        """Stores `body` unless the id has a document; returns True if it was stored."""
        packed = _packed(body)
        return self._applier.run(
            lambda work: _put_new(work.con, collection, identity, packed)
        )

    def delete(self, collection: str, identity: str) -> bool:
        """Removes the document; returns True if there was one."""

        def change(work: Transaction) -> bool:
            existed = _exists(work.con, collection, identity)
            work.con.execute(
                f"DELETE FROM lab.documents WHERE {_KEY}", [collection, identity]
            )
            return existed

        return self._applier.run(change)

    def clear(self, collection: str) -> None:
        """Removes every document of the collection."""

        def change(work: Transaction) -> None:
            work.con.execute(
                "DELETE FROM lab.documents WHERE collection = ?", [collection]
            )

        self._applier.run(change)

    def get(self, collection: str, identity: str) -> dict[str, Any] | None:
        """The document, None if there is none."""
        query = f"SELECT body FROM lab.documents WHERE {_KEY}"
        with self._snapshot() as con:
            rows = con.execute(query, [collection, identity]).fetchall()
        return _unpacked(rows[0][0]) if rows else None

    def list(self, collection: str) -> list[tuple[str, dict[str, Any]]]:
        """(id, document) of the whole collection, the oldest first."""
        query = "SELECT id, body FROM lab.documents WHERE collection = ? ORDER BY seq"
        with self._snapshot() as con:
            rows = con.execute(query, [collection]).fetchall()
        return [(identity, _unpacked(packed)) for identity, packed in rows]


def _put_new(
    con: DuckDBPyConnection, collection: str, identity: str, packed: bytes
) -> bool:
    if _exists(con, collection, identity):
        return False
    con.execute(
        "INSERT INTO lab.documents "
        "SELECT coalesce(max(seq), 0) + 1, ?, ?, ? FROM lab.documents",
        [collection, identity, packed],
    )
    return True


def _exists(con: DuckDBPyConnection, collection: str, identity: str) -> bool:
    query = f"SELECT 1 FROM lab.documents WHERE {_KEY}"
    return bool(con.execute(query, [collection, identity]).fetchall())


def _packed(body: Body) -> bytes:
    return zlib.compress(json.dumps(body).encode(), level=1)


def _unpacked(packed: bytes) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(zlib.decompress(packed))
    return body
