"""One trace id in two spellings: X-Ray's `1-5759e988-bd86…` and W3C's 32 digits."""

import re

_XRAY = re.compile(r"1-([0-9a-fA-F]{8})-([0-9a-fA-F]{24})")
_W3C = re.compile(r"([0-9a-fA-F]{8})([0-9a-fA-F]{24})")


def to_xray(trace_id: str) -> str:
    """X-Ray's spelling of 32 hexadecimal digits; ValueError if they are not that.

    >>> to_xray("5759e988bd862e3fe1be46a994272793")
    '1-5759e988-bd862e3fe1be46a994272793'
    """
    found = _W3C.fullmatch(trace_id)
    if not found:
        raise ValueError(f"{trace_id!r} is not 32 hexadecimal digits")
    return f"1-{found[1]}-{found[2]}".lower()


def to_w3c(trace_id: str) -> str:
    """The 32 hexadecimal digits of an X-Ray trace id; ValueError if it is none.

    >>> to_w3c("1-5759e988-bd862e3fe1be46a994272793")
    '5759e988bd862e3fe1be46a994272793'
    """
    found = _XRAY.fullmatch(trace_id)
    if not found:
        raise ValueError(f"{trace_id!r} is not an X-Ray trace id")
    return f"{found[1]}{found[2]}".lower()
