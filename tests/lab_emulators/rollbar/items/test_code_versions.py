"""Whether code is older than a fix."""

import pytest

from lab_emulators.rollbar.items.code_versions import is_fixed_later

SHA, OTHER = "3da541559918a808", "99a8fc0d45b7bbbb"


@pytest.mark.parametrize(
    ("version", "fixed_in", "older"),
    [
        ("1.9", "1.10", True),
        ("1.10", "1.9", False),
        ("2", "2.0.0", False),
        ("v1.2.3", "1.2.4", True),
        ("45", "46", True),
        ("1.2", "1.2", False),
        ("", "1.2", False),
        ("1.2", "", False),
        (SHA, SHA, False),
        (SHA, OTHER, True),  # it was seen before
        ("1.0", OTHER, False),
    ],
)
def test_numbers_are_compared_and_commits_are_old_where_they_were_seen(
    version, fixed_in, older
):
    assert is_fixed_later(version, fixed_in, {SHA}) is older
