"""A progress bar that leaves nothing behind, neither on a page nor in its file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Never, TypeAlias

from tqdm.auto import tqdm
from tqdm.notebook import tqdm_notebook

from lab_helpers.waiting import display_widget

Bar: TypeAlias = "tqdm[Never]"


@contextmanager
def progress_bar(total: int, description: str, *, shown: bool = True) -> Iterator[Bar]:
    """A bar over `total` steps, gone when the block ends; `shown=False`: none at all.

    In a notebook it is a widget, and the reference to it goes with the bar.
    """
    hidden = not (shown and total)
    in_notebook = issubclass(tqdm, tqdm_notebook)
    options: dict[str, Any] = {"display": False} if in_notebook else {}
    bar: Any = tqdm(
        total=total, desc=description, leave=False, disable=hidden, **options
    )
    remove = display_widget(bar.container) if in_notebook and not hidden else None
    try:
        yield bar
    finally:
        bar.refresh()  # its last step may have come too soon to be drawn
        bar.close()
        if remove is not None:
            remove()
