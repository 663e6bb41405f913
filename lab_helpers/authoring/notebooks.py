"""Runs of the course's notebooks that write their outputs: `lab notebooks run`.

Each page runs in a fresh kernel with an empty lab of its own, which takes no port, no
setting and no key of the author's. What is written is
the same whoever runs it: no times, no metadata of editors, no widget state.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from tqdm import tqdm

from lab_helpers import process, settings
from lab_helpers.authoring import claims, load
from lab_helpers.process import LabError
from lab_helpers.settings import private_lab

FOLDER = settings.ROOT / "notebooks"
CELL_SECONDS = 120
# Metadata that means something to us; everything else is an editor's.
CELL_KEYS = ("exercise", "tags")
PAGE_METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
_format: Any = nbformat  # half typed
WIDGET = "application/vnd.jupyter.widget-view+json"


class NotebookError(LabError):
    """A page that is not there, does not run or has false claims; names the cell."""


def run(numbers: Sequence[str] = (), folder: Path = FOLDER) -> dict[Path, str]:
    """Runs pages by number (all if none), writes them; path → `changed` or `the same`.

    A page that fails raises NotebookError, one whose machine was too busy for it
    MachineTooBusy; both keep their file as it was.
    """
    return {page: run_page(page) for page in choose(numbers, folder)}


def choose(numbers: Sequence[str], folder: Path = FOLDER) -> list[Path]:
    """The pages with these numbers, in the course's order."""
    pages = {page.name[:2]: page for page in sorted(folder.glob("[0-9][0-9]_*.ipynb"))}
    chosen = [number.zfill(2) for number in numbers] or list(pages)
    for number in chosen:
        if number not in pages:
            known = ", ".join(pages) or "none yet"
            raise NotebookError(f"no notebook has the number {number}; known: {known}")
    return [pages[number] for number in sorted(set(chosen))]


def run_page(page: Path) -> str:
    """Runs one page, writes it if that changes it; returns `changed` or `the same`.

    A page whose prose claims what its new outputs do not show is not written.
    """
    before = page.read_text(encoding="utf-8")
    notebook = _parsed(page, before)
    _execute(notebook, page)
    after = str(_format.writes(tidy(notebook))) + "\n"
    _hold_claims(notebook, page)
    if after == before:
        return "the same"
    draft = page.with_suffix(".ipynb.new")
    draft.write_text(after, encoding="utf-8", newline="\n")
    draft.replace(page)
    return "changed"


def tidy(notebook: NotebookNode) -> NotebookNode:
    """The notebook without what differs between two runs or two editors.

    Cell ids, exercise names and tags stay.
    """
    notebook.metadata = PAGE_METADATA
    for cell in notebook.cells:
        cell.metadata = {
            key: cell.metadata[key] for key in CELL_KEYS if key in cell.metadata
        }
        if cell.cell_type == "code":
            cell.outputs = [out for out in map(_plain, cell.outputs) if _shown(out)]
    return notebook


def _plain(output: NotebookNode) -> NotebookNode:
    if "metadata" in output:
        output.metadata = {}
    if WIDGET in output.get("data", {}):
        output.data = {}  # its id is random, its text is that of its first moment
    return output


def _shown(output: NotebookNode) -> bool:
    return bool(output.get("data", True))


def _parsed(page: Path, text: str) -> NotebookNode:
    try:
        notebook: NotebookNode = _format.reads(text, as_version=4)
    except (ValueError, KeyError, nbformat.ValidationError) as error:
        raise NotebookError(f"{page.name} is not a notebook: {error}") from error
    return notebook


def _execute(notebook: NotebookNode, page: Path) -> None:
    code = [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]
    with (
        tempfile.TemporaryDirectory(prefix="lab-") as folder,
        load.spare_time(page.name, log := Path(folder, "load.jsonl")),
        tqdm(total=len(code), desc=page.name, unit="cell") as bar,
    ):
        client = _client(notebook, page, bar)
        try:
            log_here = {settings.LOAD_LOG: str(log)}
            client.execute(env=private_lab.environment(Path(folder)) | log_here)
        except (CellExecutionError, RuntimeError, TimeoutError) as error:
            raise NotebookError(_blame(error, page, int(bar.n), len(code))) from error
        finally:
            process.stop(Path(folder))


def _client(notebook: NotebookNode, page: Path, bar: Any) -> NotebookClient:
    def begun(cell: NotebookNode, cell_index: int) -> None:
        bar.update(1)

    return NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=CELL_SECONDS,
        resources={"metadata": {"path": str(page.parent)}},
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        on_cell_execute=begun,
    )


def _hold_claims(notebook: NotebookNode, page: Path) -> None:
    if false := claims.false_claims(notebook, page.stem):
        listed = "\n".join(f"- {each}" for each in false)
        raise NotebookError(
            f"{page.name} was run and not written: its prose claims what its outputs "
            f"do not show.\n{listed}"
        )


def _blame(error: Exception, page: Path, cell: int, cells: int) -> str:
    what = f"{type(error).__name__}: {error}"
    if isinstance(error, CellExecutionError):
        what = f"{error.ename}: {error.evalue}\n\n{error.traceback}"
    return f"{page.name}, code cell {cell} of {cells}: {what}"
