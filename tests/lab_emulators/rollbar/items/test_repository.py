"""Occurrences and items: counted right, durable, the same after a restart."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab_emulators.rollbar.items.model import ItemStatus
from lab_emulators.rollbar.items.repository import TABLE, ItemRepository
from lab_emulators.store import OverloadedError


@pytest.fixture
def resolve(repository, post, exception):
    """One item that was reported and then resolved, with these edits."""

    def make(**edits):
        post(exception(code_version="1.0"))
        item = repository.items()[0]
        return repository.edit(item.id, {"status": "resolved", **edits})

    return make


def again(repository, clock):
    """The same data, as a process that starts now sees it."""
    return ItemRepository(repository.store, clock)


def test_an_item_adds_up_its_occurrences(post, exception, repository, clock):
    for line, person in enumerate(["ana", "ben", "ana"]):
        post(exception(line=line, timestamp=100 + line, person={"id": person}))
    (item,) = repository.items()
    assert (item.total, item.unique, item.counter) == (3, 2, 1)
    assert (item.first.time_s, item.last.time_s) == (100, 102)
    assert item.last.id - item.first.id == 2
    assert (item.title, item.level) == ("TypeError: no", 40)


def test_without_people_addresses_are_counted(post, exception, repository):
    for address in ("10.0.0.1", "10.0.0.2", "10.0.0.2", "$remote_ip"):
        post(exception(request={"user_ip": address}))
    assert repository.items()[0].unique == 3
    assert repository.occurrences(limit=1)[0].data["request"]["user_ip"] == "127.0.0.1"


def test_the_level_of_an_item_is_that_of_its_first_occurrence(
    post, message, repository
):
    for level in ("warning", "critical"):
        post(message(level=level))
    assert repository.items()[0].level == 30
    assert [o.level for o in repository.occurrences(limit=9)] == [50, 30]


def test_a_level_that_is_not_told_is_error_or_for_messages_info(
    post, message, exception, repository
):
    post(message())
    post(exception())
    assert [item.level for item in repository.items()] == [20, 40]


def test_each_environment_has_its_own_items(post, exception, repository):
    for environment in ("staging", "production", "staging"):
        post(exception(environment=environment))
    told = [(item.environment, item.total) for item in repository.items()]
    assert told == [("staging", 2), ("production", 1)]


def test_when_it_happened_is_what_the_payload_says_or_now(post, message, repository):
    post(message(timestamp=7.5))
    post(message())
    late, early = repository.occurrences(limit=2)
    assert early.time_ns == 7_500_000_000
    assert late.time_ns == late.ingested_ns == early.ingested_ns


def test_the_payload_comes_back_as_it_was_sent(post, message, repository):
    odd = {"ключ": ["\x00\n\ud800", 10**30, None, 1.5], "": {}}
    post(message(custom=odd, uuid="u"))
    (kept,) = repository.occurrences(limit=1)
    odd["ключ"][0] = "\x00\n\ufffd"
    assert kept.data == message(custom=odd, uuid="u")


@pytest.mark.parametrize(
    ("fields", "version"),
    [
        ({"code_version": "1", "server": {"code_version": "2"}}, "1"),
        ({"server": {"code_version": "2"}}, "2"),
        ({"client": {"javascript": {"code_version": "3"}}}, "3"),
        ({"client": {"javascript": 7}, "server": {"code_version": {}}}, ""),
    ],
)
def test_the_version_of_the_code_is_found_where_it_may_be(
    post, message, repository, fields, version
):
    post(message(**fields))
    assert repository.occurrences(limit=1)[0].code_version == version


def test_a_resolved_item_that_occurs_again_is_active_and_says_so(
    resolve, post, exception, repository
):
    assert resolve().status is ItemStatus.RESOLVED
    post(exception())
    post(exception())
    (item,) = repository.items()
    assert item.status is ItemStatus.ACTIVE
    assert item.reactivations == 1
    assert item.activated.id == item.first.id + 1
    flags = [o.reactivates for o in repository.occurrences(limit=9)]
    assert flags == [False, True, False]


@pytest.mark.parametrize(
    ("version", "status"),
    [("1.0", "resolved"), ("1.1", "active"), (None, "active")],
)
def test_code_older_than_the_fix_does_not_reactivate(
    resolve, post, exception, repository, version, status
):
    resolve(resolved_in_version="1.1")
    post(exception(code_version=version))
    assert repository.items()[0].status == status


def test_a_muted_item_stays_muted(post, exception, repository):
    post(exception())
    repository.edit(repository.items()[0].id, {"status": "muted"})
    post(exception())
    assert repository.items()[0].status is ItemStatus.MUTED
    assert repository.items()[0].total == 2


def test_an_item_that_came_back_can_be_resolved_again(
    resolve, post, exception, repository, clock
):
    item = resolve()
    post(exception())
    assert repository.edit(item.id, {"title": "mine"}).status is ItemStatus.ACTIVE
    assert (
        repository.edit(item.id, {"status": "resolved"}).status is ItemStatus.RESOLVED
    )
    post(exception())
    assert repository.items()[0].reactivations == 2
    assert again(repository, clock).items() == repository.items()


def test_what_people_change_is_kept(post, exception, repository, clock):
    post(exception())
    changes = {"title": "mine", "level": 50, "assigned_user_id": 7}
    item = repository.edit(repository.items()[0].id, changes)
    assert (item.title, item.level) == ("mine", 50)
    assert item.edits == changes
    assert again(repository, clock).item(item.id) == item
    assert repository.edit(12, {"title": "x"}) is None


def test_a_restart_sees_the_same_items_and_numbers_on(
    post, message, exception, repository, clock, resolve
):
    resolve()
    for data in (exception(), message(person={"id": "a"}), exception(kind="X")):
        post(data)
    restarted = again(repository, clock)
    assert restarted.items() == repository.items()
    before = repository.occurrences(limit=1)[0].id
    post(message())
    assert repository.occurrences(limit=1)[0].id == before + 1


def test_a_uuid_is_known_after_a_restart(post, message, repository, clock):
    post(message(uuid="u"))
    draft = repository.occurrences(limit=1)[0]
    assert not again(repository, clock).add(draft)


def test_many_at_once_lose_nothing_and_count_right(post, exception, repository, clock):
    def report(number):
        data = exception(kind=f"E{number % 3}", uuid=f"u{number % 100}")
        return post(data).status_code

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(report, range(300))) == {200}
    assert sum(item.total for item in repository.items()) == 100
    ids = [found.id for found in repository.occurrences(limit=999)]
    assert ids == list(range(ids[-1] + 99, ids[-1] - 1, -1))
    assert again(repository, clock).items() == repository.items()


def test_what_the_store_does_not_take_is_refused_and_not_counted(
    post, message, repository, monkeypatch
):
    post(message("kept"))

    def refuse(batches):
        raise OverloadedError(2.5)

    with monkeypatch.context() as patch:
        patch.setattr(repository.store, "submit", refuse)
        answer = post(message("lost", uuid="u"))
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "2"
    assert [item.title for item in repository.items()] == ["kept"]
    assert post(message("lost", uuid="u")).status_code == 200
    assert [item.counter for item in repository.items()] == [1, 2]


def test_what_fails_while_it_is_written_is_forgotten_again(
    post, message, repository, monkeypatch
):
    journal = repository.store._journal
    post(message("kept"))

    def fail(payload):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(journal, "write", fail)
        answer = post(message("lost", uuid="u"))
    assert (answer.status_code, answer.json["err"]) == (500, 1)
    assert [item.title for item in repository.items()] == ["kept"]
    assert post(message("found", uuid="u")).status_code == 200
    assert [item.title for item in repository.items()] == ["kept", "found"]


def test_everything_can_be_forgotten(post, message, repository):
    post(message(uuid="u"))
    repository.edit(repository.items()[0].id, {"status": "resolved"})
    repository.empty()
    assert repository.items() == []
    assert repository.store.table(TABLE) is None
    post(message(uuid="u"))
    assert [(i.counter, i.total, i.status) for i in repository.items()] == [
        (1, 1, "active")
    ]


def test_a_uuid_whose_first_writing_fails_is_not_taken_for_known(
    post, message, repository, monkeypatch
):
    going, ending = threading.Event(), threading.Event()

    def fail(payload):
        going.set()
        ending.wait(20)
        raise OSError("disk full")

    with ThreadPoolExecutor(2) as pool:
        with monkeypatch.context() as patch:
            patch.setattr(repository.store._journal, "write", fail)
            first = pool.submit(post, message(uuid="u"))
            assert going.wait(20)
        again = pool.submit(post, message(uuid="u"))
        ending.set()
        assert first.result().status_code == 500
        assert again.result().status_code == 200
    assert [item.total for item in repository.items()] == [1]
    assert len(repository.occurrences(limit=9)) == 1
