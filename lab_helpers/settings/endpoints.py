"""Endpoints of vendors: the two modes, and URLs that say which of them is set."""

import ipaddress
from enum import StrEnum
from urllib.parse import urlsplit

from lab_helpers.settings.envfile import InvalidSettingError


class Mode(StrEnum):
    """Mode of a vendor: `emulated` on this machine, or `real`."""

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
    """`value` if it is empty or an HTTP URL, else InvalidSettingError names `name`."""
    try:
        parts = urlsplit(value)
        fine = parts.scheme in ("http", "https") and parts.hostname
        _ = parts.port
    except ValueError:
        fine = False
    if value and not fine:
        raise InvalidSettingError(
            name, f"is {value!r}, which is not a URL. Right would be: {example}"
        )
    return value


def checked_token(name: str, value: str) -> str:
    """`value` if it can be a key or token, else InvalidSettingError names `name`."""
    if any(character.isspace() for character in value) or not value.isascii():
        raise InvalidSettingError(
            name, "holds a space or a character outside ASCII: copy it once more."
        )
    return value
