"""The student's copies: made when missing, never overwritten, renewed by name."""

import json

import pytest

from lab_helpers import cli, pages, settings
from lab_helpers.pages import PageError, Pages


def write_page(folder, name, *sources, output="1"):
    """A notebook with a code cell of each source, each with the same output."""
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {"exercise": "double"},
            "execution_count": number,
            "source": [source],
            "outputs": [{"output_type": "stream", "name": "stdout", "text": [output]}],
        }
        for number, source in enumerate(sources, 1)
    ]
    note = {"cell_type": "markdown", "id": "é", "metadata": {}, "source": ["# é"]}
    page = {"cells": [note, *cells], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(page), encoding="utf-8")


@pytest.fixture
def course(tmp_path):
    originals = tmp_path / "notebooks"
    write_page(originals, "00_start.ipynb", "1")
    write_page(originals, "01_spans.ipynb", "2")
    return Pages(originals, tmp_path / "my_pages")


@pytest.fixture
def mine(course):
    """The student's copy of page 00, with work of theirs in it."""
    course.update()
    copy = course.copies / "00_start.ipynb"
    copy.write_text(copy.read_text("utf-8").replace('"1"', '"my answer"'), "utf-8")
    return copy


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def words(copies):
    return [copy.word for copy in copies]


def test_missing_copies_are_made_without_outputs(course):
    assert words(course.update()) == ["new", "new"]
    note, cell = read(course.copies / "00_start.ipynb")["cells"]
    assert (cell["outputs"], cell["execution_count"]) == ([], None)
    assert cell["metadata"] == {"exercise": "double"}
    assert note["source"] == ["# é"]


def test_the_originals_keep_their_outputs(course):
    course.update()
    assert read(course.originals / "00_start.ipynb")["cells"][1]["outputs"]


def test_a_copy_is_never_overwritten(course, mine):
    before = mine.read_bytes()
    assert words(course.update()) == ["yours", "yours"]
    write_page(course.originals, "00_start.ipynb", "1 + 1")
    course.update()
    assert mine.read_bytes() == before


def test_a_page_that_has_changed_is_offered_beside_the_copy_once(course, mine):
    write_page(course.originals, "00_start.ipynb", "1 + 1")
    offered, same = course.update()
    assert (offered.word, same.word) == ("changed", "yours")
    assert offered.copy.name == "00_start-new.ipynb"
    assert "the new one is 00_start-new.ipynb" in repr(offered)
    assert read(offered.copy)["cells"][1]["source"] == ["1 + 1"]
    assert words(course.update()) == ["yours", "yours"]


def test_a_second_change_gets_a_name_of_its_own(course, mine):
    for source in ("1 + 1", "1 + 1 + 1"):
        write_page(course.originals, "00_start.ipynb", source)
        offered = course.update()[0]
    assert offered.copy.name == "00_start-new-2.ipynb"
    assert (course.copies / "00_start-new.ipynb").exists()


def test_new_outputs_alone_are_no_change(course, mine):
    write_page(course.originals, "00_start.ipynb", "1", output="2")
    assert words(course.update()) == ["yours", "yours"]


def test_a_damaged_copy_is_left_alone_and_a_whole_one_offered(course, mine):
    mine.write_text("{")
    assert course.update()[0].copy.name == "00_start-new.ipynb"
    assert mine.read_text() == "{"


def test_a_page_that_was_deleted_by_the_student_comes_back(course, mine):
    mine.unlink()
    assert words(course.update()) == ["new", "yours"]


def test_a_fresh_page_keeps_the_old_one_under_another_name(course, mine):
    before = mine.read_bytes()
    for name in ("00_start-old.ipynb", "00_start-old-2.ipynb"):
        [fresh] = course.start_afresh(["0"])
        assert fresh.old.name == name
        assert repr(fresh) == f"00_start: fresh; yours is now {name}"
    assert (course.copies / "00_start-old.ipynb").read_bytes() == before
    assert read(mine)["cells"][1]["source"] == ["1"]


def test_a_page_that_is_not_there_is_named_and_nothing_is_renamed(course, mine):
    with pytest.raises(PageError, match="no page has the number 98; known: 00, 01"):
        course.start_afresh(["00", "98"])
    assert not (course.copies / "00_start-old.ipynb").exists()


def test_a_folder_that_cannot_be_made_is_a_sentence(course):
    course.copies.write_text("a file")
    with pytest.raises(PageError, match="cannot be made"):
        course.update()


def test_the_command_says_what_is_new_and_starts_afresh(course, monkeypatch, capsys):
    monkeypatch.setattr(pages, "of_the_course", lambda: course)
    for told in ("  00_start: new\n  01_spans: new\n", "  Nothing is new.\n"):
        assert cli.main(["pages"]) == 0
        assert capsys.readouterr().out.endswith(told)
    write_page(course.originals, "01_spans.ipynb", "3")
    assert cli.main(["pages"]) == 0
    assert "`lab pages fresh NN`" in capsys.readouterr().out
    assert cli.main(["pages", "fresh", "1"]) == 0
    assert "yours is now 01_spans-old.ipynb" in capsys.readouterr().out
    assert cli.main(["pages", "fresh", "98"]) == 1
    assert "lab pages: no page has the number 98" in capsys.readouterr().err


def test_the_copies_see_the_data_and_git_does_not_see_them():
    course = pages.of_the_course()
    data = course.copies / ".." / "data"
    assert data.resolve() == (course.originals / ".." / "data").resolve()
    ignored = (settings.ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert f"{course.copies.name}/" in ignored


def test_every_page_of_the_course_can_be_copied(tmp_path):
    course = Pages(pages.of_the_course().originals, tmp_path / "my_pages")
    assert set(words(course.update())) == {"new"}
    for copy in course.copies.iterdir():
        code = [c for c in read(copy)["cells"] if c["cell_type"] == "code"]
        assert code
        assert not any(c["outputs"] or c["execution_count"] for c in code)
