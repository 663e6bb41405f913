"""Environment variables and `.env`: read as settings, and exported from them.

Three sources, the first that has a value wins: the environment, `.env` in the
workbook's folder, the lab's defaults. Variables that `export` set itself are
remembered in `LAB_EXPORTED` and never taken for the student's own; the student's own
values that they replaced are in `LAB_REPLACED`, and still count.
"""

import contextlib
import json
import os
import re
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path

from lab_helpers.settings import aws, envfile, honeycomb, otlp, rollbar, xray
from lab_helpers.settings.endpoints import is_loopback
from lab_helpers.settings.envfile import InvalidSettingError, SettingsError
from lab_helpers.settings.model import Ports, Settings

ROOT = Path(__file__).resolve().parents[2]
EXPORTED, REPLACED = "LAB_EXPORTED", "LAB_REPLACED"
PATIENCE = "LAB_PATIENCE_S"
LOAD_LOG = "LAB_LOAD_LOG"
PROXIES = {"http_proxy", "https_proxy", "all_proxy"}

KNOWN = {
    **honeycomb.KNOWN,
    **otlp.KNOWN,
    "LAB_STATE_DIR": "LAB_STATE_DIR=.lab",
    "LAB_START_SECONDS": "LAB_START_SECONDS=60",
    PATIENCE: f"{PATIENCE}=10",
    **aws.KNOWN,
    **xray.KNOWN,
    **rollbar.KNOWN,
}
"""Every name `.env` may hold, each with an example of what would be right."""


def load(
    environ: Mapping[str, str] | None = None, env_file: Path | None = None
) -> Settings:
    """Reads the settings; raises SettingsError naming the file, line and remedy.

    `env_file` defaults to what `LAB_ENV_FILE` names (empty: none), else `ROOT/.env`.
    """
    environ = os.environ if environ is None else environ
    own = _own_exports(environ)
    file = _env_file(environ) if env_file is None else env_file
    lines = envfile.read(file, KNOWN) if file else {}
    mine = {k: v for k, v in _students_own(environ).items() if v}
    try:
        return _settled({k: line.value for k, line in lines.items()} | mine, own)
    except InvalidSettingError as fault:
        if fault.name in mine or fault.name not in lines:
            raise
        raise SettingsError(f"{lines[fault.name].position}: {fault}") from None


def load_log(environ: Mapping[str, str] | None = None) -> Path | None:
    """The file that `LAB_LOAD_LOG` names: runs of visitors tell it the machine's load.

    None, as for every student: only an author's run of a page reads it.
    """
    environ = os.environ if environ is None else environ
    named = environ.get(LOAD_LOG)
    return Path(named) if named else None


def _settled(variables: Mapping[str, str], own: Mapping[str, str]) -> Settings:
    """The settings that these variables make; `own` is what the lab exported."""
    ports = _ports(variables)
    state_dir = ROOT / variables.get("LAB_STATE_DIR", ".lab")
    hive = honeycomb.honeycomb_of(
        variables, _lab_url(own, honeycomb.ENDPOINT, ports.honeycomb)
    )
    cloud = aws.aws_of(
        variables, _lab_url(own, aws.ENDPOINT, ports.aws), state_dir / aws.EMPTY_CONFIG
    )
    daemon = xray.xray_of(
        variables, cloud, own.get(xray.DAEMON, "") or f"127.0.0.1:{ports.xray}"
    )
    items = rollbar.rollbar_of(
        variables, _lab_url(own, rollbar.ENDPOINT, ports.rollbar, rollbar.PATH)
    )
    return Settings(
        honeycomb=hive,
        otlp=otlp.otlp_of(variables, hive),
        aws=cloud,
        xray=daemon,
        rollbar=items,
        state_dir=state_dir,
        ports=ports,
        start_seconds=_number(variables, "LAB_START_SECONDS", 60, 3600),
        notes=(
            *otlp.notes(variables, hive),
            *aws.notes(variables),
            *xray.notes(cloud, daemon),
            *rollbar.notes(items),
        ),
        patience_s=_patience(variables),
    )


def _ports(variables: Mapping[str, str]) -> Ports:
    def port(name: str, default: int) -> int:
        return int(_number(variables, f"LAB_{name}_PORT", default, 65535))

    return Ports(
        honeycomb=port("HONEYCOMB", honeycomb.PORT),
        aws=port("AWS", aws.PORT),
        xray=port("XRAY", xray.PORT),
        rollbar=port("ROLLBAR", rollbar.PORT),
    )


def export(settings: Settings, environ: MutableMapping[str, str] | None = None) -> None:
    """Sets the vendors' variables, leaving alone those that the student set."""
    environ = os.environ if environ is None else environ
    own = _own_exports(environ)
    students = _students_own(environ)
    exports = {
        name: value
        for name, value in settings.variables().items()
        if not _same(students.get(name), value)
        if not (settings.otlp.yours and name in students and name in otlp.KNOWN)
    }
    replaced = {name: students[name] for name in exports if name in students}
    for name in own.keys() - exports.keys():
        if environ.get(name) == own[name]:
            del environ[name]
            environ.update({name: students[name]} if name in students else {})
    environ.update(exports)
    environ[EXPORTED] = json.dumps(exports)
    environ[REPLACED] = json.dumps(replaced)
    if settings.needs_lab:
        _spare_loopback(environ)


def exported(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables that `export` has set in this process; {} before the first."""
    return _own_exports(os.environ if environ is None else environ)


def _same(yours: str | None, value: str) -> bool:
    """Tells whether a variable has this value already, but for a slash at the end.

    What is taken over here would be forgotten as the student's own.
    """
    return yours is not None and yours.rstrip("/") == value.rstrip("/")


def _spare_loopback(environ: MutableMapping[str, str]) -> None:
    """Excludes the lab's own addresses from a proxy for the outside world."""
    if not any(name.lower() in PROXIES for name in environ):
        return
    for name in {"no_proxy", "NO_PROXY"} & environ.keys() or {"NO_PROXY"}:
        spared = [part for part in environ.get(name, "").split(",") if part]
        added = [host for host in ("127.0.0.1", "localhost") if host not in spared]
        environ[name] = ",".join(spared + added)


@contextlib.contextmanager
def preserved_environment() -> Iterator[None]:
    """Restores the environment variables afterwards.

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
    return _students_own(os.environ) | changes


def host_environment() -> dict[str, str]:
    """The environment for the emulators: without anything of a vendor's or moto's.

    A key of the student's own reaches them by a control call, if at all.
    """
    foreign = ("AWS_", "MOTO_", "HONEYCOMB_", "OTEL_", "ROLLBAR_")
    variables = child_environment()
    variables = {k: v for k, v in variables.items() if not k.startswith(foreign)}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return variables | nowhere | {"AWS_EC2_METADATA_DISABLED": "true"}


def _lab_url(own: Mapping[str, str], name: str, port: int, path: str = "") -> str:
    """URL of the lab as it was exported; a variable set by hand may be old."""
    running = own.get(name, "")
    return running if is_loopback(running) else f"http://127.0.0.1:{port}{path}"


def _students_own(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables as the student set them, before any `export`.

    What the student changed after an export is the student's own again.
    """
    own, replaced = _own_exports(environ), _values(environ, REPLACED)
    names = environ.keys() - {EXPORTED, REPLACED}
    exported = {name for name in names if own.get(name) == environ[name]}
    before = {k: v for k, v in replaced.items() if k in exported}
    return {k: environ[k] for k in names - exported} | before


def _own_exports(environ: Mapping[str, str]) -> dict[str, str]:
    return _values(environ, EXPORTED)


def _values(environ: Mapping[str, str], name: str) -> dict[str, str]:
    """The JSON object of a variable; {} where there is none."""
    try:
        values = json.loads(environ.get(name, "{}"))
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def _env_file(environ: Mapping[str, str]) -> Path | None:
    named = environ.get("LAB_ENV_FILE")
    if named is None:
        return ROOT / ".env"
    return Path(named) if named else None


def _number(
    variables: Mapping[str, str], name: str, default: float, most: int
) -> float:
    text = variables.get(name, "")
    if not text:
        return default
    if not text.isdecimal() or int(text) > most:
        raise InvalidSettingError(
            name,
            f"is {text!r}; expected a whole number from 0 to {most}. "
            f"Right would be: {KNOWN[name]}",
        )
    return int(text)


def _patience(variables: Mapping[str, str]) -> float | None:
    text = variables.get(PATIENCE, "")
    if not text:
        return None
    if not re.fullmatch(r"\d{1,4}(\.\d+)?", text, re.ASCII):
        raise InvalidSettingError(
            PATIENCE,
            f"is {text!r}; expected seconds, such as 10 or 0.5. "
            f"Right would be: {KNOWN[PATIENCE]}",
        )
    return float(text)
