"""Every check of the course, proved on its notebook in a real kernel.

One run per notebook: at each exercise cell every further right answer is executed, then
the untouched stub and every wrong answer, the reference after each of them, since no
wrong answer must spoil the kernel for the right one. The page goes on with the
reference in place. Of the other cells only what an exercise depends on is run: nbval
runs them all.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from lab_helpers import process, settings
from lab_helpers.authoring.slicing import ExerciseCell, sliced
from lab_helpers.exercises import books
from lab_helpers.settings import private_lab

# The first test of a notebook waits for the whole run.
pytestmark = pytest.mark.timeout(600)

FOLDER = settings.ROOT / "notebooks"
# What a check waits for is there when it asks; only wrong answers wait this out.
PATIENCE = {"LAB_PATIENCE_S": "0.5"}
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

    `right` is the same for the further right answers. `after` is what it said of the
    reference, executed after the stub and after each wrong answer.
    """

    said: defaultdict = field(default_factory=lambda: defaultdict(dict))
    right: defaultdict = field(default_factory=lambda: defaultdict(dict))
    after: defaultdict = field(default_factory=lambda: defaultdict(dict))


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


def solved(exercise):
    return f"solved: {exercise.title}. {exercise.lesson}"


def executed(client, source):
    """A cell of this source, after it was executed in the page's kernel."""
    client.nb.cells[0] = cell = new_code_cell(source)  # where displays are updated
    return client.execute_cell(cell, 0)


def slice_of(book, page):
    """The page's code cells and the source that is run of each."""
    cells = [cell for cell in page.cells if cell.cell_type == "code"]
    known = [
        ExerciseCell(cell.source, book[cell.metadata["exercise"]])
        if "exercise" in cell.metadata
        else cell.source
        for cell in cells
    ]
    return zip(cells, sliced(known), strict=True)


def play(book, environment):
    """Run the notebook's slice once, trying every answer at every exercise cell."""
    page, run = page_of(book), Run()
    client = NotebookClient(
        page,
        km=KernelManager(kernel_name="python3"),
        timeout=120,
        resources={"metadata": {"path": str(FOLDER)}},
    )
    with client.setup_kernel(env=environment, cleanup_kc=True):
        for cell, source in slice_of(book, page):
            if name := cell.metadata.get("exercise"):
                try_answers(client, run, book[name], source)
            elif source:
                executed(client, source)
    return run


def try_answers(client, run, exercise, stub):
    """Execute every right answer, then the stub and every wrong one before a right one.

    The page goes on with the reference, which is the last of them.
    """
    right, said = run.right[exercise.name], run.said[exercise.name]
    for name, source in exercise.right.items():
        right[name] = verdict_in(executed(client, exercise.cell(source)))
    reference = exercise.cell(exercise.solution)
    for name, source in answers_to(exercise, stub).items():
        said[name] = verdict_in(executed(client, source))
        run.after[exercise.name][name] = verdict_in(executed(client, reference))


@pytest.fixture(scope="module")
def run_of(tmp_path_factory):
    """A function from a book to its run, made once, in an empty lab of its own."""
    made: dict[str, Run | None] = {}
    state = tmp_path_factory.mktemp("lab")
    environment = private_lab.environment(state) | PATIENCE

    def run(book):
        if book.notebook not in made:
            made[book.notebook] = None  # a run that fails is not tried again
            made[book.notebook] = play(book, environment)
        return made[book.notebook]

    yield run
    process.stop(state)


def test_every_notebook_with_exercises_has_its_book():
    pages = {path.name: nbformat.read(path, 4) for path in FOLDER.glob("*.ipynb")}
    with_exercises = {name for name, page in pages.items() if marked(page)}
    assert with_exercises == {book.notebook for book in BOOKS}


@every_book
def test_no_check_needs_live_visitors(book):
    page = page_of(book)
    assert not [
        source for _, source in slice_of(book, page) if "traffic.run(" in source
    ]


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
def test_an_exercise_has_three_hints_and_two_wrong_answers(book, exercise):
    assert len(exercise.hints) == 3
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
    before = ("untouched", *exercise.wrong)
    assert said == dict.fromkeys(before, solved(exercise))


@every_exercise
def test_every_right_answer_is_solved(book, exercise, run_of):
    said = run_of(book).right[exercise.name]
    assert said == dict.fromkeys(exercise.right, solved(exercise))


@every_exercise
def test_no_right_answer_has_the_name_of_a_wrong_one_or_the_reference_as_source(
    book, exercise
):
    assert not exercise.right.keys() & exercise.wrong.keys()
    sources = [source.strip() for source in exercise.right.values()]
    assert len({exercise.solution.strip(), *sources}) == 1 + len(sources)


@every_exercise
def test_each_wrong_answer_is_refused_in_its_own_words(book, exercise, run_of):
    said = run_of(book).said[exercise.name]
    refusals = [said[name] for name in exercise.wrong]
    for name, wrong in exercise.wrong.items():
        assert said[name].startswith("not yet: "), (name, said[name])
        assert wrong.says in said[name], name
    assert len(set(refusals)) == len(refusals)
