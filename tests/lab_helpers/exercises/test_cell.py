"""The executing cell: what it binds, and which of its values a notebook shows."""

import pytest

from lab_helpers.exercises import State
from lab_helpers.exercises.cell import calling_cell

RIGHT = "def double(x):\n    return 2 * x\n"
RENAMED = "def doubled(x):\n    return 2 * x\n"
CHECK = 'verdict = lab.check("double")'


@pytest.fixture
def checked(desk, execute):
    """A function from the cells of one kernel to the verdict of the last one."""

    def check(*cells):
        sat = desk()
        for source in cells:
            execute(f"{source}\n{CHECK}", sat.namespace)
        return sat.namespace["verdict"]

    return check


@pytest.mark.parametrize("before", [(), (RIGHT,), ("def double(x):\n    return 0",)])
def test_a_renamed_function_is_named_in_a_fresh_kernel_and_in_one_in_use(
    checked, before
):
    assert repr(checked(*before, RENAMED)) == (
        "not yet: there is no `double` in this cell; it defines `doubled`. "
        "The check looks for `double`"
    )


@pytest.mark.parametrize("cell", ["", "x = 1", "import json", "class Doubled: pass"])
def test_a_cell_that_binds_nothing_of_the_kind_checks_what_is_there(checked, cell):
    assert checked(RIGHT, cell).state is State.SOLVED


@pytest.mark.parametrize(
    "cell",
    [
        "double = lambda x: 2 * x",
        "if True:\n    def double(x): return 2 * x",
        "from operator import add as plus\ndef double(x): return plus(x, x)",
        "def helper(x): return x + x\ndouble = helper",
        "[double] = [lambda x: 2 * x]",
    ],
)
def test_an_answer_may_be_bound_in_any_way(checked, cell):
    assert checked(cell).state is State.SOLVED


def test_without_its_source_a_cell_is_judged_by_what_is_bound(desk):
    sat = desk(RIGHT)
    exec(f"def doubled(x): pass\n{CHECK}", sat.namespace)
    assert sat.namespace["verdict"].state is State.SOLVED
    assert calling_cell(sat.namespace) is None


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ('lab.hint("double")', 0),
        ('lab.hint("double")\nlab.solution("double")', 1),
        ('lab.hint("double"); lab.solution("double")', 1),
        ('lab.hint("double")\nx = 1', 1),
        ('if True:\n    lab.hint("double")', 1),
        ('h = lab.hint("double")\nx = 1', 0),
        ('str(lab.hint("double"))', 0),
        ('lab.check("double")\nx = 1', 1),
        ('def ask():\n    lab.hint("double")\nask()', 0),
    ],
)
def test_what_the_cell_would_not_show_is_displayed_once(desk, execute, source, shown):
    sat = desk(RIGHT)
    execute(source, sat.namespace)
    assert len(sat.shown) == shown
