"""The running lab, from a notebook: `from lab_helpers import lab`, `lab.start()`.

`start()` finds the lab or starts it and sets the environment variables that the
vendors' own libraries read. What `.env` or the environment makes real stays real.
"""

from dataclasses import dataclass
from html import escape
from pathlib import Path

from lab_helpers import doctor as _doctor
from lab_helpers import process, settings
from lab_helpers.exercises import check, hint, progress, solution, use
from lab_helpers.process import LabError, Running
from lab_helpers.settings import Mode, Settings, SettingsError

__all__ = [
    "Emptied",
    "Lab",
    "LabError",
    "SettingsError",
    "Status",
    "check",
    "doctor",
    "hint",
    "progress",
    "reset",
    "solution",
    "start",
    "status",
    "stop",
    "use",
]

EMULATED = "local emulator: no account, nothing leaves this machine"


@dataclass(frozen=True, slots=True, repr=False)
class Lab:
    """What `start()` found or made: what is local, what is real, and where it is."""

    settings: Settings
    running: Running | None

    @property
    def endpoint(self) -> str:
        """Base URL of Honeycomb's API, emulated or real."""
        return self.settings.honeycomb.endpoint

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """What is local and what is real: (what, where) pairs, one per signal."""
        honeycomb, otlp = self.settings.honeycomb, self.settings.otlp
        emulated = honeycomb.mode is Mode.EMULATED
        where = EMULATED if emulated else f"real: {honeycomb.endpoint}"
        spans = "to Honeycomb, over OTLP"
        if otlp.yours:
            spans = f"yours: {otlp.endpoint or 'as your own variables say'}"
        return (("Honeycomb", where), ("OpenTelemetry", spans))

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the lab has to say: a port that was taken, a setting that wins."""
        return (self.running.said if self.running else ()) + self.settings.notes

    def __repr__(self) -> str:
        table = "\n".join(f"  {what:<14} {where}" for what, where in self.rows)
        remarks = "".join(f"\n  Note: {remark}" for remark in self.remarks)
        return f"{self._headline()}\n{table}{remarks}"

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{escape(what)}</th>'
            f'<td style="text-align:left">{escape(where)}</td></tr>'
            for what, where in self.rows
        )
        remarks = "".join(f"<p>Note: {escape(r)}</p>" for r in self.remarks)
        return (
            f"<table><caption>{escape(self._headline())}</caption>"
            f"<tbody>{rows}</tbody></table>{remarks}"
        )

    def _headline(self) -> str:
        return "The lab is running." if self.running else "All vendors are real."


@dataclass(frozen=True, slots=True, repr=False)
class Status:
    """The lab as `status()` finds it, with its addresses."""

    state_dir: Path
    running: Running | None
    settings: Settings

    def __repr__(self) -> str:
        real = self.settings.honeycomb
        if real.mode is Mode.REAL:
            return f"Honeycomb is real ({real.endpoint}), so no lab is needed."
        if self.running is None:
            return "The lab is not running; `lab up` or `lab.start()` starts it."
        said = "".join(f"\n  {remark}" for remark in self.running.said)
        return (
            f"The lab is running as process {self.running.pid}.\n"
            f"  Honeycomb  {self.running.endpoint}\n"
            f"  data in    {self.state_dir}{said}"
        )


@dataclass(frozen=True, slots=True, repr=False)
class Emptied:
    """What `reset()` did; `aside` is where damaged data was put, if any was."""

    state_dir: Path
    aside: Path | None = None

    def __repr__(self) -> str:
        if self.aside is None:
            return f"Emptied: every dataset and query in {self.state_dir} is gone."
        return (
            "The lab could not open its data, so nothing was deleted: it is now in "
            f"{self.aside}, and the lab starts empty."
        )


def start() -> Lab:
    """Find the lab or start it, set the vendors' variables, say what is local.

    The lab ends by itself a while after the last notebook that called this has closed.
    Calling it again is cheap and changes nothing. Raises LabError or SettingsError.
    """
    wanted = settings.load()
    running = None
    if wanted.needs_lab:
        running = process.start(wanted)
        process.hold(running)
        wanted = wanted.with_emulator(running.endpoint, running.api_key)
    settings.export(wanted)
    return Lab(wanted, running)


def stop() -> Status:
    """End the running lab, for every notebook that uses it; its data stays."""
    wanted = settings.load()
    process.stop(wanted.state_dir)
    return Status(wanted.state_dir, None, wanted)


def status() -> Status:
    """Whether the lab is running, where it listens, where its data is."""
    wanted = settings.load()
    running = process.find(wanted.state_dir)
    if running:
        wanted = wanted.with_emulator(running.endpoint, running.api_key)
    return Status(wanted.state_dir, running, wanted)


def reset() -> Emptied:
    """Empty the lab's datasets; a running lab goes on serving.

    Data that the lab cannot open is moved aside, never deleted. Raises LabError.
    """
    wanted = settings.load()
    running = process.find(wanted.state_dir)
    if running is not None:
        process.call(running, "POST", "/reset")
        return Emptied(wanted.state_dir)
    try:
        running = process.start(wanted)
    except LabError as refusal:
        return Emptied(wanted.state_dir, _set_aside(wanted, refusal))
    try:
        process.call(running, "POST", "/reset")
    finally:
        process.stop(wanted.state_dir)
    return Emptied(wanted.state_dir)


def doctor() -> _doctor.Report:
    """Check Python, packages, folder, ports, the lab and one span's round trip."""
    return _doctor.examine(settings.load())


def _set_aside(wanted: Settings, refusal: LabError) -> Path:
    aside = process.set_aside(wanted.state_dir)
    if aside is None:
        raise refusal
    try:
        process.start(wanted)
    except LabError:
        # The data was not the reason, so it goes back to where it was.
        process.put_back(wanted.state_dir, aside)
        raise refusal from None
    process.stop(wanted.state_dir)
    return aside
