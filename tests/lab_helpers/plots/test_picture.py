import html
import io
import re
from collections.abc import Callable

import matplotlib
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from lab_helpers import plots
from lab_helpers.analysis import HeatmapGrid
from lab_helpers.plots import Picture
from lab_helpers.plots.picture import STYLE
from lab_helpers.plots.theme import LIGHT


def test_a_notebook_gets_an_image_with_its_sentence_twice() -> None:
    page = Picture(Figure(), 'p95 < 3 s & "fine"')._repr_html_()
    told = html.escape('p95 < 3 s & "fine"')
    assert f'alt="{told}"' in page
    assert f"<figcaption>{told}</figcaption>" in page
    assert 'src="data:image/png;base64,iVBOR' in page


def test_a_dark_page_turns_the_brightness_of_light_pictures_only(
    grid: HeatmapGrid,
) -> None:
    light = plots.heatmap(grid)._repr_html_()
    dark = plots.heatmap(grid, theme="dark")._repr_html_()
    assert '[data-jp-theme-light="false"] img.lab-light' in light
    assert 'class="lab-picture lab-light"' in light
    assert 'class="lab-picture"' in dark


def test_inks_stand_out_from_the_ground_after_that_too(
    contrast: Callable[[object, object], float],
) -> None:
    ground = turned(LIGHT.background)
    assert contrast(ground, "#111111") < 1.1
    for ink in (LIGHT.ink, LIGHT.muted, LIGHT.alarm, LIGHT.client_error, *LIGHT.lines):
        assert contrast(turned(ink), ground) >= 4.5, ink


def turned(color: str) -> tuple[float, ...]:
    """A color after the filter of the page, by the matrix of the CSS specification."""
    part = re.search(r"invert\(([.\d]+)\) hue-rotate\(180deg\)", STYLE)
    assert part
    amount = float(part[1])
    inverse = [c * (1 - amount) + (1 - c) * amount for c in to_rgb(color)]
    weights = np.array([0.213, 0.715, 0.072])
    rotated = 2 * weights @ np.array(inverse) - np.array(inverse)
    return tuple(np.clip(rotated, 0, 1))


def test_a_picture_is_shown_in_its_size_and_is_sharp_when_it_grows(
    grid: HeatmapGrid,
) -> None:
    picture = plots.heatmap(grid)
    assert 'width="960"' in picture._repr_html_()
    assert Image.open(io.BytesIO(picture.png())).width == 1440


def test_a_terminal_gets_the_sentence() -> None:
    assert repr(Picture(Figure(), "Two bands.")) == "Two bands."


def test_equal_data_gives_equal_bytes(grid: HeatmapGrid) -> None:
    one, two = plots.heatmap(grid), plots.heatmap(grid)
    assert one.png() == two.png() == one.png()


def test_pages_stay_small_and_images_opaque(grid: HeatmapGrid) -> None:
    data = plots.heatmap(grid, percentiles=(50, 95, 99)).png()
    image = Image.open(io.BytesIO(data))
    assert len(data) < 120_000
    assert image.mode == "P"
    assert "transparency" not in image.info


def test_saving_writes_the_same_image(grid: HeatmapGrid, tmp_path) -> None:  # type: ignore[no-untyped-def]
    picture = plots.heatmap(grid)
    assert picture.save(tmp_path / "heat.png").read_bytes() == picture.png()


def test_drawing_leaves_matplotlib_as_it_was(grid: HeatmapGrid) -> None:
    import matplotlib.pyplot as plt

    before = dict(matplotlib.rcParams)
    plots.heatmap(grid, theme="dark").png()
    assert dict(matplotlib.rcParams) == before
    assert plt.get_fignums() == []
