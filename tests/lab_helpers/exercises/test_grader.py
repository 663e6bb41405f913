from dataclasses import replace

import pytest

from lab_helpers.exercises import Book, State
from lab_helpers.exercises.grader import UnknownExerciseError


def test_a_right_answer_is_solved_and_says_what_it_shows(desk):
    verdict = desk("double = lambda x: x + x").check("double")
    assert repr(verdict) == "solved: Double a number. Twice is plus itself."


def test_a_wrong_answer_is_not_yet_and_says_what_to_look_at(desk):
    verdict = desk("double = lambda x: x + 2").check("double")
    assert repr(verdict) == "not yet: double(3) should be 6; look at the operator"


def test_an_answer_that_no_cell_has_bound_is_to_do(desk):
    said = repr(desk().check("double"))
    assert said == "to do: Double a number. There is no `double` in this kernel yet."


@pytest.mark.parametrize("stub", ["double = ...", "def double(x): ..."])
def test_an_untouched_stub_is_to_do(desk, stub):
    verdict = desk(stub).check("double")
    assert verdict.state is State.TO_DO
    assert "Replace each ..." in verdict.message


def test_an_error_in_the_students_function_is_reported_as_theirs(desk):
    verdict = desk("def double(x):\n    return x + 'x'").check("double")
    assert verdict.state is State.NOT_YET
    assert verdict.message.startswith("your code raised TypeError: unsupported")


def test_an_answer_of_the_wrong_kind_is_told_apart_from_their_error(desk):
    verdict = desk("double = 6").check("double")
    assert verdict.message.startswith("`double` is 6 (int); looking at it raised")
    assert verdict.message.endswith("is it of the kind asked for?")


@pytest.mark.parametrize("body", ["pass", "return", "return None", "'Twice.'"])
def test_an_empty_body_is_no_stub_and_returns_nothing_yet(desk, body):
    verdict = desk(f"def double(x):\n    {body}").check("double")
    assert repr(verdict) == "not yet: `double` returns nothing yet"


def test_a_function_without_a_value_after_return_is_answered_in_words(desk):
    verdict = desk("def double(x):\n    y = 2 * x").check("double")
    assert verdict.message == (
        "`double` returns nothing; its value goes after `return`. "
        "double(3) should be 6; look at the operator"
    )


def test_a_cell_that_has_not_run_is_told_from_a_wrong_answer(desk, double):
    needy = replace(double, check=lambda names, context: names["server"])
    sat = desk("double = lambda x: x + x")
    sat.library = lambda: [Book("09_sums.ipynb", [needy])]
    assert "no 'server' in this kernel; run the cells above" in repr(
        sat.check("double")
    )


def test_a_verdict_in_html_says_its_state_in_words_and_escapes_the_rest(desk):
    html = desk("def double(x):\n    raise ValueError('<b>')").check("double")
    assert "<strong>not yet</strong>" in html._repr_html_()
    assert "&lt;b&gt;" in html._repr_html_()


def test_a_verdict_in_html_sets_names_as_code(desk):
    html = desk("def double(x): pass").check("double")._repr_html_()
    assert "<code>double</code> returns nothing yet" in html


def test_code_that_ends_the_program_ends_only_the_check(desk):
    verdict = desk("def double(x):\n    raise SystemExit(3)").check("double")
    assert verdict.message == "your code raised SystemExit: 3"


def test_hints_come_one_by_one_and_the_last_one_stays(desk):
    sat = desk()
    shown = [repr(sat.hint("double")) for _ in range(3)]
    assert shown[0] == "Hint 1 of 2: What is 3 + 3?"
    assert shown[1] == shown[2] == "Hint 2 of 2: Multiply by 2."


def test_a_hint_in_html_can_be_wrapped_between_words(desk):
    html = desk().hint("double")._repr_html_()
    assert html == "<p><strong>Hint 1 of 2</strong>: What is 3 + 3?</p>"


def test_the_solution_is_shown_as_python(desk):
    solution = desk().solution("double")
    assert repr(solution) == "def double(x):\n    return 2 * x"
    assert solution._repr_markdown_().startswith("```python\n")


def test_use_hands_over_the_students_own_answer_when_it_is_solved(desk):
    sat = desk("double = lambda x: x + x")
    assert sat.use("double") is sat.namespace["double"]
    assert sat.said == ["using your double"]


def test_use_hands_over_the_reference_and_leaves_the_students_variable(desk):
    sat = desk("double = lambda x: 0")
    mine = sat.namespace["double"]
    assert sat.use("double")(4) == 8
    assert sat.namespace["double"] is mine
    assert sat.check("double").state is State.NOT_YET
    assert "reference" in sat.said[0]


def test_progress_counts_what_was_checked(desk):
    sat = desk("double = lambda x: 2 * x")
    before = sat.progress()
    sat.check("double")
    assert (before.solved, sat.progress().solved) == (0, 1)
    assert "solved   09  Double a number" in repr(sat.progress())
    assert "1 of 1 exercises solved" in sat.progress()._repr_html_()


def test_a_mistyped_name_is_answered_with_the_nearest_one(desk):
    with pytest.raises(UnknownExerciseError, match="is it 'double'"):
        desk().check("duoble")
