"""Numbers in digits and in words, rounded as a sentence rounds them."""

import pytest

from lab_helpers.authoring.claims import numerals


@pytest.mark.parametrize(
    ("numeral", "number"),
    [("3,000", 3000), ("2.5", 2.5), ("Twice", 2), ("nothing", 0), ("half", 0.5)],
)
def test_digits_and_words_are_numbers(numeral, number):
    assert numerals.parse(numeral) == number


@pytest.mark.parametrize(
    ("value", "numeral", "approximate", "rounded"),
    [
        (43.84, "44", False, 44),
        (43.84, "40", False, 44),
        (43.84, "40", True, 40),
        (46.2, "40", True, 50),
        (2.449, "2.4", False, 2.4),
        (618.0, "600", True, 600),
        (3.2, "three", False, 3),
    ],
)
def test_a_value_is_rounded_as_the_sentence_rounds(
    value, numeral, approximate, rounded
):
    assert numerals.rounded_as(value, numeral, approximate=approximate) == rounded


def test_about_makes_a_number_approximate():
    assert numerals.is_approximate("it takes about ")
    assert not numerals.is_approximate("it is about time: ")


def test_durations_of_all_units_are_milliseconds():
    text = "700 µs (10 %), 40 ms, 1.2 s and 5 min in 3 bands"
    assert numerals.durations(text) == [0.7, 40, 1200, 300_000]
