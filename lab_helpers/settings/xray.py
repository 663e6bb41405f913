"""The X-Ray daemon among the settings: the lab's, the student's own, or a real one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from lab_helpers.settings.aws import Aws
from lab_helpers.settings.endpoints import Mode

PORT = 2000
DAEMON = "AWS_XRAY_DAEMON_ADDRESS"

KNOWN = {
    DAEMON: f"AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:{PORT}",
    "LAB_XRAY_PORT": f"LAB_XRAY_PORT={PORT}",
}
"""Every name `.env` may hold for X-Ray, each with an example."""


@dataclass(frozen=True, slots=True)
class XRay:
    """The X-Ray daemon: `host:port` for UDP and TCP; `yours` when you set it."""

    daemon_address: str
    mode: Mode
    yours: bool = False

    def variables(self) -> dict[str, str]:
        """The same setting as the SDKs' variable; none for their own default."""
        meant = self.mode is Mode.EMULATED or self.yours
        return {DAEMON: self.daemon_address} if meant else {}

    def as_dict(self) -> dict[str, object]:
        """The part of `lab env --json` for the daemon."""
        return {"daemon_address": self.daemon_address, "mode": self.mode.value}

    def at(self, address: str) -> "XRay":
        """These settings with the lab's daemon unless the student set another."""
        emulated = self.mode is Mode.EMULATED and not self.yours and address
        return replace(self, daemon_address=address) if emulated else self


def xray_of(variables: Mapping[str, str], aws: Aws, emulator: str) -> XRay:
    """The daemon: the student's if it is set, else the lab's, else the default."""
    yours = variables.get(DAEMON, "")
    if yours:
        return XRay(yours, aws.mode, yours=True)
    if aws.mode is Mode.EMULATED:
        return XRay(emulator, Mode.EMULATED)
    return XRay(f"127.0.0.1:{PORT}", Mode.REAL)


def notes(aws: Aws, xray: XRay) -> Iterator[str]:
    """Sentences on settings that are allowed but seldom meant."""
    if xray.yours and aws.mode is Mode.EMULATED:
        yield f"{DAEMON} is yours: X-Ray segments go to {xray.daemon_address}."
    if aws.mode is Mode.REAL and not xray.yours:
        yield (
            f"AWS is real, so the X-Ray SDK needs a real daemon at "
            f"{xray.daemon_address}; {DAEMON} names another place."
        )
