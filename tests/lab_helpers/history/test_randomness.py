"""Random numbers that are the same everywhere."""

import math

import numpy as np
import pytest

from lab_helpers.history.randomness import (
    Choices,
    exponential,
    hexadecimal,
    key_of,
    mix,
    normal,
    uniform,
    words,
)

MANY = np.arange(100_000, dtype=np.uint64)


def test_the_words_are_those_of_splitmix64():
    """Its published reference values for the seed 1234567."""
    gamma, seed = 0x9E3779B97F4A7C15, 1234567
    assert [mix((seed + turn * gamma) % 2**64) for turn in (1, 2, 3)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


def test_a_number_and_an_array_are_mixed_alike():
    assert words(7, MANY[:1])[0] == mix(7)
    assert mix(MANY[:5]).tolist() == [mix(number) for number in range(5)]


def test_a_key_is_always_the_same_and_depends_on_every_name():
    assert key_of(7, "home") == 6514774213968355949
    assert len({key_of(7, "a"), key_of(8, "a"), key_of(7, "b"), key_of(7, "a", 0)}) == 4


def test_different_numbers_have_different_words():
    assert len(np.unique(words(key_of("ids"), MANY))) == len(MANY)


def test_uniform_numbers_fill_the_interval():
    drawn = uniform(key_of("uniform"), MANY)
    assert 0 <= drawn.min() < 0.0001 and 0.9999 < drawn.max() < 1
    assert drawn.mean() == pytest.approx(0.5, abs=0.005)


def test_normal_numbers_have_the_quantiles_of_the_normal_distribution():
    drawn = normal(key_of("normal"), MANY)
    for quantile, expected in ((0.05, -1.645), (0.5, 0), (0.9, 1.2816), (0.99, 2.326)):
        assert np.quantile(drawn, quantile) == pytest.approx(expected, abs=0.03)


def test_the_exponential_is_that_of_the_library_to_ten_digits():
    powers = np.linspace(-9, 9, 181)
    expected = [math.exp(power) for power in powers]
    assert exponential(powers) == pytest.approx(expected, rel=1e-10)


def test_choices_have_their_weights_and_bounds():
    choices = Choices(key_of("choices"))
    drawn = [choices.choices("ab", [3, 1])[0] for _ in range(4000)]
    assert drawn.count("a") == pytest.approx(3000, abs=140)
    assert {choices.randint(1, 3) for _ in range(100)} == {1, 2, 3}
    assert {choices.choice("xyz") for _ in range(100)} == set("xyz")


def test_words_as_text_have_sixteen_digits():
    assert hexadecimal(np.array([1, 2**64 - 1], np.uint64)).tolist() == [
        "0000000000000001",
        "ffffffffffffffff",
    ]
