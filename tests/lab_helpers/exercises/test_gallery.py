"""After an exercise is solved: three answers of classmates, and the check's words."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from lab_helpers.exercises import State, Wrong, books, gallery_of

RIGHT = "double = lambda x: 2 * x"
COURSE = [exercise for book in books() for exercise in book.exercises]


@pytest.fixture
def rich(double):
    wrong = {
        name: Wrong(f"def double(x):\n    return {body}", f"says <{name}>")
        for name, body in [("adds", "2 + x"), ("squares", "x**2"), ("halves", "x / 2")]
    }
    return replace(double, wrong=wrong, right={"sums": "double = lambda x: x + x"})


class Folded(HTMLParser):
    """The text inside and outside of <details>."""

    def __init__(self, source):
        super().__init__()
        self.depth, self.inside, self.outside = 0, "", ""
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.depth += tag == "details"

    def handle_endtag(self, tag):
        self.depth -= tag == "details"

    def handle_data(self, data):
        if self.depth:
            self.inside += data
        else:
            self.outside += data


def test_before_it_is_solved_it_says_to_solve_it_first(desk):
    sat = desk()
    assert repr(sat.others("double")).startswith("to do: Double a number. Solve it")
    sat.namespace["double"] = lambda x: 0
    sat.check("double")
    assert sat.others("double").state is State.NOT_YET
    assert "return" not in repr(sat.others("double"))


def test_once_solved_it_shows_what_classmates_wrote(desk):
    sat = desk(RIGHT)
    sat.check("double")
    assert "return 2 + x" in repr(sat.others("double"))


def test_one_of_three_is_right_and_two_are_wrong_with_the_checks_words(rich):
    comments = [answer.comment for answer in gallery_of(rich).answers]
    assert len(comments) == 3
    assert [c for c in comments if c.startswith("is right, too (sums). Twice is")]
    wrong = [c for c in comments if c.startswith("is wrong (")]
    assert len(wrong) == 2 and all("The check says: … says <" in c for c in wrong)


def test_the_reference_stands_for_the_right_one_where_no_other_is_known(rich):
    sources = [a.source for a in gallery_of(replace(rich, right={})).answers]
    assert rich.solution in sources


def test_the_same_name_gives_the_same_gallery_and_other_names_other_orders(rich):
    assert gallery_of(rich) == gallery_of(rich)
    names = [f"exercise-{number}" for number in range(12)]
    orders = {
        tuple(a.source for a in gallery_of(replace(rich, name=name)).answers)
        for name in names
    }
    assert len(orders) > 3


def test_in_html_the_verdicts_are_folded_and_nothing_of_an_answer_is_markup(rich):
    page = Folded(gallery_of(rich)._repr_html_())
    assert "is right" in page.inside and "says <" in page.inside
    assert "is right" not in page.outside and "says <" not in page.outside
    assert page.outside.count("double") >= 3


def test_as_text_the_verdicts_come_after_a_line(rich):
    above, below = repr(gallery_of(rich)).split("-" * 60)
    assert "is wrong" not in above and below.count("is wrong") == 2
    assert [line[0] for line in below.strip().splitlines()] == ["A", "B", "C"]


def test_a_mistyped_name_is_answered_with_the_nearest_one(desk):
    with pytest.raises(LookupError, match="is it 'double'"):
        desk().others("duoble")


@pytest.mark.parametrize("exercise", COURSE, ids=lambda exercise: exercise.name)
def test_each_exercise_of_the_course_has_a_gallery_of_three_different_answers(exercise):
    answers = gallery_of(exercise).answers
    assert len({answer.source for answer in answers}) == 3
    assert sum(answer.comment.startswith("is right") for answer in answers) == 1
