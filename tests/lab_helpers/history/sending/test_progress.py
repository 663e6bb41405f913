"""The bar in a notebook: it is shown, and neither run nor file keeps anything of it."""

import nbformat
from nbclient import NotebookClient

from lab_helpers.authoring.notebooks import tidy
from lab_helpers.history.sending.progress import WIDGET

CELL = """
from lab_helpers.history.sending.progress import progress_bar

with progress_bar(3, "lines", shown=True) as bar:
    bar.update(3)
"all are there"
"""


def test_a_page_keeps_the_sentence_and_not_the_bar(restored_environment) -> None:
    cell = nbformat.v4.new_code_cell(CELL)
    notebook = nbformat.v4.new_notebook(cells=[cell])
    NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    shown, last = notebook.cells[0].outputs
    assert list(shown["data"]) == [WIDGET]  # which nbval does not compare
    assert last["data"]["text/plain"] == "'all are there'"
    (kept,) = tidy(notebook).cells[0].outputs
    assert kept == last
