import pytest

from lab_helpers.exercises import books, instead


def test_the_whole_cell_ends_with_the_check(double):
    assert double.cell("x = 1\n") == 'x = 1\n\n\nlab.check("double")'


def test_a_change_that_changes_nothing_is_refused():
    with pytest.raises(ValueError, match="nothing to change"):
        instead("a = 1", ("b", "c"))


def test_no_two_exercises_of_the_course_share_a_name():
    names = [exercise.name for book in books() for exercise in book.exercises]
    assert len(names) == len(set(names))
