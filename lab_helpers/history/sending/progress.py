"""A progress bar that leaves nothing behind, neither on a page nor in its file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqdm.auto import tqdm

WIDGET = "application/vnd.jupyter.widget-view+json"


@contextmanager
def progress_bar(total: int, description: str, *, shown: bool) -> Iterator[Any]:
    """A bar over `total` steps, gone when the block ends."""
    in_notebook = tqdm.__module__ == "tqdm.auto"
    options: dict[str, Any] = {"display": False} if in_notebook else {}
    hidden = not (shown and total)
    bar: Any = tqdm(
        total=total, desc=description, leave=False, disable=hidden, **options
    )
    if in_notebook and not hidden:
        _show(bar.container)
    try:
        yield bar
    finally:
        bar.close()


def _show(widget: Any) -> None:
    """Displays a widget without its text, which would stay in the notebook's file."""
    from IPython.display import display  # there is one in a notebook

    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    display({WIDGET: view}, raw=True)  # type: ignore[no-untyped-call]
