import subprocess
import sys
import threading

import pytest

from lab_helpers.process.locks import Lock, LockTimeoutError

HOLD = """
import sys, time
from pathlib import Path
from lab_helpers.process.locks import Lock
with Lock(Path(sys.argv[1]), 5):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def held(tmp_path):
    """A lock that another process holds: its path and that process."""
    path = tmp_path / "a.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout.readline().strip() == b"held"
        yield path, holder
        holder.kill()


def test_a_lock_of_another_process_is_waited_for_and_then_given_up(held):
    with pytest.raises(LockTimeoutError, match="is locked"), Lock(held[0], 0.1):
        pytest.fail("two processes hold one lock")


def test_a_holder_that_is_killed_leaves_the_lock_free(held):
    path, holder = held
    holder.kill()
    holder.wait()
    with Lock(path, 5):
        assert path.exists()


def test_threads_take_turns(tmp_path):
    inside, most = [], []

    def work():
        with Lock(tmp_path / "a.lock", 10):
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1, 1]
