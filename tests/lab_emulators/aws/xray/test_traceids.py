"""Trace ids in two spellings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.aws.xray.traceids import to_w3c, to_xray


@given(st.binary(min_size=16, max_size=16))
def test_there_and_back_is_the_same_id(identity):
    assert to_w3c(to_xray(identity.hex())) == identity.hex()


@pytest.mark.parametrize("text", ["", "1-2-3", "g" * 32, "0" * 33, "5" * 32 + "\n"])
def test_what_is_no_trace_id_is_refused(text):
    with pytest.raises(ValueError, match="is not"):
        to_xray(text)
    with pytest.raises(ValueError, match="is not"):
        to_w3c(text)
