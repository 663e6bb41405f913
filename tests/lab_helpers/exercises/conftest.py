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
def desk(double):
    """A function from a cell's source to the desk on its namespace."""

    def at(source: str = "") -> Desk:
        namespace: dict[str, object] = {}
        exec(source, namespace)
        said: list[str] = []
        sat = Desk(
            namespace, lambda: [Book("09_sums.ipynb", [double])], say=said.append
        )
        sat.said = said
        return sat

    return at
