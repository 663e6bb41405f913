"""AWS among the settings: emulated, real, or neither and therefore refused.

AWS is *real* when there are credentials of your own (an access key id that is not a
placeholder, a session token, or a profile) and no endpoint on this machine. It is
*emulated* when there are none, whatever your shared configuration files hold: the
lab points AWS's libraries at an empty file, and at placeholder keys. Your own
credentials never go to an endpoint on this machine: that is an error, as is an
endpoint on another machine without credentials.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from lab_helpers.settings.endpoints import Mode, checked_url, is_loopback
from lab_helpers.settings.envfile import SettingsError

LAB_KEY_ID, LAB_SECRET = "lab-no-real-key", "lab-no-real-secret"
"""Credentials of the lab: shaped so that nobody, and not AWS, takes them for a key."""

REGION = "us-east-1"
EMPTY_CONFIG = "empty-aws-config"
"""The file in the state folder that stands for AWS's shared configuration files."""

PORT = 7320

ENDPOINT, KEY_ID, SECRET, TOKEN = (
    "AWS_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
)
PROFILE, OLD_PROFILE = "AWS_PROFILE", "AWS_DEFAULT_PROFILE"
DEFAULT_REGION, OTHER_REGION = "AWS_DEFAULT_REGION", "AWS_REGION"
_IGNORED = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"

KNOWN = {
    KEY_ID: "AWS_ACCESS_KEY_ID=<your access key id>",
    SECRET: "AWS_SECRET_ACCESS_KEY=<your secret access key>",
    TOKEN: "AWS_SESSION_TOKEN=<of temporary credentials>",
    PROFILE: "AWS_PROFILE=<a profile of your AWS configuration>",
    DEFAULT_REGION: "AWS_DEFAULT_REGION=eu-central-1",
    ENDPOINT: "AWS_ENDPOINT_URL=https://xray.eu-central-1.amazonaws.com",
    "LAB_AWS_PORT": f"LAB_AWS_PORT={PORT}",
}
"""Every name `.env` may hold for AWS, each with an example of what would be right."""

_PLACEHOLDERS = frozenset({"", LAB_KEY_ID, "test", "testing", "dummy", "fake", "lab"})


@dataclass(frozen=True, slots=True)
class Aws:
    """AWS: endpoint (empty: AWS's own), region, credentials, mode.

    With a profile, `region` and the keys may be empty: then the profile's hold.
    `empty_config` is an empty file that stands for the shared configuration files.
    """

    endpoint: str
    region: str
    access_key_id: str
    mode: Mode
    secret_access_key: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)
    profile: str = ""
    empty_config: Path = Path()

    def variables(self) -> dict[str, str]:
        """The same settings as environment variables of AWS's libraries."""
        values = {
            ENDPOINT: self.endpoint,
            KEY_ID: self.access_key_id,
            SECRET: self.secret_access_key,
            TOKEN: self.session_token,
            PROFILE: self.profile,
            DEFAULT_REGION: self.region,
        }
        if self.mode is Mode.EMULATED:
            values |= {
                "AWS_CONFIG_FILE": str(self.empty_config),
                "AWS_SHARED_CREDENTIALS_FILE": str(self.empty_config),
                "AWS_EC2_METADATA_DISABLED": "true",
            }
        return {name: value for name, value in values.items() if value}

    def as_dict(self) -> dict[str, object]:
        """The part of `lab env --json` for AWS, without the secret key."""
        return {
            "endpoint": self.endpoint,
            "region": self.region,
            "access_key_id": self.access_key_id,
            "mode": self.mode.value,
        }

    def at(self, endpoint: str) -> "Aws":
        """These settings with the lab's `endpoint` if AWS is emulated."""
        emulated = self.mode is Mode.EMULATED and endpoint
        return replace(self, endpoint=endpoint) if emulated else self


def aws_of(variables: Mapping[str, str], emulator: str, empty_config: Path) -> Aws:
    """AWS as the variables say, an emulated one at `emulator`; raises SettingsError."""
    endpoints = dict(_endpoints(variables))
    own = _own_credentials(variables)
    region = variables.get(DEFAULT_REGION, "") or variables.get(OTHER_REGION, "")
    if not own:
        _refuse_elsewhere(variables, endpoints)
        return Aws(
            emulator,
            region or REGION,
            LAB_KEY_ID,
            Mode.EMULATED,
            LAB_SECRET,
            empty_config=empty_config,
        )
    _refuse_mixture(variables, own, endpoints)
    profile = variables.get(PROFILE, "") or variables.get(OLD_PROFILE, "")
    return Aws(
        endpoints.get(ENDPOINT, ""),
        region or ("" if profile else REGION),
        variables.get(KEY_ID, ""),
        Mode.REAL,
        variables.get(SECRET, ""),
        variables.get(TOKEN, ""),
        profile,
    )


def notes(variables: Mapping[str, str]) -> Iterator[str]:
    """Sentences on settings that are allowed but seldom meant."""
    for name, url in _endpoints(variables):
        if name != ENDPOINT:
            yield f"{name} is set to {url} and wins over {ENDPOINT}."


def _own_credentials(variables: Mapping[str, str]) -> str:
    """The first variable that holds credentials of the reader's own, or nothing."""
    if variables.get(KEY_ID, "") not in _PLACEHOLDERS:
        return KEY_ID
    names = (TOKEN, PROFILE, OLD_PROFILE)
    return next((name for name in names if variables.get(name)), "")


def _endpoints(variables: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The general endpoint and those of single services, checked to be URLs."""
    for name in sorted(variables):
        if name == ENDPOINT or name.startswith(f"{ENDPOINT}_"):
            example = KNOWN[ENDPOINT].replace(ENDPOINT, name)
            yield name, checked_url(name, variables[name], example).rstrip("/")


def _refuse_elsewhere(
    variables: Mapping[str, str], endpoints: Mapping[str, str]
) -> None:
    for name, url in endpoints.items():
        if not is_loopback(url):
            raise SettingsError(
                f"{name} is {url}, but there are no AWS credentials of yours for it: "
                f"set {KEY_ID} and {SECRET} (or {PROFILE}) as well, or remove {name} "
                "to use the lab."
            )
    if variables.get(_IGNORED, "").lower() == "true":
        raise SettingsError(
            f"{_IGNORED} is true, so AWS's libraries would not find the lab: remove it."
        )


def _refuse_mixture(
    variables: Mapping[str, str], own: str, endpoints: Mapping[str, str]
) -> None:
    for name, url in endpoints.items():
        if is_loopback(url):
            raise SettingsError(
                f"{own} holds AWS credentials of your own, but {name} is {url}, on "
                f"this machine: remove {name} to use the real AWS, or remove {own} to "
                "use the lab."
            )
    secret = variables.get(SECRET, "")
    if own == KEY_ID and secret in ("", LAB_SECRET):
        raise SettingsError(f"{KEY_ID} is yours, but {SECRET} is missing: set it too.")
    if own == TOKEN:
        raise SettingsError(
            f"{TOKEN} is set without an access key: set {KEY_ID} and {SECRET} as well, "
            f"or remove {TOKEN}."
        )
