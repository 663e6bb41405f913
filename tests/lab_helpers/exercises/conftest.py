import itertools
import linecache

import pytest

from lab_helpers.exercises import Book, Desk, Exercise, Miss, Wrong


def check_double(namespace, context):
    if namespace["double"](3) != 6:
        raise Miss("double(3) should be 6; look at the operator")


@pytest.fixture
def double():
    return Exercise(
        name="double",
        title="Double a number",
        answer=("double",),
        check=check_double,
        hints=("What is 3 + 3?", "Multiply by 2."),
        solution="def double(x):\n    return 2 * x",
        lesson="Twice is plus itself.",
        wrong={"adds": Wrong("def double(x):\n    return 2 + x", "operator")},
    )


@pytest.fixture
def execute(monkeypatch):
    """A function that executes a cell as IPython does: its source stays known."""
    numbers = itertools.count()

    def executed(source: str, namespace: dict[str, object]) -> None:
        name = f"<cell {next(numbers)}>"
        lines = source.splitlines(keepends=True)
        monkeypatch.setitem(linecache.cache, name, (len(source), None, lines, name))
        exec(compile(source, name, "exec"), namespace)

    return executed


@pytest.fixture
def desk(double, execute):
    """A function from a cell's source to the desk on its namespace.

    `said` is what it printed, `shown` what it displayed beyond the cell's last value.
    """

    def at(source: str = "") -> Desk:
        namespace: dict[str, object] = {}
        execute(source, namespace)
        said: list[str] = []
        shown: list[object] = []
        books = [Book("09_sums.ipynb", [double])]
        sat = Desk(namespace, lambda: books, say=said.append, show=shown.append)
        sat.said, sat.shown = said, shown
        namespace["lab"] = sat
        return sat

    return at
