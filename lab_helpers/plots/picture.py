"""A figure together with the sentence that says what it shows."""

import base64
import html
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

DPI = 150
"""Dots of the image per inch; it is shown at CSS_DPI, and sharp when it grows."""

CSS_DPI = 100
COLORS = 128

STYLE = (
    "<style>"
    "img.lab-picture{max-width:100%;height:auto}"
    ".jp-mod-presentationMode img.lab-picture{width:100%;max-height:85vh;"
    "object-fit:contain;object-position:left}"
    '[data-jp-theme-light="false"] img.lab-light,.vscode-dark img.lab-light'
    "{filter:invert(.93) hue-rotate(180deg)}"
    "</style>"
)
"""In a dark theme, light pictures have their brightness turned round, not their hues;
in JupyterLab's Presentation Mode pictures are as wide as their cell."""


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
        """The image in a palette; equal figures, equal bytes."""
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
        light = " lab-light" if self._light else ""
        width = round(self.figure.get_figwidth() * CSS_DPI)
        return (
            f'<figure style="margin:0">{STYLE}<img alt="{html.escape(self.alt)}" '
            f'class="lab-picture{light}" width="{width}" style="max-width:100%" '
            f'src="data:image/png;base64,{data}">'
            f"<figcaption>{caption}</figcaption></figure>"
        )

    @property
    def _light(self) -> bool:
        return sum(to_rgb(self.figure.get_facecolor())) > 1.5

    def __repr__(self) -> str:
        return self.caption or self.alt
