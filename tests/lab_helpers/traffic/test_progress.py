"""Progress bars in a terminal and in a notebook."""

from tqdm.notebook import tqdm_notebook

from lab_helpers.traffic import progress


def test_a_terminal_gets_a_line(capsys):
    with progress.progress_bar(3, "visits") as bar:
        bar.update(3)
    assert "visits: 100%" in capsys.readouterr().err


def test_a_hidden_bar_says_nothing(capsys):
    with progress.progress_bar(3, "visits", shown=False) as bar:
        bar.update(3)
    assert capsys.readouterr() == ("", "")


def test_a_notebook_gets_a_widget_without_a_text_that_would_be_stored(monkeypatch):
    import IPython.display

    shown = []
    monkeypatch.setattr(progress, "tqdm", tqdm_notebook)
    monkeypatch.setattr(IPython.display, "publish_display_data", shown.append)
    with progress.progress_bar(3, "visits") as bar:
        bar.update(3)
        bar.refresh()
        assert bar.container.children[1].value == 3
    (data,) = shown
    assert list(data) == [progress.WIDGET]
    assert data[progress.WIDGET]["model_id"]
