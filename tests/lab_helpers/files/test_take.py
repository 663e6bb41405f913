"""Files of the student's: made once, imported, kept once changed."""

import subprocess

import pytest

from lab_helpers import files, lab, settings
from lab_helpers.app import create_app
from lab_helpers.files import FileError

pytestmark = pytest.mark.usefixtures("beside_a_page")


@pytest.fixture
def beside_a_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def originals(tmp_path, monkeypatch):
    folder = tmp_path / "originals"
    folder.mkdir()
    monkeypatch.setattr(files, "ORIGINALS", folder)
    return folder


def test_the_file_is_made_beside_the_page_and_imported(tmp_path, capsys):
    tracing = lab.take("tracing")
    assert tracing.__file__ == str(tmp_path / "tracing.py")
    assert "tracing.py, " in capsys.readouterr().out
    app = create_app()
    provider = tracing.instrument(app, "tried")
    assert provider.resource.attributes["service.name"] == "kittiwake-tried"
    provider.shutdown()
    tracing.fresh(tracing.RequestsInstrumentor())
    tracing.fresh(tracing.SQLAlchemyInstrumentor())


def test_a_changed_file_is_kept_and_the_page_imports_it(tmp_path, originals, capsys):
    (originals / "small.py").write_text("x = 1\n")
    assert lab.take("small").x == 1
    mine = tmp_path / "small.py"
    mine.write_text(mine.read_text().replace("x = 1", "x = 2"))
    capsys.readouterr()
    assert lab.take("small").x == 2
    shown = capsys.readouterr().out
    assert shown == "small.py, 2 lines: yours to change, and changed by you\n"
    (originals / "small.py").write_text("x = 3\n")
    assert lab.take("small").x == 2
    assert "the workbook's has changed, too" in capsys.readouterr().out


def test_an_unchanged_file_follows_the_workbook(originals):
    (originals / "small.py").write_text("x = 1\n")
    assert lab.take("small").x == 1
    (originals / "small.py").write_text("x = 2\n")
    assert lab.take("small").x == 2


def test_a_file_that_is_not_the_workbooks_is_kept(tmp_path, originals):
    (originals / "small.py").write_text("x = 1\n")
    (tmp_path / "small.py").write_text("x = 5\n")
    assert lab.take("small").x == 5


def test_an_unknown_file_is_refused_with_those_there_are():
    with pytest.raises(FileError, match=r"'tracng' to take; there are: .*tracing"):
        lab.take("tracng")


def test_a_page_of_notebooks_leaves_nothing_beside_itself(tmp_path, monkeypatch):
    monkeypatch.setenv("LAB_STATE_DIR", str(tmp_path / ".lab"))
    monkeypatch.chdir(settings.ROOT / "notebooks")
    tracing = lab.take("tracing")
    assert tracing.__file__ == str(tmp_path / ".lab" / "files" / "tracing.py")
    listed = subprocess.run(
        ["git", "status", "--short", "."], capture_output=True, check=True
    )
    assert b".py" not in listed.stdout


def test_what_is_shown_is_escaped_and_the_same_in_every_folder(tmp_path):
    shown = files.TakenFile(tmp_path / "x.py", "a < b")._repr_html_()
    assert "a &lt; b" in shown
    assert str(tmp_path) not in shown
