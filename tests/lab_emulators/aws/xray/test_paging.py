"""NextToken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.xray.paging import page_of


@given(st.lists(st.integers(), max_size=30), st.integers(1, 7))
def test_pages_together_are_the_list(items, size):
    found, token = [], None
    while True:
        page, rest = page_of(items, token, size)
        assert len(page) <= size
        found += page
        token = rest.get("NextToken")
        if token is None:
            break
    assert found == items


@given(st.text(min_size=1, max_size=20))
def test_any_text_is_a_token_or_refused(token):
    try:
        page_of([1, 2], token, 1)
    except AwsError as error:
        assert error.code == "InvalidRequestException"


@pytest.mark.parametrize("token", ["x", "YWZ0ZXI=", "YWZ0ZXIgLTE=", "é", "after 1"])
def test_a_token_never_given_is_refused(token):
    with pytest.raises(AwsError, match="NextToken"):
        page_of([1, 2], token, 1)
