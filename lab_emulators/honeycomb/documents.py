"""Documents of a dataset: queries, results, calculated fields, definitions."""

from typing import Any

from lab_emulators.honeycomb.context import store

Document = dict[str, Any]

KINDS = ("queries", "query_results", "calculated_fields", "definitions")


def put(kind: str, dataset: str, identity: str, document: Document) -> None:
    """Stores `document` under its id, in place of an earlier one."""
    store().documents.put(_collection(kind, dataset), identity, document)


def get(kind: str, dataset: str, identity: str) -> Document | None:
    """The document of that id, None if there is none."""
    return store().documents.get(_collection(kind, dataset), identity)


def every(kind: str, dataset: str) -> list[Document]:
    """All documents of a kind of one dataset, the oldest first."""
    return [body for _, body in store().documents.list(_collection(kind, dataset))]


def delete(kind: str, dataset: str, identity: str) -> None:
    """Deletes one document."""
    store().documents.delete(_collection(kind, dataset), identity)


def forget(dataset: str) -> None:
    """Deletes all documents of a dataset that is gone."""
    for kind in KINDS:
        collection = _collection(kind, dataset)
        for identity, _ in store().documents.list(collection):
            store().documents.delete(collection, identity)


def _collection(kind: str, dataset: str) -> str:
    return f"{kind}/{dataset}"
