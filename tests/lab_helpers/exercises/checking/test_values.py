from enum import Enum

from lab_helpers.exercises.checking.values import described


class Status(Enum):
    UNSET = 0


def test_a_value_is_said_with_its_type():
    assert described("UNSET") == "'UNSET' (a str)"
    assert described(4) == "4 (an int)"
    assert described(["a"]) == "['a'] (a list)"
    assert described(Status.UNSET) == "<Status.UNSET: 0> (a Status)"


def test_nothing_has_no_type_worth_a_word():
    assert described(None) == "None"


def test_a_long_value_is_shortened():
    assert len(described("long" * 100)) < 100
    assert described(list(range(100))) == "[0, 1, 2, 3, 4, 5, ...] (a list)"
