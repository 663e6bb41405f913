"""What is said while a check takes long, and when it is stopped."""

import threading
import time
from dataclasses import replace

import pandas as pd
import pytest

from lab_helpers.exercises import Context, State
from lab_helpers.exercises.grader import StoppedError, judge
from lab_helpers.exercises.patience import DataSource
from lab_helpers.exercises.stopwatch import timed

SLOW = "import time\ndef double(x):\n    time.sleep({})\n    return 2 * x\n"
STOPPED = "def double(x):\n    raise KeyboardInterrupt\n"


@pytest.fixture
def said():
    return []


@pytest.fixture
def run(said):
    """A function that times one of its own with a short notion of long."""
    return lambda run, namespace: timed(run, namespace, said.append, long_s=0.2)


def test_code_that_runs_for_long_is_named_once_while_it_runs(run, said, execute):
    names = {}
    execute(SLOW.format(1), names)
    assert run(lambda: names["double"](3), names) == 6
    assert said == [
        "your code is still running after 0.2 s: stop it with ■ (interrupt)"
    ]


def test_code_that_is_done_soon_is_not_named(run, said, execute):
    names = {}
    execute(SLOW.format(0), names)
    run(lambda: names["double"](3), names)
    assert said == []


def test_no_thread_is_left_when_the_check_ends_or_fails(run):
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError):
        run(lambda: 1 / 0, {})
    assert threading.active_count() == before


def test_many_short_runs_of_the_code_are_no_long_one(said, execute):
    names = {}
    execute(SLOW.format(0.01), names)

    def check():
        for _ in range(20):
            names["double"](3)
            pd.DataFrame({"n": range(1000)}).sum()

    timed(check, names, said.append, long_s=10)
    assert said == []


def test_waiting_for_a_vendor_is_not_the_students_code(run, said):
    context = Context(patience_s=1)
    run(
        lambda: context.wait_for(pd.DataFrame, source=DataSource.HONEYCOMB, rows=1),
        {},
    )
    assert said == ["the check waits for what was sent to arrive: 0.2 s so far"]


def test_a_check_that_waits_for_something_else_says_so(run, said):
    run(lambda: time.sleep(1), {})
    assert said[0].startswith("the check is still running after 0.2 s")


def test_the_cell_that_asks_is_not_the_answer(said, execute):
    names = {"timed": timed, "say": said.append}
    execute(
        "import time\ntimed(lambda: 1, globals(), say, long_s=0.1)\ntime.sleep(0.3)",
        names,
    )
    assert said == []


def test_an_interrupt_is_answered_with_the_line_that_was_running(desk):
    verdict = desk(STOPPED).check("double")
    assert verdict.state is State.NOT_YET
    assert verdict.message == (
        "your code was still running when you stopped it, in "
        "`raise KeyboardInterrupt`; does it ever end?"
    )


def test_an_interrupt_of_a_cell_that_uses_an_answer_ends_that_cell(desk):
    said = []
    sat = desk(STOPPED)
    sat.say = said.append
    with pytest.raises(StoppedError, match="nothing is used: your code was still"):
        sat.use("double")
    assert said == []


def test_an_interrupt_of_the_check_itself_is_not_blamed_on_the_answer(desk, double):
    def stopped(namespace, context):
        raise KeyboardInterrupt

    sat = desk("double = lambda x: 2 * x")
    verdict = judge(replace(double, check=stopped), sat.namespace, None)
    assert verdict.message.startswith("you stopped the check before it had its result")
