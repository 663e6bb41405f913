"""Solved exercises outlive the kernel, in a file that all pages share."""

import json
import threading
from dataclasses import replace

import pytest

from lab_helpers.exercises import Book, Desk, ProgressFile, State, of_the_lab

RIGHT, WRONG = "double = lambda x: 2 * x", "double = lambda x: 0"


@pytest.fixture
def said():
    return []


@pytest.fixture
def file(tmp_path, said):
    return ProgressFile(lambda: tmp_path / "state", said.append)


@pytest.fixture
def kernel(desk, file):
    """A function from a cell's source to the desk of a new kernel, with the file."""

    def started(source=""):
        sat = desk(source)
        sat.progress_file = file
        return sat

    return started


def content(folder):
    return json.loads((folder / "state" / "progress.json").read_text("utf-8"))


def test_a_solved_exercise_survives_a_restart_of_the_kernel(kernel):
    kernel(RIGHT).check("double")
    assert "solved   09  Double a number" in repr(kernel().progress())


def test_it_stays_solved_when_the_cell_is_emptied_or_broken(kernel, file):
    for source in (RIGHT, "", WRONG):
        kernel(source).check("double")
    assert file.states() == {"double": State.SOLVED}


def test_a_wrong_answer_is_remembered_until_a_right_one_comes(kernel, file):
    kernel(WRONG).check("double")
    assert file.states() == {"double": State.NOT_YET}
    kernel(RIGHT).check("double")
    assert file.states() == {"double": State.SOLVED}


def test_use_judges_the_present_answer_whatever_was_solved_before(kernel):
    kernel(RIGHT).check("double")
    after = kernel(WRONG)
    assert after.use("double")(4) == 8
    assert "using the reference" in after.said[0]


def test_the_file_has_names_and_states_and_nothing_else(kernel, tmp_path):
    kernel(RIGHT).check("double")
    assert content(tmp_path) == {"exercises": {"double": "solved"}}


def test_an_untouched_exercise_leaves_no_file(kernel, tmp_path):
    kernel().check("double")
    assert not (tmp_path / "state" / "progress.json").exists()


def test_a_page_shows_its_own_exercises_whatever_other_pages_saved(kernel, file):
    file.save("of_another_page", State.SOLVED)
    sat = kernel()
    sat.check("double")
    assert sat.progress().rows == [("09", "Double a number", State.TO_DO)]


def test_two_kernels_that_save_at_once_lose_nothing(tmp_path, said):
    names = [f"exercise-{number}" for number in range(12)]
    kernels = [
        threading.Thread(
            target=ProgressFile(lambda: tmp_path, said.append).save,
            args=(name, State.SOLVED),
        )
        for name in names
    ]
    for one in kernels:
        one.start()
    for one in kernels:
        one.join()
    states = ProgressFile(lambda: tmp_path, said.append).states()
    assert (sorted(states), said) == (sorted(names), [])


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"\xff\xfe", b"[]", b'{"exercises": 1}', b'{"exercises": {"a": "b"}}'],
)
def test_a_damaged_file_goes_into_quarantine_and_is_said(
    kernel, file, tmp_path, said, damage
):
    folder = tmp_path / "state"
    folder.mkdir()
    (folder / "progress.json").write_bytes(damage)
    kernel(RIGHT).check("double")
    [moved] = folder.glob("quarantine-*/progress.json")
    assert moved.read_bytes() == damage
    assert content(tmp_path) == {"exercises": {"double": "solved"}}
    assert len(said) == 1 and str(moved) in said[0]


def test_a_folder_that_cannot_be_written_spoils_no_check(desk, tmp_path, said):
    (tmp_path / "state").write_text("no folder")
    file = ProgressFile(lambda: tmp_path / "state", said.append)
    sat = replace(desk(RIGHT), progress_file=file)
    assert sat.check("double").state is State.SOLVED
    assert "cannot be saved" in said[0]
    assert sat.progress().solved == 1


def test_a_mistake_in_the_settings_spoils_no_check(desk, tmp_path, monkeypatch, said):
    (tmp_path / ".env").write_text("HONEYCOMB_KEY=x\n")
    monkeypatch.setenv("LAB_ENV_FILE", str(tmp_path / ".env"))
    sat = replace(desk(RIGHT), progress_file=of_the_lab(said.append))
    assert sat.check("double").state is State.SOLVED
    assert "no setting is called 'HONEYCOMB_KEY'" in said[0]


def test_the_labs_file_is_in_its_state_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LAB_STATE_DIR", str(tmp_path / "mine"))
    of_the_lab().save("double", State.SOLVED)
    assert (tmp_path / "mine" / "progress.json").exists()


def test_what_is_forgotten_is_to_do_again(kernel, file):
    kernel(RIGHT).check("double")
    file.forget()
    file.forget()
    assert kernel().progress().solved == 0


def test_the_course_is_summed_up_page_by_page(kernel, double):
    sums = Book("09_sums.ipynb", [double, replace(double, name="again")])
    other = Book("10_products.ipynb", [replace(double, name="thrice")])
    sat = replace(kernel(RIGHT), library=lambda: [sums, other])
    sat.check("double")
    assert repr(sat.course_progress()).splitlines() == [
        "1 of 3 exercises of the course solved",
        "  page          solved  not yet    to do",
        "  09_sums            1        0        1",
        "  10_products        0        0        1",
    ]
    assert '<th scope="row" style="text-align: left">09_sums</th><td>1</td>' in (
        sat.course_progress()._repr_html_()
    )


def test_a_desk_without_a_file_writes_none(desk, tmp_path, monkeypatch):
    monkeypatch.setenv("LAB_STATE_DIR", str(tmp_path / "mine"))
    Desk(desk(RIGHT).namespace, desk().library).check("double")
    assert not (tmp_path / "mine").exists()
