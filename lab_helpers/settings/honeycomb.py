"""Honeycomb among the settings: emulated, forwarded, real, or refused.

Honeycomb is *forwarded* when `HONEYCOMB_API_KEY` is set, is not the lab's key, and
`HONEYCOMB_API_ENDPOINT` is unset or names another machine: the lab answers, and passes
a copy on. It is *emulated* when neither is set, or both are the lab's. Anything between
is an error. `LAB_HONEYCOMB` chooses another mode: *real*, for whose plan has the query
API, or *emulated* although a key is set.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lab_helpers.settings.endpoints import (
    Mode,
    Upstream,
    checked_token,
    checked_url,
    chosen_mode,
    is_loopback,
)
from lab_helpers.settings.envfile import InvalidSettingError, SettingsError

LAB_API_KEY = "localLabKey00000000000"
"""Key that the lab exports: the emulator's, which the real service never issued."""

PORT = 7318
REAL = "https://api.honeycomb.io"
TEAM_HEADER = "x-honeycomb-team"

KEY, ENDPOINT = "HONEYCOMB_API_KEY", "HONEYCOMB_API_ENDPOINT"
MODE = "LAB_HONEYCOMB"

KNOWN = {
    KEY: "HONEYCOMB_API_KEY=<your configuration key>",
    ENDPOINT: "HONEYCOMB_API_ENDPOINT=https://api.eu1.honeycomb.io",
    MODE: f"{MODE}=real",
    "LAB_HONEYCOMB_PORT": f"LAB_HONEYCOMB_PORT={PORT}",
}
"""Every name `.env` may hold for Honeycomb, each with an example."""


@dataclass(frozen=True, slots=True)
class Honeycomb:
    """Honeycomb's REST API: base URL without a path, key, mode.

    Where it is forwarded, endpoint and key are the lab's, and `upstream` has the real
    ones.
    """

    endpoint: str
    api_key: str = field(repr=False)
    mode: Mode
    upstream: Upstream | None = None

    def variables(self) -> dict[str, str]:
        """The same settings as environment variables."""
        return {KEY: self.api_key, ENDPOINT: self.endpoint}

    def at(self, endpoint: str, api_key: str = LAB_API_KEY) -> "Honeycomb":
        """These settings with the lab's `endpoint` unless Honeycomb is real."""
        local = self.mode.is_local and endpoint
        return replace(self, endpoint=endpoint, api_key=api_key) if local else self

    def as_dict(self) -> dict[str, object]:
        """The part of `lab env --json` for Honeycomb; the key that is used is in it."""
        document: dict[str, object] = {
            "endpoint": self.endpoint,
            "api_key": self.api_key,
            "mode": self.mode.value,
        }
        upstream = {"forwarded_to": self.upstream.endpoint} if self.upstream else {}
        return document | upstream


def honeycomb_of(variables: Mapping[str, str], emulator: str) -> Honeycomb:
    """Honeycomb as the variables say, an emulated one at `emulator`; SettingsError."""
    key = variables.get(KEY, "")
    endpoint = checked_url(ENDPOINT, variables.get(ENDPOINT, ""), KNOWN[ENDPOINT])
    endpoint = endpoint.rstrip("/")
    mode = chosen_mode(variables, MODE)
    own_key = key not in ("", LAB_API_KEY)
    local = not endpoint or is_loopback(endpoint)
    if mode is Mode.EMULATED or (mode is None and not own_key and local):
        return Honeycomb(emulator, LAB_API_KEY, Mode.EMULATED)
    if mode is not None and not own_key:
        raise InvalidSettingError(
            MODE,
            f"is {mode}, but there is no key of yours: set {KEY} as well, or remove "
            f"{MODE} to use the lab.",
        )
    _refuse_mixture(endpoint, own_key=own_key)
    upstream = Upstream(endpoint or REAL, checked_token(KEY, key))
    if mode is Mode.REAL:
        return Honeycomb(upstream.endpoint, upstream.key, Mode.REAL)
    return Honeycomb(emulator, LAB_API_KEY, Mode.FORWARDED, upstream)


def _refuse_mixture(endpoint: str, *, own_key: bool) -> None:
    if not own_key:
        raise SettingsError(
            f"{ENDPOINT} is {endpoint}, but there is no key of yours for it: "
            f"set {KEY} as well, or remove {ENDPOINT} to use the lab."
        )
    if endpoint and is_loopback(endpoint):
        raise SettingsError(
            f"{KEY} is a key of your own, but {ENDPOINT} is {endpoint}, on this "
            f"machine: remove {ENDPOINT} to use the real service, or remove {KEY} "
            "to use the lab."
        )
