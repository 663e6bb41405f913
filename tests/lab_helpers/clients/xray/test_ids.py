import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_helpers.clients import w3c_id, xray_id

W3C = "5759e988bd862e3fe1be46a994272793"
XRAY = "1-5759e988-bd862e3fe1be46a994272793"


@pytest.mark.parametrize("given_id", [W3C, XRAY, int(W3C, 16), f" {W3C.upper()} "])
def test_every_way_to_write_an_id_leads_to_both_forms(given_id: str | int) -> None:
    assert (xray_id(given_id), w3c_id(given_id)) == (XRAY, W3C)


@given(st.integers(0, 2**128 - 1))
def test_no_digit_is_lost_on_the_way_there_and_back(number: int) -> None:
    assert int(w3c_id(xray_id(number)), 16) == number


@pytest.mark.parametrize("wrong", ["", "1-5759e988", XRAY[2:], XRAY + "0", "g" * 32])
def test_what_is_no_trace_id_is_named(wrong: str) -> None:
    with pytest.raises(ValueError, match="is no trace id"):
        xray_id(wrong)
