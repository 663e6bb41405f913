"""Endpoints of vendors: the three modes, and URLs that say which of them is set."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from lab_helpers.settings.envfile import InvalidSettingError


class Mode(StrEnum):
    """Mode of a vendor: `emulated` on this machine, or `real`.

    `forwarded` is emulated, and the lab passes a copy on to the real service.
    """

    EMULATED = "emulated"
    FORWARDED = "forwarded"
    REAL = "real"

    @property
    def is_local(self) -> bool:
        """True where the lab takes what is sent, and answers what is asked."""
        return self is not Mode.REAL


@dataclass(frozen=True, slots=True)
class Upstream:
    """The real service that the lab forwards to: base URL without a path, and key."""

    endpoint: str
    key: str = field(repr=False)


def chosen_mode(variables: Mapping[str, str], name: str) -> Mode | None:
    """The mode that the variable `name` holds, if any; else InvalidSettingError."""
    text = variables.get(name, "")
    if text and text not in set(Mode):
        raise InvalidSettingError(
            name,
            f"is {text!r}; expected {', '.join(Mode)}. Right would be: {name}=real",
        )
    return Mode(text) if text else None


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
