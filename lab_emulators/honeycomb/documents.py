"""The small things kept per dataset: queries, results, fields, definitions."""

from typing import Any

from lab_emulators.honeycomb.context import store

Document = dict[str, Any]

KINDS = ("queries", "query_results", "calculated_fields", "definitions")


def put(kind: str, place: str, identity: str, document: Document) -> None:
    """Keep `document` under its id, in place of what was there."""
    store().documents.put(_collection(kind, place), identity, document)


def get(kind: str, place: str, identity: str) -> Document | None:
    """The document of that id, None if there is none."""
    return store().documents.get(_collection(kind, place), identity)


def every(kind: str, place: str) -> list[Document]:
    """All documents of a kind of one dataset, the oldest first."""
    return [body for _, body in store().documents.list(_collection(kind, place))]


def delete(kind: str, place: str, identity: str) -> None:
    """Forget one document."""
    store().documents.delete(_collection(kind, place), identity)


def forget(place: str) -> None:
    """Forget everything kept for a dataset that is gone."""
    for kind in KINDS:
        collection = _collection(kind, place)
        for identity, _ in store().documents.list(collection):
            store().documents.delete(collection, identity)


def _collection(kind: str, place: str) -> str:
    return f"{kind}/{place}"
