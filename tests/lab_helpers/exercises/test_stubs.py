import pytest

from lab_helpers.exercises.stubs import is_empty, returns_nothing, untouched


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


def passes():
    pass


def forgets(x):
    for _ in range(x):
        if x:
            return
    x + 1


def sometimes(x):
    if x:
        return x
    return None


def counts():
    yield 1


def keeps_inside():
    def inner():
        return 1

    inner()


@pytest.mark.parametrize("function", [passes, lambda: None])
def test_a_body_of_pass_is_empty_and_no_stub(function):
    assert (is_empty(function), untouched(function)) == (True, False)


@pytest.mark.parametrize("function", [passes, forgets, keeps_inside])
def test_a_function_none_of_whose_returns_has_a_value_returns_nothing(function):
    assert returns_nothing(function)


@pytest.mark.parametrize("value", [sometimes, counts, lambda: 1, answered, OnlyPass, 5])
def test_a_function_that_may_return_a_value_and_a_generator_return_something(value):
    assert not returns_nothing(value)
