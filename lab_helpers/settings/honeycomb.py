"""Honeycomb among the settings: emulated, real, or neither and therefore refused.

Honeycomb is *real* when `HONEYCOMB_API_KEY` is set, is not the lab's key, and
`HONEYCOMB_API_ENDPOINT` is unset or names another machine. It is *emulated* when
neither is set, or both are the lab's. Anything between the two is an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lab_helpers.settings.endpoints import Mode, checked_token, checked_url, is_loopback
from lab_helpers.settings.envfile import SettingsError

LAB_API_KEY = "localLabKey00000000000"
"""Key that the lab exports: the emulator's, which the real service never issued."""

PORT = 7318
REAL = "https://api.honeycomb.io"
TEAM_HEADER = "x-honeycomb-team"

KEY, ENDPOINT = "HONEYCOMB_API_KEY", "HONEYCOMB_API_ENDPOINT"

KNOWN = {
    KEY: "HONEYCOMB_API_KEY=<your configuration key>",
    ENDPOINT: "HONEYCOMB_API_ENDPOINT=https://api.eu1.honeycomb.io",
    "LAB_HONEYCOMB_PORT": f"LAB_HONEYCOMB_PORT={PORT}",
}
"""Every name `.env` may hold for Honeycomb, each with an example."""


@dataclass(frozen=True, slots=True)
class Honeycomb:
    """Honeycomb's REST API: base URL without a path, key, mode."""

    endpoint: str
    api_key: str = field(repr=False)
    mode: Mode

    def variables(self) -> dict[str, str]:
        """The same settings as environment variables."""
        return {KEY: self.api_key, ENDPOINT: self.endpoint}

    def at(self, endpoint: str, api_key: str = LAB_API_KEY) -> "Honeycomb":
        """These settings with the lab's `endpoint` if Honeycomb is emulated."""
        emulated = self.mode is Mode.EMULATED and endpoint
        return replace(self, endpoint=endpoint, api_key=api_key) if emulated else self

    def as_dict(self) -> dict[str, object]:
        """The part of `lab env --json` for Honeycomb; the key is in it."""
        return {
            "endpoint": self.endpoint,
            "api_key": self.api_key,
            "mode": self.mode.value,
        }


def honeycomb_of(variables: Mapping[str, str], emulator: str) -> Honeycomb:
    """Honeycomb as the variables say, an emulated one at `emulator`; SettingsError."""
    key = variables.get(KEY, "")
    endpoint = checked_url(ENDPOINT, variables.get(ENDPOINT, ""), KNOWN[ENDPOINT])
    endpoint = endpoint.rstrip("/")
    own_key = key not in ("", LAB_API_KEY)
    local = not endpoint or is_loopback(endpoint)
    if not own_key and local:
        return Honeycomb(emulator, LAB_API_KEY, Mode.EMULATED)
    _refuse_mixture(endpoint, own_key=own_key)
    return Honeycomb(endpoint or REAL, checked_token(KEY, key), Mode.REAL)


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
