"""What is emulated and what is real: the only reader of environment and `.env`.

Three sources, the first that has a value wins: the environment, `.env` in the
workbook's folder, the lab's defaults. Variables that `lab.start()` exported itself
are remembered in `LAB_EXPORTED` and never taken for the student's own.

Honeycomb is *real* when `HONEYCOMB_API_KEY` is set, is not the lab's key, and
`HONEYCOMB_API_ENDPOINT` is unset or names another machine. It is *emulated* when
neither is set, or both are the lab's. Anything between the two is an error.
AWS and Rollbar follow the same rule, told in `aws_settings` and `rollbar_settings`.
"""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote, unquote

from lab_helpers.settings import aws as aws_settings
from lab_helpers.settings import envfile
from lab_helpers.settings import rollbar as rollbar_settings
from lab_helpers.settings.aws import Aws, XRay
from lab_helpers.settings.endpoints import Mode, checked_url, is_loopback
from lab_helpers.settings.envfile import SettingsError, UnmeantValueError
from lab_helpers.settings.rollbar import Rollbar

__all__ = [
    "LAB_API_KEY",
    "ROOT",
    "Aws",
    "Honeycomb",
    "Mode",
    "Otlp",
    "Rollbar",
    "Settings",
    "SettingsError",
    "XRay",
    "child_environment",
    "export",
    "host_environment",
    "is_loopback",
    "load",
    "preserved_environment",
]

ROOT = Path(__file__).resolve().parents[2]
LAB_API_KEY = "localLabKey00000000000"
HONEYCOMB_PORT = 7318
AWS_REGION = aws_settings.REGION
REAL_HONEYCOMB = "https://api.honeycomb.io"
TEAM_HEADER = "x-honeycomb-team"

KEY, ENDPOINT = "HONEYCOMB_API_KEY", "HONEYCOMB_API_ENDPOINT"
OTLP_ENDPOINT, OTLP_HEADERS, OTLP_PROTOCOL = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
)
EXPORTED = "LAB_EXPORTED"
PROXIES = {"http_proxy", "https_proxy", "all_proxy"}
EMPTY = "empty-aws-config"
"""The file in the state folder that stands for AWS's shared configuration files."""

_OTLP = (OTLP_ENDPOINT, OTLP_HEADERS, OTLP_PROTOCOL)

# Every name `.env` may hold, each with an example of what would be right.
KNOWN = {
    KEY: "HONEYCOMB_API_KEY=<your configuration key>",
    ENDPOINT: "HONEYCOMB_API_ENDPOINT=https://api.eu1.honeycomb.io",
    OTLP_ENDPOINT: "OTEL_EXPORTER_OTLP_ENDPOINT=https://api.honeycomb.io",
    OTLP_HEADERS: "OTEL_EXPORTER_OTLP_HEADERS=x-honeycomb-team=<your key>",
    OTLP_PROTOCOL: "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    "LAB_STATE_DIR": "LAB_STATE_DIR=.lab",
    "LAB_HONEYCOMB_PORT": "LAB_HONEYCOMB_PORT=7318",
    "LAB_START_SECONDS": "LAB_START_SECONDS=60",
    **aws_settings.KNOWN,
    **rollbar_settings.KNOWN,
}
# OpenTelemetry lets the first of each pair win over the second, in silence.
OVERRIDES = {
    f"OTEL_EXPORTER_OTLP_{signal}_{part}": f"OTEL_EXPORTER_OTLP_{part}"
    for signal in ("TRACES", "LOGS", "METRICS")
    for part in ("ENDPOINT", "HEADERS", "PROTOCOL")
}


@dataclass(frozen=True, slots=True)
class Honeycomb:
    """Honeycomb's REST door: base URL without a path, key, mode."""

    endpoint: str
    api_key: str = field(repr=False)
    mode: Mode


@dataclass(frozen=True, slots=True)
class Otlp:
    """Where OTLP over HTTP goes; `yours` when the student set the variables."""

    endpoint: str
    headers: Mapping[str, str] = field(repr=False)
    protocol: str = "http/protobuf"
    yours: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the workbook takes from outside, read once and never changed."""

    honeycomb: Honeycomb
    otlp: Otlp
    aws: Aws
    xray: XRay
    rollbar: Rollbar
    state_dir: Path
    honeycomb_port: int = HONEYCOMB_PORT
    aws_port: int = aws_settings.AWS_PORT
    xray_port: int = aws_settings.XRAY_PORT
    rollbar_port: int = rollbar_settings.ROLLBAR_PORT
    start_seconds: float = 60.0
    notes: tuple[str, ...] = ()

    @property
    def needs_lab(self) -> bool:
        """True when at least one vendor is emulated."""
        vendors = self.honeycomb, self.aws, self.rollbar
        return any(vendor.mode is Mode.EMULATED for vendor in vendors)

    def with_emulator(
        self,
        endpoint: str,
        api_key: str,
        *,
        aws: str = "",
        daemon: str = "",
        rollbar: str = "",
    ) -> "Settings":
        """The same settings, emulated calls going to a lab that listens there.

        `aws` is the front door's URL, `daemon` the X-Ray daemon's `host:port`,
        `rollbar` the URL of Rollbar's API.
        """
        here = replace(
            self,
            aws=self.aws.at(aws),
            xray=self.xray.at(daemon),
            rollbar=self.rollbar.at(rollbar),
        )
        return here._with_honeycomb(endpoint, api_key)

    def _with_honeycomb(self, endpoint: str, api_key: str) -> "Settings":
        if self.honeycomb.mode is Mode.REAL:
            return self
        honeycomb = Honeycomb(endpoint, api_key, Mode.EMULATED)
        otlp = self.otlp if self.otlp.yours else _otlp_of(honeycomb)
        return replace(self, honeycomb=honeycomb, otlp=otlp)

    def as_dict(self) -> dict[str, dict[str, object]]:
        """The JSON object of `lab env --json`; keys are in it, do not print it."""
        return {
            "honeycomb": {
                "endpoint": self.honeycomb.endpoint,
                "api_key": self.honeycomb.api_key,
                "mode": self.honeycomb.mode.value,
            },
            "otlp": {
                "endpoint": self.otlp.endpoint,
                "headers": dict(self.otlp.headers),
            },
            "aws": {
                "endpoint": self.aws.endpoint,
                "region": self.aws.region,
                "access_key_id": self.aws.access_key_id,
                "mode": self.aws.mode.value,
            },
            "xray": {
                "daemon_address": self.xray.daemon_address,
                "mode": self.xray.mode.value,
            },
            "rollbar": self.rollbar.as_dict(),
        }

    def variables(self) -> dict[str, str]:
        """The vendors' own environment variables that say the same as this object."""
        found = {
            KEY: self.honeycomb.api_key,
            ENDPOINT: self.honeycomb.endpoint,
            OTLP_ENDPOINT: self.otlp.endpoint,
            OTLP_HEADERS: _written_headers(self.otlp.headers),
            OTLP_PROTOCOL: self.otlp.protocol,
            **self.aws.variables(),
            **self.xray.variables(),
            **self.rollbar.variables(),
        }
        return {name: value for name, value in found.items() if value}


def load(
    environ: Mapping[str, str] | None = None, env_file: Path | None = None
) -> Settings:
    """Read the settings; raises SettingsError naming the file, line and remedy.

    `env_file` defaults to what `LAB_ENV_FILE` names (empty: none), else `ROOT/.env`.
    """
    environ = os.environ if environ is None else environ
    own = _own_exports(environ)
    file = _env_file(environ) if env_file is None else env_file
    lines = envfile.read(file, KNOWN) if file else {}
    mine = {k: v for k, v in environ.items() if v and own.get(k) != v}
    try:
        return _settled({k: line.value for k, line in lines.items()} | mine, own)
    except UnmeantValueError as fault:
        if fault.name in mine or fault.name not in lines:
            raise
        raise SettingsError(f"{lines[fault.name].place}: {fault}") from None


def _settled(given: Mapping[str, str], own: Mapping[str, str]) -> Settings:
    """The settings that these variables make; `own` is what the lab exported."""
    port = int(_number(given, "LAB_HONEYCOMB_PORT", HONEYCOMB_PORT, 65535))
    aws_port = int(_number(given, "LAB_AWS_PORT", aws_settings.AWS_PORT, 65535))
    xray_port = int(_number(given, "LAB_XRAY_PORT", aws_settings.XRAY_PORT, 65535))
    rollbar_port = int(
        _number(given, "LAB_ROLLBAR_PORT", rollbar_settings.ROLLBAR_PORT, 65535)
    )
    state_dir = ROOT / given.get("LAB_STATE_DIR", ".lab")
    honeycomb = _honeycomb(given, _lab_url(own, ENDPOINT, port))
    door = _lab_url(own, aws_settings.ENDPOINT, aws_port)
    aws = aws_settings.aws_of(given, door, state_dir / EMPTY)
    daemon = own.get(aws_settings.DAEMON, "") or f"127.0.0.1:{xray_port}"
    xray = aws_settings.xray_of(given, aws, daemon)
    items = _lab_url(
        own, rollbar_settings.ENDPOINT, rollbar_port, rollbar_settings.PATH
    )
    rollbar = rollbar_settings.rollbar_of(given, items)
    return Settings(
        honeycomb,
        _otlp(given, honeycomb),
        aws,
        xray,
        rollbar,
        state_dir,
        port,
        aws_port,
        xray_port,
        rollbar_port,
        _number(given, "LAB_START_SECONDS", 60, 3600),
        (
            *_notes(given, honeycomb),
            *aws_settings.notes(given, aws, xray),
            *rollbar_settings.notes(rollbar),
        ),
    )


def export(settings: Settings, environ: MutableMapping[str, str] | None = None) -> None:
    """Set the vendors' variables, leaving alone those that the student set."""
    environ = os.environ if environ is None else environ
    own = _own_exports(environ)
    own = {k: v for k, v in own.items() if environ.get(k) == v}
    students = environ.keys() - own.keys()
    wanted = {
        name: value
        for name, value in settings.variables().items()
        if name in own or not _same(environ.get(name), value)
        if not (settings.otlp.yours and name in students and name in _OTLP)
    }
    for name in own.keys() - wanted.keys():
        del environ[name]
    environ.update(wanted)
    environ[EXPORTED] = json.dumps(wanted)
    if settings.needs_lab:
        _spare_loopback(environ)


def _same(yours: str | None, value: str) -> bool:
    """Whether a variable says this already; URLs are read without a slash at the end.

    What is taken over here would be forgotten as the student's own.
    """
    return yours is not None and yours.rstrip("/") == value.rstrip("/")


def _spare_loopback(environ: MutableMapping[str, str]) -> None:
    """Keep a proxy for the outside world away from the lab's own addresses."""
    if not any(name.lower() in PROXIES for name in environ):
        return
    for name in {"no_proxy", "NO_PROXY"} & environ.keys() or {"NO_PROXY"}:
        spared = [part for part in environ.get(name, "").split(",") if part]
        added = [host for host in ("127.0.0.1", "localhost") if host not in spared]
        environ[name] = ",".join(spared + added)


@contextlib.contextmanager
def preserved_environment() -> Iterator[None]:
    """The environment variables are afterwards as they were before.

    Only what differs is written, since other threads may be reading.
    """
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        changed = before.items() - os.environ.items()
        os.environ.update(changed)


def child_environment(**changes: str) -> dict[str, str]:
    """This process's environment for a child, without what `export` set in it."""
    own = _own_exports(os.environ)
    kept = {k: v for k, v in os.environ.items() if k != EXPORTED and own.get(k) != v}
    return kept | changes


def host_environment() -> dict[str, str]:
    """The environment for the emulators: without anything of AWS's or moto's."""
    foreign = ("AWS_", "MOTO_")
    kept = child_environment()
    kept = {k: v for k, v in kept.items() if not k.startswith(foreign)}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return kept | nowhere | {"AWS_EC2_METADATA_DISABLED": "true"}


def _lab_url(own: Mapping[str, str], name: str, port: int, path: str = "") -> str:
    """Where the lab is: what it exported knows, what is set by hand may be old."""
    running = own.get(name, "")
    return running if is_loopback(running) else f"http://127.0.0.1:{port}{path}"


def _honeycomb(given: Mapping[str, str], emulator: str) -> Honeycomb:
    key = given.get(KEY, "")
    endpoint = _checked_url(ENDPOINT, given.get(ENDPOINT, "")).rstrip("/")
    own_key = key in ("", LAB_API_KEY)
    local = not endpoint or is_loopback(endpoint)
    if own_key and local:
        return Honeycomb(emulator, LAB_API_KEY, Mode.EMULATED)
    if own_key:
        raise SettingsError(
            f"{ENDPOINT} is {endpoint}, but there is no key of yours for it: "
            f"set {KEY} as well, or remove {ENDPOINT} to use the lab."
        )
    if endpoint and local:
        raise SettingsError(
            f"{KEY} is a key of your own, but {ENDPOINT} is {endpoint}, on this "
            f"machine: remove {ENDPOINT} to use the real service, or remove {KEY} "
            "to use the lab."
        )
    if any(c.isspace() for c in key) or not key.isascii():
        raise UnmeantValueError(KEY, "holds a space or an accent: copy it once more.")
    return Honeycomb(endpoint or REAL_HONEYCOMB, key, Mode.REAL)


def _otlp_of(honeycomb: Honeycomb) -> Otlp:
    return Otlp(honeycomb.endpoint, {TEAM_HEADER: honeycomb.api_key})


def _otlp(given: Mapping[str, str], honeycomb: Honeycomb) -> Otlp:
    endpoint = _checked_url(OTLP_ENDPOINT, given.get(OTLP_ENDPOINT, ""))
    headers = _read_headers(given.get(OTLP_HEADERS, ""))
    the_labs = headers.get(TEAM_HEADER) == LAB_API_KEY
    if the_labs and (not endpoint or is_loopback(endpoint)):
        return _otlp_of(honeycomb)
    if not endpoint and not headers:
        return _otlp_of(honeycomb)
    return Otlp(
        endpoint,
        headers,
        given.get(OTLP_PROTOCOL, ""),
        yours=True,
    )


def _notes(given: Mapping[str, str], honeycomb: Honeycomb) -> Iterator[str]:
    """Things that are allowed but seldom meant, one sentence each."""
    for name, general in OVERRIDES.items():
        if name in given:
            yield f"{name} is set and wins over {general}."
    team = _read_headers(given.get(OTLP_HEADERS, "")).get(TEAM_HEADER)
    if OTLP_HEADERS in given and OTLP_ENDPOINT not in given and team != LAB_API_KEY:
        yield f"{OTLP_HEADERS} is yours, so {OTLP_ENDPOINT} is left to you as well."
    elsewhere = not is_loopback(given.get(OTLP_ENDPOINT, "http://localhost"))
    if elsewhere and honeycomb.mode is Mode.EMULATED:
        yield (
            f"spans leave for {given[OTLP_ENDPOINT]}, but queries ask the lab: "
            f"set {KEY} too, or remove {OTLP_ENDPOINT}."
        )


def _own_exports(environ: Mapping[str, str]) -> dict[str, str]:
    try:
        found = json.loads(environ.get(EXPORTED, "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _env_file(environ: Mapping[str, str]) -> Path | None:
    named = environ.get("LAB_ENV_FILE")
    if named is None:
        return ROOT / ".env"
    return Path(named) if named else None


def _checked_url(name: str, value: str) -> str:
    return checked_url(name, value, KNOWN[name])


def _number(given: Mapping[str, str], name: str, default: float, most: int) -> float:
    text = given.get(name, "")
    if not text:
        return default
    if not text.isdecimal() or int(text) > most:
        raise UnmeantValueError(
            name,
            f"is {text!r}; expected a whole number from 0 to {most}. "
            f"Right would be: {KNOWN[name]}",
        )
    return int(text)


def _read_headers(text: str) -> dict[str, str]:
    """`name=value,name=value`, percent-encoded, as the OTLP exporter spec has it."""
    headers = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise UnmeantValueError(
                OTLP_HEADERS,
                f"holds {pair!r}, which is not name=value. "
                f"Right would be: {KNOWN[OTLP_HEADERS]}",
            )
        headers[name.strip().lower()] = unquote(value.strip())
    return headers


def _written_headers(headers: Mapping[str, str]) -> str:
    return ",".join(f"{name}={quote(value)}" for name, value in headers.items())
