"""AWS and X-Ray among the settings: emulated, real, or neither and therefore refused.

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
"""What the lab exports: shaped so that nobody, and not AWS, takes it for a key."""

REGION = "us-east-1"
AWS_PORT, XRAY_PORT = 7320, 2000

ENDPOINT, KEY_ID, SECRET, TOKEN = (
    "AWS_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
)
PROFILE, OLD_PROFILE = "AWS_PROFILE", "AWS_DEFAULT_PROFILE"
DEFAULT_REGION, OTHER_REGION = "AWS_DEFAULT_REGION", "AWS_REGION"
DAEMON = "AWS_XRAY_DAEMON_ADDRESS"
_IGNORED = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"

KNOWN = {
    KEY_ID: "AWS_ACCESS_KEY_ID=<your access key id>",
    SECRET: "AWS_SECRET_ACCESS_KEY=<your secret access key>",
    TOKEN: "AWS_SESSION_TOKEN=<of temporary credentials>",
    PROFILE: "AWS_PROFILE=<a profile of your AWS configuration>",
    DEFAULT_REGION: "AWS_DEFAULT_REGION=eu-central-1",
    ENDPOINT: "AWS_ENDPOINT_URL=https://xray.eu-central-1.amazonaws.com",
    DAEMON: "AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2000",
    "LAB_AWS_PORT": "LAB_AWS_PORT=7320",
    "LAB_XRAY_PORT": "LAB_XRAY_PORT=2000",
}
"""Every name `.env` may hold for AWS, each with an example of what would be right."""

_PLACEHOLDERS = frozenset({"", LAB_KEY_ID, "test", "testing", "dummy", "fake", "lab"})


@dataclass(frozen=True, slots=True)
class Aws:
    """AWS: endpoint (empty: AWS's own), region, credentials, mode.

    With a profile, `region` and the keys may be empty: then the profile's hold.
    `nothing` is the empty file that stands for the shared configuration files.
    """

    endpoint: str
    region: str
    access_key_id: str
    mode: Mode
    secret_access_key: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)
    profile: str = ""
    nothing: Path = Path()

    def variables(self) -> dict[str, str]:
        """The environment variables of AWS's libraries that say the same."""
        found = {
            ENDPOINT: self.endpoint,
            KEY_ID: self.access_key_id,
            SECRET: self.secret_access_key,
            TOKEN: self.session_token,
            PROFILE: self.profile,
            DEFAULT_REGION: self.region,
        }
        if self.mode is Mode.EMULATED:
            found |= {
                "AWS_CONFIG_FILE": str(self.nothing),
                "AWS_SHARED_CREDENTIALS_FILE": str(self.nothing),
                "AWS_EC2_METADATA_DISABLED": "true",
            }
        return {name: value for name, value in found.items() if value}

    def at(self, endpoint: str) -> "Aws":
        """The same, a lab that listens at `endpoint` if AWS is emulated."""
        emulated = self.mode is Mode.EMULATED and endpoint
        return replace(self, endpoint=endpoint) if emulated else self


@dataclass(frozen=True, slots=True)
class XRay:
    """The X-Ray daemon: `host:port` for UDP and TCP; `yours` when you set it."""

    daemon_address: str
    mode: Mode
    yours: bool = False

    def variables(self) -> dict[str, str]:
        """The SDKs' variable; none where their own default is meant."""
        meant = self.mode is Mode.EMULATED or self.yours
        return {DAEMON: self.daemon_address} if meant else {}

    def at(self, address: str) -> "XRay":
        """The same, the daemon of a lab if it is the lab's that is meant."""
        emulated = self.mode is Mode.EMULATED and not self.yours and address
        return replace(self, daemon_address=address) if emulated else self


def aws_of(given: Mapping[str, str], emulator: str, nothing: Path) -> Aws:
    """AWS as the variables say, an emulated one at `emulator`; raises SettingsError."""
    endpoints = dict(_endpoints(given))
    own = _own_credentials(given)
    region = given.get(DEFAULT_REGION, "") or given.get(OTHER_REGION, "")
    if not own:
        _refuse_elsewhere(given, endpoints)
        return Aws(
            emulator,
            region or REGION,
            LAB_KEY_ID,
            Mode.EMULATED,
            LAB_SECRET,
            nothing=nothing,
        )
    _refuse_mixture(given, own, endpoints)
    profile = given.get(PROFILE, "") or given.get(OLD_PROFILE, "")
    return Aws(
        endpoints.get(ENDPOINT, ""),
        region or ("" if profile else REGION),
        given.get(KEY_ID, ""),
        Mode.REAL,
        given.get(SECRET, ""),
        given.get(TOKEN, ""),
        profile,
    )


def xray_of(given: Mapping[str, str], aws: Aws, emulator: str) -> XRay:
    """The X-Ray daemon: yours if you say so, else the lab's, else the real default."""
    yours = given.get(DAEMON, "")
    if yours:
        return XRay(yours, aws.mode, yours=True)
    if aws.mode is Mode.EMULATED:
        return XRay(emulator, Mode.EMULATED)
    return XRay(f"127.0.0.1:{XRAY_PORT}", Mode.REAL)


def notes(given: Mapping[str, str], aws: Aws, xray: XRay) -> Iterator[str]:
    """Things that are allowed but seldom meant, one sentence each."""
    for name, url in _endpoints(given):
        if name != ENDPOINT:
            yield f"{name} is set to {url} and wins over {ENDPOINT}."
    if xray.yours and aws.mode is Mode.EMULATED:
        yield f"{DAEMON} is yours: X-Ray segments go to {xray.daemon_address}."
    if aws.mode is Mode.REAL and not xray.yours:
        yield (
            f"AWS is real, so the X-Ray SDK needs a real daemon at "
            f"{xray.daemon_address}; {DAEMON} names another place."
        )


def _own_credentials(given: Mapping[str, str]) -> str:
    """The first variable that holds credentials of the reader's own, or nothing."""
    if given.get(KEY_ID, "") not in _PLACEHOLDERS:
        return KEY_ID
    names = (TOKEN, PROFILE, OLD_PROFILE)
    return next((name for name in names if given.get(name)), "")


def _endpoints(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The general endpoint and those of single services, checked to be URLs."""
    for name in sorted(given):
        if name == ENDPOINT or name.startswith(f"{ENDPOINT}_"):
            example = KNOWN[ENDPOINT].replace(ENDPOINT, name)
            yield name, checked_url(name, given[name], example).rstrip("/")


def _refuse_elsewhere(given: Mapping[str, str], endpoints: Mapping[str, str]) -> None:
    for name, url in endpoints.items():
        if not is_loopback(url):
            raise SettingsError(
                f"{name} is {url}, but there are no AWS credentials of yours for it: "
                f"set {KEY_ID} and {SECRET} (or {PROFILE}) as well, or remove {name} "
                "to use the lab."
            )
    if given.get(_IGNORED, "").lower() == "true":
        raise SettingsError(
            f"{_IGNORED} is true, so AWS's libraries would not find the lab: remove it."
        )


def _refuse_mixture(
    given: Mapping[str, str], own: str, endpoints: Mapping[str, str]
) -> None:
    for name, url in endpoints.items():
        if is_loopback(url):
            raise SettingsError(
                f"{own} holds AWS credentials of your own, but {name} is {url}, on "
                f"this machine: remove {name} to use the real AWS, or remove {own} to "
                "use the lab."
            )
    secret = given.get(SECRET, "")
    if own == KEY_ID and secret in ("", LAB_SECRET):
        raise SettingsError(f"{KEY_ID} is yours, but {SECRET} is missing: set it too.")
    if own == TOKEN:
        raise SettingsError(
            f"{TOKEN} is set without an access key: set {KEY_ID} and {SECRET} as well, "
            f"or remove {TOKEN}."
        )
