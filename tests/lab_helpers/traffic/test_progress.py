"""Progress bars in a terminal and in a notebook."""

import nbformat
import pytest
from nbclient import NotebookClient
from tqdm.notebook import tqdm_notebook

from lab_helpers.authoring.notebooks import tidy
from lab_helpers.traffic import progress
from lab_helpers.waiting import status_line

CELL = """
from lab_helpers.traffic.progress import progress_bar

with progress_bar(3, "visits") as bar:
    bar.update(3)
    {}
"all are there"
"""


def test_a_terminal_gets_a_line(capsys):
    with progress.progress_bar(3, "visits") as bar:
        bar.update(3)
    assert "visits: 100%" in capsys.readouterr().err


def test_a_hidden_bar_says_nothing(capsys):
    with progress.progress_bar(3, "visits", shown=False) as bar:
        bar.update(3)
    assert capsys.readouterr() == ("", "")


def test_a_notebook_gets_a_widget_without_a_text_that_would_be_stored(monkeypatch):
    import IPython.display

    shown = []

    class Output:
        def update(self, data, raw):
            shown.append(data)

    def display(data, raw, display_id):
        shown.append(data)
        return Output()

    monkeypatch.setattr(progress, "tqdm", tqdm_notebook)
    monkeypatch.setattr(IPython.display, "display", display)
    with progress.progress_bar(3, "visits") as bar:
        bar.update(3)
        bar.refresh()
        assert bar.container.children[1].value == 3
        (data,) = shown
        assert list(data) == [status_line.WIDGET]
        assert data[status_line.WIDGET]["model_id"]
    assert shown[1:] == [{}]


@pytest.mark.parametrize("ending", ["", "raise KeyboardInterrupt"])
def test_a_cell_keeps_no_reference_to_a_bar_that_is_gone(ending, restored_environment):
    """It would say "model not found" when the page is opened again."""
    cell = nbformat.v4.new_code_cell(CELL.format(ending))
    notebook = nbformat.v4.new_notebook(cells=[cell])
    client = NotebookClient(notebook, kernel_name="python3", allow_errors=True)
    client.execute()
    bar, last = notebook.cells[0].outputs
    assert bar["data"] == {}
    assert last.output_type == ("error" if ending else "execute_result")
    assert tidy(notebook).cells[0].outputs == [last]
