"""What was acknowledged is kept: after a restart, a kill, under many writers."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab_emulators.aws.logs.engine import Logs
from lab_emulators.aws.logs.model import LogEvents
from lab_emulators.aws.logs.repository.events_table import EventSelection, EventsTable
from lab_emulators.store import Store

Call = Callable[..., dict[str, Any]]


def messages(
    events_table: EventsTable, wanted: EventSelection | None = None
) -> list[str]:
    return [
        event.message for event in events_table.read("g", wanted or EventSelection())
    ]


def test_events_come_by_time_and_then_as_they_came(store: Store) -> None:
    events_table = EventsTable(store)
    events_table.append("g", "s", LogEvents.of([(2, "b"), (3, "d")]), 0)
    events_table.append("g", "s", LogEvents.of([(1, "a"), (2, "c")]), 0)
    assert messages(events_table) == ["a", "b", "c", "d"]
    assert messages(events_table, EventSelection(descending=True, limit=3)) == [
        "d",
        "c",
        "b",
    ]


def test_reading_goes_on_beyond_a_place(store: Store) -> None:
    events_table = EventsTable(store)
    events_table.append(
        "g", "s", LogEvents.of([(1, "a"), (2, "b"), (2, "c"), (3, "d")]), 0
    )
    places = {
        event.message: event.position
        for event in events_table.read("g", EventSelection())
    }
    assert messages(events_table, EventSelection(beyond=places["b"])) == ["c", "d"]
    back = EventSelection(beyond=places["c"], descending=True)
    assert messages(events_table, back) == ["b", "a"]


def test_a_group_nobody_wrote_to_has_no_events(store: Store) -> None:
    assert messages(EventsTable(store)) == []


def test_numbers_go_on_after_a_restart(store: Store) -> None:
    first = EventsTable(store).append("g", "s", LogEvents.of([(1, "a"), (2, "b")]), 0)
    again = EventsTable(store).append("other", "s", LogEvents.of([(1, "c")]), 0)
    assert (first, again) == (1, 3)


def test_many_writers_lose_nothing(logs: Logs, call: Call) -> None:
    call("CreateLogGroup", logGroupName="g")
    call("CreateLogStream", logGroupName="g", logStreamName="s")

    def write(writer: int) -> None:
        for number in range(20):
            time = logs.core.now_ms()
            events = [{"timestamp": time, "message": f"{writer} {number}"}]
            place = {"logGroupName": "g", "logStreamName": "s"}
            logs.call("PutLogEvents", {**place, "logEvents": events})

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = logs.core.events.read("g", EventSelection())
    expected = {f"{writer} {number}" for writer in range(8) for number in range(20)}
    assert {event.message for event in found} == expected
    assert len({event.position.seq for event in found}) == len(found) == 160


def test_a_reset_forgets_everything_and_keeps_serving(
    logs: Logs, call: Call, put: Callable[..., None]
) -> None:
    put("a")
    logs.reset()
    assert call("DescribeLogGroups") == {"logGroups": []}
    call("CreateLogGroup", logGroupName="g")
    call("CreateLogStream", logGroupName="g", logStreamName="s")
    put("b")
    assert messages(logs.core.events) == ["b"]


CHILD = """
import itertools, json, sys, time
from pathlib import Path
from lab_emulators.aws.logs.engine import Logs
from lab_emulators.store import Store

logs, start = Logs(Store.open(Path(sys.argv[1]))), int(sys.argv[2])
place = {"logGroupName": "g", "logStreamName": str(start)}
if not start:
    logs.call("CreateLogGroup", {"logGroupName": "g"})
logs.call("CreateLogStream", place)
for number in itertools.count(start):
    event = {"timestamp": int(time.time() * 1000), "message": str(number)}
    logs.raw["PutLogEvents"](json.dumps({**place, "logEvents": [event]}).encode())
    print(number, flush=True)
"""


def acknowledged_until_killed(path: Path, lines: int, start: int) -> list[int]:
    command = [sys.executable, "-c", CHILD, str(path), str(start)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said = [child.stdout.readline() for _ in range(lines)]
        child.kill()
        said += child.stdout.readlines()
    return [int(line) for line in said if line.endswith("\n")]


def test_every_acknowledged_event_survives_a_kill(tmp_path: Path) -> None:
    path, said = tmp_path / "x.duckdb", list[int]()
    for lines, start in ((3, 0), (20, 1000)):
        said += acknowledged_until_killed(path, lines, start)
    with Store.open(path) as store:
        logs = Logs(store)
        found = logs.core.events.read("g", EventSelection())
        streams = logs.call("DescribeLogStreams", {"logGroupName": "g"})["logStreams"]
    assert len(said) >= 23
    assert set(said) <= {int(event.message) for event in found}
    assert len({event.position.seq for event in found}) == len(found)
    assert [stream["logStreamName"] for stream in streams] == ["0", "1000"]
