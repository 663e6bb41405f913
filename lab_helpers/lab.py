"""The running lab, from a notebook: `from lab_helpers import lab`, `lab.start()`.

`start()` finds the lab or starts it and sets the environment variables that the
vendors' own libraries read. What `.env` or the environment makes real stays real; with
a Honeycomb key of your own the lab answers, and passes a copy on to the real service.

Each exercise has `check("name")`, `hint("name")`, `solution("name")`, `use("name")` for
later cells, and, once it is solved, `others("name")`: what three classmates wrote.
`progress()` says what is solved on this page, `progress(all_pages=True)` in the course.
`take("tracing")` gives you a file with what a page has built.
"""

from dataclasses import dataclass
from html import escape

from lab_helpers import doctor as _doctor
from lab_helpers import process, settings
from lab_helpers.exercises import (
    check,
    diagnose,
    hint,
    others,
    progress,
    solution,
    use,
)
from lab_helpers.files import take
from lab_helpers.process import LabError, Running, disk, export_log
from lab_helpers.process.forwarding import Forwarding, forwarding_of
from lab_helpers.process.lifecycle import ResetResult, Status, reset, status, stop
from lab_helpers.settings import Mode, Settings, SettingsError, Upstream
from lab_helpers.waiting import StatusLine

__all__ = [
    "Lab",
    "LabError",
    "ResetResult",
    "SettingsError",
    "Status",
    "check",
    "diagnose",
    "doctor",
    "hint",
    "others",
    "progress",
    "reset",
    "solution",
    "start",
    "status",
    "stop",
    "take",
    "use",
]

EMULATED = "local emulator: no account, nothing leaves this machine"
HONEYCOMB_ENDPOINT = "HONEYCOMB_API_ENDPOINT"
MOVED = (
    "The lab listens on other ports than before: run the cells again that make your "
    "exporters and clients."
)
FORWARDED = "forwarded: checked here, a copy goes to {}"


@dataclass(frozen=True, slots=True, repr=False)
class Lab:
    """Result of `start()`: the settings in use, and the running lab if needed.

    `forwarding` is what became of the copies that go to real services, `honeycomb_key`
    what the real Honeycomb says of a key of yours, `moved` says that the lab listens
    elsewhere than before.
    """

    settings: Settings
    running: Running | None
    forwarding: tuple[Forwarding, ...] = ()
    honeycomb_key: str = ""
    moved: str = ""

    @property
    def endpoint(self) -> str:
        """Base URL of Honeycomb's API, the lab's or the real one."""
        return self.settings.honeycomb.endpoint

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """Pairs (signal, address or mode): what is local, forwarded, and real."""
        honeycomb, otlp = self.settings.honeycomb, self.settings.otlp
        spans = "to Honeycomb, over OTLP"
        if otlp.yours:
            spans = f"yours: {otlp.endpoint or 'as your own variables say'}"
        aws, xray, rollbar = (
            self.settings.aws,
            self.settings.xray,
            self.settings.rollbar,
        )
        segments = "to AWS, through the lab's daemon over UDP"
        if xray.yours or xray.mode is Mode.REAL:
            segments = f"to AWS, through your daemon at {xray.daemon_address}"
        hive = _where(honeycomb.mode, honeycomb.endpoint, honeycomb.upstream)
        return (
            ("Honeycomb", "; ".join(filter(None, (hive, self.honeycomb_key)))),
            ("OpenTelemetry", spans),
            ("AWS", _where(aws.mode, aws.endpoint or aws.region or aws.profile)),
            ("X-Ray", segments),
            ("Rollbar", _where(rollbar.mode, rollbar.endpoint, rollbar.upstream)),
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the student: taken ports, little space, lost copies."""
        ports = self.running.notes if self.running else ()
        space = disk.note(self.settings.state_dir) if self.running else ""
        copies = (one.note for one in self.forwarding)
        return (
            *filter(None, (self.moved, *ports, space, *self.settings.notes, *copies)),
        )

    def __repr__(self) -> str:
        table = "\n".join(f"  {what:<14} {where}" for what, where in self.rows)
        notes = "".join(f"\n  Note: {note}" for note in self.notes)
        return f"{self._headline()}\n{table}{notes}"

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{escape(what)}</th>'
            f'<td style="text-align:left">{escape(where)}</td></tr>'
            for what, where in self.rows
        )
        notes = "".join(f"<p>Note: {escape(r)}</p>" for r in self.notes)
        caption = f'<caption style="text-align:left">{escape(self._headline())}'
        return f"<table>{caption}</caption><tbody>{rows}</tbody></table>{notes}"

    def _headline(self) -> str:
        return "The lab is running." if self.running else "All vendors are real."


def _where(mode: Mode, address: str, upstream: Upstream | None = None) -> str:
    if upstream is not None:
        return FORWARDED.format(upstream.endpoint)
    return EMULATED if mode is Mode.EMULATED else f"real: {address}"


def start() -> Lab:
    """Finds the lab or starts it, sets the vendors' variables, says what is local.

    The lab ends by itself a while after the last notebook that called this has closed.
    Calling it again is cheap and changes nothing. A Honeycomb key of yours is tried
    once, for two seconds at most. Raises LabError or SettingsError.
    """
    loaded = settings.load()
    running: Running | None = None
    copies: tuple[Forwarding, ...] = ()
    moved = ""
    if loaded.needs_lab:
        with StatusLine("starting the lab"):
            running = process.start(loaded)
        process.hold(running)
        export_log.shorten(running)
        before = settings.exported().get(HONEYCOMB_ENDPOINT, "")
        loaded = loaded.at(running.addresses)
        moved = MOVED if before not in ("", loaded.honeycomb.endpoint) else ""
        copies = forwarding_of(running) if loaded.upstreams else ()
    settings.export(loaded)
    key = _doctor.honeycomb.key_answer(loaded)
    return Lab(loaded, running, copies, honeycomb_key=key, moved=moved)


def doctor() -> _doctor.HealthReport:
    """Checks Python, packages, folder, ports and vendors with telemetry of its own.

    Five seconds of visitors say how much live traffic this machine carries.

    Take it when the lab does not start or answer, whatever your code does; where your
    own spans do not arrive though the lab is well, `lab.diagnose()` says why.
    """
    return _doctor.examine(settings.load())
