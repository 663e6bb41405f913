"""Trace ids in two notations: X-Ray's and that of W3C Trace Context.

Both are the same 128 bits; AWS documents the mapping under "Sending trace data".
"""

import re

HEX32 = re.compile(r"[0-9a-f]{32}")
XRAY = re.compile(r"1-([0-9a-f]{8})-([0-9a-f]{24})")


def xray_id(trace_id: str | int) -> str:
    """A trace id as X-Ray writes it, from either form or OpenTelemetry's integer.

    ValueError if it is none of them.

    >>> xray_id("5759e988bd862e3fe1be46a994272793")
    '1-5759e988-bd862e3fe1be46a994272793'
    """
    plain = w3c_id(trace_id)
    return f"1-{plain[:8]}-{plain[8:]}"


def w3c_id(trace_id: str | int) -> str:
    """A trace id as 32 hexadecimal digits, from any of the three forms.

    >>> w3c_id("1-5759e988-bd862e3fe1be46a994272793")
    '5759e988bd862e3fe1be46a994272793'
    """
    if isinstance(trace_id, int):
        return f"{trace_id:032x}"
    text = trace_id.strip().lower()
    match = XRAY.fullmatch(text)
    plain = "".join(match.groups()) if match else text
    if not HEX32.fullmatch(plain):
        raise ValueError(
            f"{trace_id!r} is no trace id: neither 1-<8 digits>-<24 digits> nor 32 "
            "hexadecimal digits"
        )
    return plain
