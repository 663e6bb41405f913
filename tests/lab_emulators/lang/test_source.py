"""Places in a text, and errors that name them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.lang.source import LocatedError, QueryError, Span, position_of


@pytest.mark.parametrize(
    ("text", "offset", "position"),
    [
        ("", 0, (1, 1)),
        ("abc", 2, (1, 3)),
        ("a\nb", 1, (1, 2)),
        ("a\nb", 2, (2, 1)),
        ("\n\nxy", 3, (3, 2)),
    ],
)
def test_lines_and_columns_count_from_one(
    text: str, offset: int, position: tuple[int, int]
) -> None:
    assert position_of(text, offset) == position


@given(st.lists(st.text("ab ", max_size=4), min_size=1, max_size=5), st.data())
def test_a_position_leads_back_to_the_character(
    lines: list[str], data: st.DataObject
) -> None:
    text = "\n".join(lines)
    offset = data.draw(st.integers(0, len(text)))
    line, column = position_of(text, offset)
    before = sum(len(each) + 1 for each in lines[: line - 1])
    assert before + column - 1 == offset


def test_an_error_of_a_text_ends_with_its_place() -> None:
    error = LocatedError("unexpected ~", "a\n  ~", Span(4, 5))
    assert str(error) == "unexpected ~ at line 2, column 3"
    assert (error.message, error.start, error.end) == ("unexpected ~", 4, 5)
    assert isinstance(error, QueryError)


def test_a_language_words_the_place_in_its_own_way() -> None:
    class RefusalError(LocatedError):
        FORM = "position {position}"

    assert str(RefusalError("no", "abc", Span(2, 3))) == "no at position 3"
