import html
import io

import matplotlib
from matplotlib.figure import Figure
from PIL import Image

from lab_helpers import plots
from lab_helpers.analysis import HeatmapGrid
from lab_helpers.plots import Picture


def test_a_notebook_gets_an_image_with_its_sentence_twice() -> None:
    page = Picture(Figure(), 'p95 < 3 s & "fine"')._repr_html_()
    told = html.escape('p95 < 3 s & "fine"')
    assert f'alt="{told}"' in page
    assert f"<figcaption>{told}</figcaption>" in page
    assert 'src="data:image/png;base64,iVBOR' in page


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
