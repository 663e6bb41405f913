import threading
from pathlib import Path

from lab_emulators.store import Store


def test_a_document_comes_back_as_it_was_put(store: Store) -> None:
    body = {"a": [1, None, 2.5], "é": {"nested": "\ud800 \x00 '\""}}
    store.documents.put("queries", "q 'é", body)
    assert store.documents.get("queries", "q 'é") == body
    assert store.documents.get("results", "q 'é") is None


def test_a_long_series_takes_little_room(store: Store) -> None:
    body = {"series": [{"time": n, "data": {"COUNT": 0}} for n in range(10_000)]}
    store.documents.put("results", "r", body)
    with store.reader() as reader:
        sizes = reader.execute("SELECT octet_length(body) AS n FROM lab.documents")
    assert sizes.to_pylist()[0]["n"] < len(str(body)) / 5
    assert store.documents.get("results", "r") == body


def test_a_replaced_document_keeps_its_place(store: Store) -> None:
    for identity in ("b", "a", "c"):
        store.documents.put("x", identity, {"v": 1})
    store.documents.put("x", "b", {"v": 2})
    store.documents.put("y", "other", {})
    listed = store.documents.list("x")
    assert listed == [("b", {"v": 2}), ("a", {"v": 1}), ("c", {"v": 1})]


def test_only_one_of_many_that_put_if_absent_succeeds(store: Store) -> None:
    won: list[int] = []

    def put(number: int) -> None:
        if store.documents.put_if_absent("x", "id", {"by": number}):
            won.append(number)

    threads = [threading.Thread(target=put, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [{"by": number} for number in won] == [store.documents.get("x", "id")]


def test_a_deleted_document_is_gone_and_can_be_put_again_last(store: Store) -> None:
    store.documents.put("x", "a", {})
    store.documents.put("x", "b", {})
    assert store.documents.delete("x", "a") is True
    assert store.documents.delete("x", "a") is False
    store.documents.put("x", "a", {})
    assert [identity for identity, _ in store.documents.list("x")] == ["b", "a"]


def test_a_cleared_collection_leaves_the_others(store: Store) -> None:
    for collection, identity in (("x", "a"), ("x", "b"), ("y", "a")):
        store.documents.put(collection, identity, {})
    store.documents.clear("x")
    assert (store.documents.list("x"), store.documents.list("y")) == ([], [("a", {})])


def test_documents_are_there_after_reopening(path: Path) -> None:
    with Store.open(path) as store:
        store.documents.put("x", "a", {"v": 1})
    with Store.open(path) as store:
        assert store.documents.list("x") == [("a", {"v": 1})]
