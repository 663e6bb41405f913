"""How a verdict names a value of the student's."""

import pytest

from lab_helpers.exercises.checking.values import described


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("20", "'20', a str"),
        (20, "20, an int"),
        (0.5, "0.5, a float"),
        (None, "None"),
        ({"a": [1]}, "{'a': [1]}, a dict"),
    ],
)
def test_a_value_is_named_with_its_type(value, words):
    assert described(value) == words


def test_a_long_value_is_shortened_and_still_has_its_type():
    words = described(["name"] * 100)
    assert words == "['name', 'name', 'name', 'name', ...], a list"
    assert len(described("x" * 1000)) < 100
