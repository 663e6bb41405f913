"""The line that says what is waited for."""

import os
import sys
import threading

import nbformat
import pytest
from nbclient import NotebookClient

from lab_helpers.authoring.notebooks import tidy
from lab_helpers.waiting import StatusLine

CELL = """
import time
from lab_helpers.waiting import StatusLine

with StatusLine("starting the lab", delay_s=0.01) as line:
    time.sleep(0.3)
    {}
"it runs"
"""


class Shown:
    """A display that remembers what it showed."""

    def __init__(self):
        self.lines, self.something = [], threading.Event()

    def show(self, text):
        self.lines.append(text)
        self.something.set()

    def clear(self):
        self.lines.append("")


def test_it_says_what_is_waited_for_at_once_and_then_for_how_long():
    shown = Shown()
    with StatusLine("starting the lab", delay_s=0, display=shown) as line:
        assert shown.something.wait(10)
        line.words = "almost there"
        while not shown.lines[-1].endswith(" 1 s"):
            assert shown.something.wait(10)
    assert shown.lines[0] == "starting the lab …"
    assert shown.lines[-2:] == ["almost there … 1 s", ""]


def test_what_is_over_at_once_needs_no_words():
    shown = Shown()
    with StatusLine("starting the lab", display=shown):
        assert shown.lines == []
    assert shown.lines == []


def test_where_nobody_looks_it_says_nothing(capsys):
    with StatusLine("starting the lab", delay_s=0):
        assert threading.current_thread() is threading.main_thread()
    assert capsys.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminal")
def test_a_terminal_has_one_line_that_is_gone_in_the_end(monkeypatch):
    import pty

    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal, os.fdopen(ours, "rb", 0) as screen:
        monkeypatch.setattr(sys, "stderr", terminal)
        with StatusLine("starting the lab", delay_s=0):
            first = screen.read(100)
        rest = screen.read(100)
    assert first.decode().startswith("\rstarting the lab …")
    *_, last = (first + rest).decode().split("\r")[:-1]
    assert last.strip() == ""
    assert "\n" not in (first + rest).decode()


@pytest.mark.parametrize("ending", ["", "raise KeyboardInterrupt"])
def test_a_cell_shows_a_widget_and_keeps_nothing_of_it(ending, restored_environment):
    cell = nbformat.v4.new_code_cell(CELL.format(ending))
    notebook = nbformat.v4.new_notebook(cells=[cell])
    client = NotebookClient(notebook, kernel_name="python3", allow_errors=True)
    client.execute()
    line, last = notebook.cells[0].outputs
    assert line["data"] == {}
    assert last.output_type == ("error" if ending else "execute_result")
    assert tidy(notebook).cells[0].outputs == [last]
