"""The outbox: bounded by number and bytes, the oldest dropped and counted."""

import pytest

from lab_emulators.forwarding.model import Copy
from lab_emulators.forwarding.outbox import Outbox, OutboxLimits


def copy(name: str, size: int = 1, events: int = 1) -> Copy:
    return Copy(f"/{name}", {}, b"x" * size, events)


def paths(outbox: Outbox) -> str:
    return "".join(outbox.take().path for _ in range(len(outbox)))


def test_copies_leave_in_the_order_they_came() -> None:
    outbox = Outbox(OutboxLimits())
    for name in "abc":
        outbox.append(copy(name))
    assert paths(outbox) == "/a/b/c"
    with pytest.raises(IndexError):
        outbox.take()


def test_the_oldest_is_dropped_where_one_more_would_be_too_many() -> None:
    outbox = Outbox(OutboxLimits(copies=2))
    for events, name in enumerate("abcd", start=1):
        outbox.append(copy(name, events=events))
    assert (outbox.dropped, outbox.events) == (1 + 2, 3 + 4)
    assert paths(outbox) == "/c/d"


def test_as_many_oldest_are_dropped_as_a_large_one_needs() -> None:
    outbox = Outbox(OutboxLimits(body_bytes=10))
    for name in "abc":
        outbox.append(copy(name, size=3))
    assert outbox.dropped == 0
    outbox.append(copy("d", size=7))
    assert (outbox.dropped, outbox.body_bytes) == (2, 10)
    assert paths(outbox) == "/c/d"


def test_one_that_is_larger_than_all_room_is_dropped_itself() -> None:
    outbox = Outbox(OutboxLimits(body_bytes=10))
    outbox.append(copy("a", size=11, events=5))
    assert (len(outbox), outbox.body_bytes, outbox.dropped) == (0, 0, 5)


def test_a_restored_copy_is_the_oldest_again_unless_its_room_is_taken() -> None:
    outbox = Outbox(OutboxLimits(copies=2))
    outbox.append(copy("a"))
    taken = outbox.take()
    outbox.append(copy("b"))
    outbox.restore(taken)
    assert paths(outbox) == "/a/b"
    outbox.append(copy("b"))
    outbox.append(copy("c"))
    outbox.restore(taken)
    assert outbox.dropped == 1
    assert paths(outbox) == "/b/c"
