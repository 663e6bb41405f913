"""Rollbar among the settings: emulated, forwarded, real, or refused.

Rollbar is *real* when `ROLLBAR_ACCESS_TOKEN` is a token of your own and no endpoint on
this machine is named. It is *emulated* when there is none. A token of your own never
goes to an endpoint on this machine: that is an error, as is an endpoint on another
machine, or a token for reading, without one for reporting. `LAB_ROLLBAR` chooses
another mode: *forwarded*, where the lab answers and passes a copy of each item on, or
*emulated* although a token is set.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from lab_helpers.settings.endpoints import (
    Mode,
    Upstream,
    checked_token,
    checked_url,
    chosen_mode,
    is_loopback,
)
from lab_helpers.settings.envfile import InvalidSettingError, SettingsError

LAB_ACCESS_TOKEN = "1abfake0000000000000000005e47e40"
LAB_READ_TOKEN = "1abfake000000000000000000004ead0"
LAB_WRITE_TOKEN = "1abfake00000000000000000000f417e"
"""Tokens that the lab exports: as long as a real token, and no hexadecimal number."""

PORT = 7321
REAL = "https://api.rollbar.com/api/1/"
PATH = "/api/1/"

TOKEN, ENDPOINT, READ, WRITE = (
    "ROLLBAR_ACCESS_TOKEN",
    "ROLLBAR_ENDPOINT",
    "ROLLBAR_READ_TOKEN",
    "ROLLBAR_WRITE_TOKEN",
)
MODE = "LAB_ROLLBAR"

KNOWN = {
    TOKEN: "ROLLBAR_ACCESS_TOKEN=<your project's post_server_item token>",
    READ: "ROLLBAR_READ_TOKEN=<your project's read token>",
    WRITE: "ROLLBAR_WRITE_TOKEN=<your project's write token>",
    ENDPOINT: f"ROLLBAR_ENDPOINT={REAL}",
    MODE: f"{MODE}=forwarded",
    "LAB_ROLLBAR_PORT": f"LAB_ROLLBAR_PORT={PORT}",
}
"""Every name `.env` may hold for Rollbar, each with an example that would be right."""

_LABS = {TOKEN: LAB_ACCESS_TOKEN, READ: LAB_READ_TOKEN, WRITE: LAB_WRITE_TOKEN}


@dataclass(frozen=True, slots=True)
class Rollbar:
    """Rollbar: base URL with its path and a slash at the end, tokens, mode.

    `access_token` reports, `read_token` reads, `write_token` changes items; the last
    two are empty where a real project's are not set. Where it is forwarded, all of them
    are the lab's, and `upstream` has the real endpoint and token.
    """

    endpoint: str
    access_token: str = field(repr=False)
    read_token: str = field(repr=False)
    write_token: str = field(repr=False)
    mode: Mode
    upstream: Upstream | None = None

    def variables(self) -> dict[str, str]:
        """The same settings as environment variables."""
        values = {
            TOKEN: self.access_token,
            ENDPOINT: self.endpoint,
            READ: self.read_token,
            WRITE: self.write_token,
        }
        return {name: value for name, value in values.items() if value}

    def at(self, endpoint: str) -> "Rollbar":
        """These settings with the lab's `endpoint` unless Rollbar is real."""
        local = self.mode.is_local and endpoint
        return replace(self, endpoint=endpoint) if local else self

    def as_dict(self) -> dict[str, object]:
        """The part of `lab env --json` for Rollbar; the tokens in use are in it."""
        document: dict[str, object] = {
            "endpoint": self.endpoint,
            "access_token": self.access_token,
            "read_token": self.read_token,
            "write_token": self.write_token,
            "mode": self.mode.value,
        }
        upstream = {"forwarded_to": self.upstream.endpoint} if self.upstream else {}
        return document | upstream


def rollbar_of(variables: Mapping[str, str], emulator: str) -> Rollbar:
    """Rollbar as the variables say, an emulated one at `emulator`; SettingsError."""
    mode, endpoint = chosen_mode(variables, MODE), _endpoint(variables)
    labs = (emulator, LAB_ACCESS_TOKEN, LAB_READ_TOKEN, LAB_WRITE_TOKEN)
    if mode is Mode.EMULATED:
        return Rollbar(*labs, Mode.EMULATED)
    own = {name: _own_token(variables, name) for name in _LABS}
    if own[TOKEN]:
        _refuse_mixture(endpoint)
        real = endpoint or REAL
        if mode is Mode.FORWARDED:
            upstream = Upstream(real.removesuffix(PATH), own[TOKEN])
            return Rollbar(*labs, Mode.FORWARDED, upstream)
        return Rollbar(real, own[TOKEN], own[READ], own[WRITE], Mode.REAL)
    if mode is not None:
        raise InvalidSettingError(
            MODE,
            f"is {mode}, but there is no token of yours: set {TOKEN} as well, or "
            f"remove {MODE} to use the lab.",
        )
    _refuse_elsewhere(endpoint)
    for name in (READ, WRITE):
        if own[name]:
            raise SettingsError(
                f"{name} is a token of your own, but {TOKEN} is not: set {TOKEN} as "
                f"well to use the real service, or remove {name} to use the lab."
            )
    return Rollbar(*labs, Mode.EMULATED)


def notes(rollbar: Rollbar) -> Iterator[str]:
    """Sentences on settings that are allowed but seldom meant."""
    if rollbar.mode is Mode.REAL and not rollbar.read_token:
        yield f"Rollbar is real, but {READ} is not set: its items cannot be read back."


def _own_token(variables: Mapping[str, str], name: str) -> str:
    """A token of the reader's own, or nothing; InvalidSettingError if it cannot be."""
    value = variables.get(name, "")
    if value == _LABS[name]:
        return ""
    if value in _LABS.values():
        raise InvalidSettingError(name, "is another of the lab's tokens: remove it.")
    return checked_token(name, value)


def _endpoint(variables: Mapping[str, str]) -> str:
    endpoint = checked_url(ENDPOINT, variables.get(ENDPOINT, ""), KNOWN[ENDPOINT])
    if endpoint and not urlsplit(endpoint).path.endswith(PATH):
        raise InvalidSettingError(
            ENDPOINT,
            f"is {endpoint}, which does not end in {PATH}: pyrollbar would ask another "
            f"path. Right would be: {KNOWN[ENDPOINT]}",
        )
    return endpoint


def _refuse_mixture(endpoint: str) -> None:
    if endpoint and is_loopback(endpoint):
        raise SettingsError(
            f"{TOKEN} is a token of your own, but {ENDPOINT} is {endpoint}, on this "
            f"machine: remove {ENDPOINT} to use the real service, or remove {TOKEN} to "
            "use the lab."
        )


def _refuse_elsewhere(endpoint: str) -> None:
    if endpoint and not is_loopback(endpoint):
        raise SettingsError(
            f"{ENDPOINT} is {endpoint}, but there is no token of yours for it: set "
            f"{TOKEN} as well, or remove {ENDPOINT} to use the lab."
        )
