"""What the store's regular expressions take."""

import pytest

from lab_emulators.store.query.regexes import finds, has_group, pattern_error


@pytest.mark.parametrize("pattern", ["", "^a.c$", r"\d+", "(?P<n>x)", "(?i)a", r"\pL"])
def test_what_re2_takes_is_right(pattern: str) -> None:
    assert pattern_error(pattern) is None


@pytest.mark.parametrize("pattern", ["(", "a**", "(?=x)", r"(a)\1", "[z-a]"])
def test_what_re2_does_not_take_is_wrong(pattern: str) -> None:
    assert pattern_error(pattern)


@pytest.mark.parametrize(
    "pattern, expected",
    [
        ("a(b)", True),
        ("(?P<name>b)", True),
        ("a", False),
        ("(?:a)", False),
        ("(?i)a", False),
        (r"\(a\)", False),
        ("[(]", False),
        ("[]()]", False),
        (r"[\](]", False),
        ("[[:alpha:](]", False),
        (r"\Q(\E", False),
        (r"\Q(\E(a)", True),
        (r"\\(a)", True),
    ],
)
def test_groups_are_told_from_parentheses(pattern: str, *, expected: bool) -> None:
    assert has_group(pattern) is expected


@pytest.mark.parametrize(
    "pattern, text, expected",
    [
        ("b+$", "abb", True),
        ("^b", "abb", False),
        ("é.", "xé\x00", True),
        ("a", "\ud800a", True),
        ("(a*)*b", "a" * 100_000, False),
    ],
)
def test_a_pattern_is_found_in_a_text(
    pattern: str, text: str, *, expected: bool
) -> None:
    assert finds(pattern, text) is expected
