"""Every check of the course, proved on its notebook in a real kernel.

One run per notebook: at each exercise cell the untouched stub and every wrong answer
are executed in turn, the reference after each of them, since a wrong answer must not
spoil the kernel for the right one. The page goes on with the reference in place.
"""

from dataclasses import dataclass, field

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from lab_helpers import process, settings
from lab_helpers.exercises import books

# The first test of a notebook waits for the whole run.
pytestmark = pytest.mark.timeout(900)

FOLDER = settings.ROOT / "notebooks"
BOOKS = list(books())
EXERCISES = [
    pytest.param(book, exercise, id=f"{book.notebook[:2]}-{exercise.name}")
    for book in BOOKS
    for exercise in book.exercises
]
every_exercise = pytest.mark.parametrize(("book", "exercise"), EXERCISES)
every_book = pytest.mark.parametrize(
    "book", [pytest.param(book, id=book.notebook) for book in BOOKS]
)


@dataclass
class Run:
    """What the check said on one notebook: exercise → answer → verdict.

    `after` is what it said of the reference, executed after that answer.
    """

    said: dict[str, dict[str, str]] = field(default_factory=dict)
    after: dict[str, dict[str, str]] = field(default_factory=dict)


def page_of(book):
    return nbformat.read(FOLDER / book.notebook, as_version=4)


def marked(page):
    return [cell for cell in page.cells if "exercise" in cell.metadata]


def verdict_in(cell):
    shown = [out["data"]["text/plain"] for out in cell.outputs if "data" in out]
    return shown[-1]


def answers_to(exercise, stub):
    wrong = {name: exercise.cell(w.source) for name, w in exercise.wrong.items()}
    return {"untouched": stub, **wrong}


def verdict_on(source, client, index):
    """What the check says of this source, executed in the page's kernel."""
    tried = new_code_cell(source)
    client.execute_cell(tried, index)
    return verdict_in(tried)


def play(book, environment):
    """Run the notebook once, trying every answer at every exercise cell."""
    page, run = page_of(book), Run()
    client = NotebookClient(
        page,
        km=KernelManager(kernel_name="python3"),
        timeout=120,
        resources={"metadata": {"path": str(FOLDER)}},
    )
    with client.setup_kernel(env=environment, cleanup_kc=True):
        for index, cell in enumerate(list(page.cells)):
            if cell.cell_type != "code":
                continue
            if "exercise" not in cell.metadata:
                client.execute_cell(cell, index)
                continue
            exercise = book[cell.metadata["exercise"]]
            said = run.said.setdefault(exercise.name, {})
            after = run.after.setdefault(exercise.name, {})
            reference = exercise.cell(exercise.solution)
            for name, source in answers_to(exercise, cell.source).items():
                said[name] = verdict_on(source, client, index)
                after[name] = verdict_on(reference, client, index)
    return run


@pytest.fixture(scope="module")
def run_of(tmp_path_factory):
    """A function from a book to its run, made once, in an empty lab of its own."""
    made: dict[str, Run] = {}
    state = tmp_path_factory.mktemp("lab")
    environment = settings.child_environment(
        LAB_STATE_DIR=str(state), LAB_HONEYCOMB_PORT="0", LAB_ENV_FILE=""
    )

    def run(book):
        if book.notebook not in made:
            made[book.notebook] = play(book, environment)
        return made[book.notebook]

    yield run
    process.stop(state)


def test_every_notebook_with_exercises_has_its_book():
    pages = {path.name: nbformat.read(path, 4) for path in FOLDER.glob("*.ipynb")}
    with_exercises = {name for name, page in pages.items() if marked(page)}
    assert with_exercises == {book.notebook for book in BOOKS}


@every_book
def test_a_book_holds_the_exercises_of_its_notebook_in_order(book):
    names = [cell.metadata["exercise"] for cell in marked(page_of(book))]
    assert names == [exercise.name for exercise in book.exercises]


@every_book
def test_every_exercise_cell_ends_with_its_check(book):
    for cell in marked(page_of(book)):
        name = cell.metadata["exercise"]
        assert cell.source.splitlines()[-1] == f'lab.check("{name}")'


@every_book
def test_the_committed_page_shows_every_exercise_as_to_do(book):
    for cell in marked(page_of(book)):
        assert verdict_in(cell).startswith("to do: "), cell.metadata["exercise"]


@every_exercise
def test_an_exercise_has_two_hints_and_two_wrong_answers(book, exercise):
    assert len(exercise.hints) >= 2
    assert len(exercise.wrong) >= 2


@every_exercise
def test_an_untouched_stub_is_to_do(book, exercise, run_of):
    said = run_of(book).said[exercise.name]["untouched"]
    assert said.startswith("to do: ")


@every_exercise
def test_the_reference_is_solved_after_the_stub_and_every_wrong_answer(
    book, exercise, run_of
):
    said = run_of(book).after[exercise.name]
    solved = f"solved: {exercise.title}. {exercise.lesson}"
    assert said == dict.fromkeys(("untouched", *exercise.wrong), solved)


@every_exercise
def test_each_wrong_answer_is_refused_in_its_own_words(book, exercise, run_of):
    said = run_of(book).said[exercise.name]
    refusals = [said[name] for name in exercise.wrong]
    for name, wrong in exercise.wrong.items():
        assert said[name].startswith("not yet: "), (name, said[name])
        assert wrong.says in said[name], name
    assert len(set(refusals)) == len(refusals)
