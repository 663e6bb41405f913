"""Tokens of pages, as each service names and refuses them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.paging import CLOUDWATCH, LOGS, XRAY


@given(st.lists(st.integers(), max_size=30), st.integers(1, 7))
def test_pages_together_are_the_list(items, size):
    found, token = [], None
    while True:
        page, rest = LOGS.page_of(items, token, size)
        assert len(page) <= size
        found += page
        token = rest.get("nextToken")
        if token is None:
            break
    assert found == items


@given(st.text(min_size=1, max_size=20))
def test_any_text_is_a_token_or_refused(token):
    try:
        XRAY.page_of([1, 2], token, 1)
    except AwsError as error:
        assert error.code == "InvalidRequestException"


@pytest.mark.parametrize(
    ("paging", "code", "message"),
    [
        (
            LOGS,
            "InvalidParameterException",
            "The specified nextToken is invalid.",
        ),
        (XRAY, "InvalidRequestException", "Invalid NextToken"),
        (CLOUDWATCH, "InvalidNextToken", "The next token specified is invalid."),
    ],
)
@pytest.mark.parametrize("token", ["x", "YXQg", "YXQgLTE=", "é", "at 1"])
def test_a_token_never_given_is_refused_in_the_words_of_the_service(
    paging, code, message, token
):
    with pytest.raises(AwsError) as refused:
        paging.page_of([1, 2], token, 1)
    assert (refused.value.code, refused.value.message) == (code, message)
