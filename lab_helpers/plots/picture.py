"""A figure together with the sentence that says what it shows."""

import base64
import html
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

DPI = 100
COLORS = 128


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Picture:
    """A figure and its `alt` sentence, shown as an image with both.

    Notebook front ends drop the alternative text of plain images, so the picture shows
    itself as HTML; in a terminal it is its sentence.
    """

    figure: Figure
    alt: str
    caption: str = ""

    def png(self) -> bytes:
        """The image at 100 dots per inch, in a palette; equal figures, equal bytes."""
        canvas = FigureCanvasAgg(self.figure)
        self.figure.set_dpi(DPI)
        canvas.draw()  # type: ignore[no-untyped-call]
        # Laying out again would start from this layout and end a pixel beside it.
        self.figure.set_layout_engine("none")
        pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
        full = Image.fromarray(pixels).convert("RGB")
        small = full.quantize(COLORS, dither=Image.Dither.NONE)
        out = io.BytesIO()
        small.save(out, format="PNG", optimize=True)
        return out.getvalue()

    def save(self, path: str | Path) -> Path:
        """Writes the image as PNG and returns where."""
        target = Path(path)
        target.write_bytes(self.png())
        return target

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.png()).decode()
        caption = html.escape(self.caption or self.alt)
        return (
            f'<figure style="margin:0"><img alt="{html.escape(self.alt)}" '
            f'style="max-width:100%" src="data:image/png;base64,{data}">'
            f"<figcaption>{caption}</figcaption></figure>"
        )

    def __repr__(self) -> str:
        return self.caption or self.alt
