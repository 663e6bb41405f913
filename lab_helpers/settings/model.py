"""Settings as one value: each vendor's, and the folder and ports of the lab."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from lab_helpers.settings.aws import PORT as AWS_PORT
from lab_helpers.settings.aws import Aws
from lab_helpers.settings.endpoints import Upstream
from lab_helpers.settings.honeycomb import PORT as HONEYCOMB_PORT
from lab_helpers.settings.honeycomb import Honeycomb
from lab_helpers.settings.otlp import Otlp
from lab_helpers.settings.rollbar import PORT as ROLLBAR_PORT
from lab_helpers.settings.rollbar import Rollbar
from lab_helpers.settings.xray import PORT as XRAY_PORT
from lab_helpers.settings.xray import XRay


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports the lab prefers; the next free one serves where one is taken."""

    honeycomb: int = HONEYCOMB_PORT
    aws: int = AWS_PORT
    xray: int = XRAY_PORT
    rollbar: int = ROLLBAR_PORT


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses of a running lab; empty ones leave the settings as they are.

    `honeycomb`, `aws` and `rollbar` are URLs, `xray` is the daemon's `host:port`, and
    `honeycomb_key` is the key of the lab's own Honeycomb.
    """

    honeycomb: str = ""
    honeycomb_key: str = field(default="", repr=False)
    aws: str = ""
    xray: str = ""
    rollbar: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of the workbook, read once and never changed."""

    honeycomb: Honeycomb
    otlp: Otlp
    aws: Aws
    xray: XRay
    rollbar: Rollbar
    state_dir: Path
    ports: Ports = field(default_factory=Ports)
    start_seconds: float = 60.0
    notes: tuple[str, ...] = ()
    patience_s: float | None = None
    """Seconds that a check waits for data; None: as long as the service needs."""

    @property
    def needs_lab(self) -> bool:
        """True when at least one vendor is emulated or forwarded."""
        vendors = self.honeycomb, self.aws, self.rollbar
        return any(vendor.mode.is_local for vendor in vendors)

    @property
    def upstreams(self) -> dict[str, Upstream]:
        """Vendor → the real service that the lab passes copies on to, with its key."""
        vendors = {
            "honeycomb": self.honeycomb.upstream,
            "rollbar": self.rollbar.upstream,
        }
        return {name: upstream for name, upstream in vendors.items() if upstream}

    def at(self, lab: Addresses) -> "Settings":
        """These settings with the running lab's addresses for what is not real."""
        honeycomb = self.honeycomb.at(lab.honeycomb, lab.honeycomb_key)
        return replace(
            self,
            honeycomb=honeycomb,
            otlp=self.otlp.at(honeycomb),
            aws=self.aws.at(lab.aws),
            xray=self.xray.at(lab.xray),
            rollbar=self.rollbar.at(lab.rollbar),
        )

    def as_dict(self) -> dict[str, dict[str, object]]:
        """The JSON object of `lab env --json`; keys are in it, do not print it."""
        return {name: vendor.as_dict() for name, vendor in self._vendors()}

    def variables(self) -> dict[str, str]:
        """These settings as the vendors' own environment variables."""
        together: dict[str, str] = {}
        for _, vendor in self._vendors():
            together |= vendor.variables()
        return together

    def _vendors(self) -> Iterator[tuple[str, Honeycomb | Otlp | Aws | XRay | Rollbar]]:
        yield "honeycomb", self.honeycomb
        yield "otlp", self.otlp
        yield "aws", self.aws
        yield "xray", self.xray
        yield "rollbar", self.rollbar
