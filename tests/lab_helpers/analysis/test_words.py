import pytest

from lab_helpers.analysis import words


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0 ms"),
        (0.35, "350 µs"),
        (0.99996, "1 ms"),
        (12.34, "12.3 ms"),
        (999.7, "1 s"),
        (1240, "1.24 s"),
        (90_000, "1.5 min"),
        (-3.5, "-3.5 ms"),
        (float("nan"), "unknown"),
    ],
)
def test_a_duration_takes_the_unit_that_suits_it(ms: float, text: str) -> None:
    assert words.duration(ms) == text


def test_about_rounds_to_one_figure_so_that_sentences_stay_the_same() -> None:
    assert words.about(1814) == words.about(2210) == "2 s"


@pytest.mark.parametrize(
    ("part", "text"),
    [(0, "0 %"), (0.0002, "<0.1 %"), (0.031, "3.1 %"), (0.5, "50 %"), (1, "100 %")],
)
def test_a_real_share_never_reads_as_nothing(part: float, text: str) -> None:
    assert words.share(part) == text


def test_one_is_singular_and_thousands_are_separated() -> None:
    assert words.plural(1, "span") == "1 span"
    assert words.plural(12345, "span") == "12,345 spans"
