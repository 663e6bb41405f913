import pytest

from lab_helpers.exercises.stubs import untouched


def empty(): ...


def returns_dots():
    return ...


def uses_dots_inside():
    def inner():
        return {"parent": ...}

    return inner()


def answered():
    return None if answered else 1


class WithDots:
    def on_end(self, span):
        return ...


class OnlyPass:
    def shutdown(self):
        pass


@pytest.mark.parametrize(
    "stub",
    [
        ...,
        NotImplemented,
        {"name": "api", "parent": ...},
        [1, ...],
        empty,
        returns_dots,
        uses_dots_inside,
        WithDots,
        lambda: ...,
    ],
)
def test_dots_left_anywhere_in_an_answer_are_a_stub(stub):
    assert untouched(stub)


@pytest.mark.parametrize("answer", [None, 0, "", [], answered, OnlyPass, lambda: 5])
def test_an_answer_without_dots_is_judged_however_empty(answer):
    assert not untouched(answer)
