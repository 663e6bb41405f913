"""Regular expressions of filter patterns take no more time than they need."""

import pytest

from lab_emulators.aws.languages.filter_pattern import compile_pattern


@pytest.mark.parametrize(
    "text, message",
    [
        ("%a.*b.*c%", "ab" * 20_000),
        ("%" + "a?" * 60 + "a" * 60 + "$%", "a" * 59 + "b"),
        ("%a{0,400}a{0,400}b%", "a" * 20_000),
        ("%a+$%", "a" * 200_000 + "b"),
    ],
)
def test_a_text_of_many_ways_is_not_walked_on_each(text: str, message: str) -> None:
    pattern = compile_pattern(text)
    assert pattern.match(message) is None
    assert pattern.match(message.replace("b", "") + "abc" * 2 + "a" * 120) is not None


@pytest.mark.parametrize("message", ["x 10.0.0.1 y", "x" * 50_000 + "10.0.0.1"])
def test_short_and_long_texts_are_searched_alike(message: str) -> None:
    pattern = compile_pattern(r"%\d{1,3}\.\d{1,3}\.\d+\.\d+%")
    assert pattern.match(message) is not None
    assert pattern.match(message.replace(".", "-")) is None
