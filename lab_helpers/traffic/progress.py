"""Progress bars that leave nothing in a stored page."""

from __future__ import annotations

from typing import Any, Never, TypeAlias

from tqdm.auto import tqdm
from tqdm.notebook import tqdm_notebook

Bar: TypeAlias = "tqdm[Never]"

WIDGET = "application/vnd.jupyter.widget-view+json"


def progress_bar(total: int, desc: str, *, shown: bool = True) -> Bar:
    """A bar of so many steps, in a notebook as a widget; `shown=False`: none at all.

    tqdm's own widget comes with its text of the first moment, `visits: 0%`, and a page
    stores that text for ever. This one comes without.
    """
    if not shown or not issubclass(tqdm, tqdm_notebook):
        return tqdm(total=total, desc=desc, disable=not shown)
    bar: Any = tqdm(total=total, desc=desc, display=False)
    from IPython import display  # only a kernel needs it

    publish: Any = display.publish_display_data  # not typed
    publish({WIDGET: bar.container._repr_mimebundle_()[WIDGET]})
    drawn: Bar = bar
    return drawn
