"""Where a vendor's calls go: the two modes, and URLs that say which one."""

import ipaddress
from enum import StrEnum
from urllib.parse import urlsplit

from lab_helpers.settings.envfile import UnmeantValueError


class Mode(StrEnum):
    """Where a vendor's calls go: `emulated` on this machine, `real` at the vendor."""

    EMULATED = "emulated"
    REAL = "real"


def is_loopback(url: str) -> bool:
    """True when the URL's host is this machine (`localhost`, 127.0.0.0/8, ::1)."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def checked_url(name: str, value: str, example: str) -> str:
    """`value` if it is empty or an HTTP URL; raises UnmeantValueError naming `name`."""
    try:
        parts = urlsplit(value)
        fine = parts.scheme in ("http", "https") and parts.hostname
        _ = parts.port
    except ValueError:
        fine = False
    if value and not fine:
        raise UnmeantValueError(
            name, f"is {value!r}, which is not a URL. Right would be: {example}"
        )
    return value
