"""What a student sees of the calls of exercises, in a real kernel."""

import pytest
from jupyter_client.manager import start_new_kernel

from lab_helpers import settings

RIGHT = "def slowest_step(spans):\n    steps = spans[spans['kind'] != 'server']\n"
RIGHT += "    return steps.sort_values('duration_ms')['name'].iloc[-1]\n"
CHECK = '\nlab.check("find_the_slowest")'
ENDLESS = "def slowest_step(spans):\n    while True: pass\n"
SOON = "from lab_helpers import exercises\nexercises._desk().long_s = 0.3"


class Kernel:
    """A kernel in which cells are executed as nbval does: without a history."""

    def __init__(self):
        self.manager, self.client = start_new_kernel(cwd=settings.ROOT)

    def execute(self, source, *, store_history=False, interrupt_after=None):
        """What the cell shows, a line each: (kind, text)."""
        shown = []

        def collect(message):
            content, kind = message["content"], message["msg_type"]
            if kind == "stream":
                shown.append((content["name"], content["text"]))
            elif kind in {"display_data", "execute_result"}:
                shown.append((kind, content["data"]["text/plain"]))
            elif kind == "error":
                shown.append((kind, "\n".join(content["traceback"])))
            if interrupt_after and interrupt_after in str(shown[-1:]):
                self.manager.interrupt_kernel()

        self.client.execute_interactive(
            source, store_history=store_history, output_hook=collect, timeout=60
        )
        return shown


@pytest.fixture(scope="module")
def kernel():
    made = Kernel()
    made.execute("from lab_helpers import lab")
    yield made
    made.client.stop_channels()
    made.manager.shutdown_kernel(now=True)


@pytest.mark.parametrize("store_history", [False, True])
def test_a_renamed_function_is_named_though_an_older_one_is_right(
    kernel, store_history
):
    kernel.execute(RIGHT + CHECK)
    renamed = RIGHT.replace("slowest_step", "slowest")
    ((_, said),) = kernel.execute(renamed + CHECK, store_history=store_history)
    assert said.startswith(
        "not yet: there is no `slowest_step` in this cell; it defines `slowest`"
    )


def test_a_cell_with_a_magic_is_read_as_well(kernel):
    ((_, said),) = kernel.execute(f"%matplotlib inline\n{RIGHT}{CHECK}")
    assert said.startswith("solved: ")


def test_dots_and_an_empty_body_are_told_apart(kernel):
    ((_, dots),) = kernel.execute("def slowest_step(spans): ...\n" + CHECK)
    ((_, empty),) = kernel.execute("def slowest_step(spans): pass\n" + CHECK)
    assert dots.startswith("to do: ")
    assert empty == "not yet: `slowest_step` returns nothing yet"


def test_code_that_does_not_end_is_named_while_it_runs_and_when_it_is_stopped(kernel):
    kernel.execute(SOON)
    shown = kernel.execute(ENDLESS + CHECK, interrupt_after="still running after")
    texts = [text for _, text in shown]
    assert "your code is still running after 0.3 s" in texts[-2]
    assert texts[-1] == (
        "not yet: your code was still running when you stopped it, in "
        "`while True: pass`; does it ever end?"
    )
    assert "error" not in dict(shown)


def test_a_hint_and_a_solution_in_one_cell_are_both_shown_once(kernel):
    name = '"find_the_slowest"'
    shown = kernel.execute(f"lab.hint({name})\nlab.solution({name})")
    assert [kind for kind, _ in shown] == ["display_data", "execute_result"]
    assert shown[0][1].startswith("Hint 1 of ")
    assert shown[1][1].startswith("def slowest_step(spans):")


def test_a_misspelt_name_is_one_line_and_its_traceback_there_on_request(kernel):
    ((kind, line),) = kernel.execute('lab.hint("find_the_slowst")')
    assert (kind, line) == (
        "error",
        "no exercise is called 'find_the_slowst'; is it 'find_the_slowest'? "
        "(%tb shows the traceback)",
    )
    shown = "".join(text for _, text in kernel.execute("%tb"))
    assert "grader.py" in shown
