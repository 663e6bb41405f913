"""A progress bar that leaves nothing behind, neither on a page nor in its file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Never, TypeAlias

from tqdm.auto import tqdm
from tqdm.notebook import tqdm_notebook

Bar: TypeAlias = "tqdm[Never]"

WIDGET = "application/vnd.jupyter.widget-view+json"


@contextmanager
def progress_bar(total: int, description: str, *, shown: bool = True) -> Iterator[Bar]:
    """A bar over `total` steps, gone when the block ends; `shown=False`: none at all.

    In a notebook it is a widget, and a page stores the reference to it. A page that is
    opened again has no such widget any more and would say so, so the reference goes
    with the bar.
    """
    hidden = not (shown and total)
    in_notebook = issubclass(tqdm, tqdm_notebook)
    options: dict[str, Any] = {"display": False} if in_notebook else {}
    bar: Any = tqdm(
        total=total, desc=description, leave=False, disable=hidden, **options
    )
    remove = _show(bar.container) if in_notebook and not hidden else None
    try:
        yield bar
    finally:
        bar.refresh()  # its last step may have come too soon to be drawn
        bar.close()
        if remove is not None:
            remove()


def _show(widget: Any) -> Callable[[], None]:
    """Displays a widget without its text of this moment; returns what removes it."""
    from IPython import display  # only a kernel needs it

    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    show: Any = display.display  # not typed
    output = show({WIDGET: view}, raw=True, display_id=True)
    return lambda: output.update({}, raw=True)
