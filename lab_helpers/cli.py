"""The `lab` command: thin, the work is done by `process`, `doctor`, `authoring`."""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from typing import TypeAlias

from lab_helpers import pages, process, settings
from lab_helpers.errors import SentenceError
from lab_helpers.process import LabError, lifecycle
from lab_helpers.waiting import StatusLine

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

DETAILS = {
    "up": "It goes on after the terminal is closed, until `lab down`.",
    "down": "Notebooks that use it get it back by lab.start().",
    "reset": "A running lab goes on serving; solved exercises stay solved.",
    "doctor": "It sends telemetry of its own, and five seconds of visitors.",
    "env": 'In a shell: eval "$(lab env)".',
    "pages": "They are in my_pages; nothing there is ever overwritten.",
}
"""Command → what its own help says besides."""

FORMATS = {
    "sh": "export {name}='{value}'",
    "powershell": "$env:{name} = '{value}'",
    "cmd": 'set "{name}={value}"',
}
EPILOG = """\
examples:
  lab up                    start the lab, or find the one that runs
  lab env --json            where it listens, for a script
  eval "$(lab env)"         the same for this shell (PowerShell:
                            lab env --shell powershell | Out-String | iex)
  lab reset                 forget all data, keep serving
  lab pages fresh 02        a new copy of a page, yours under another name
  lab progress 02           which exercises of a page are solved
  lab notebooks run 01 02   run two notebooks and write their outputs

exit codes:
  0 done   1 it did not work, the reason is on stderr   2 the command was not understood
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code. Expected errors come without a trace."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.command is None:
        parser.print_help(sys.stderr)
        parser.exit(2)
    try:
        return int(arguments.run(arguments))
    except SentenceError as error:
        print(f"lab {arguments.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"lab {arguments.command}: interrupted", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lab",
        description="The local lab: emulated vendors for the tracing workbook.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="command")
    up = _command(commands, "up", "start the lab and leave it running")
    up.add_argument("-v", "--verbose", action="store_true", help="where the time went")
    up.set_defaults(run=_up)
    down = _command(commands, "down", "end the lab; its data stays")
    down.set_defaults(run=_down)
    status = _command(commands, "status", "is it running, and where; 1 if not")
    status.set_defaults(run=_status)
    reset = _command(commands, "reset", "empty every dataset; asks nothing")
    about = "forget which exercises are solved, and nothing else"
    reset.add_argument("--progress", action="store_true", help=about)
    reset.set_defaults(run=_reset)
    progress = _command(commands, "progress", "which exercises are solved")
    progress.add_argument("page", nargs="?", metavar="NN", help="one page's exercises")
    progress.set_defaults(run=_progress)
    doctor = _command(commands, "doctor", "what is wrong, and what to do")
    doctor.set_defaults(run=_doctor)
    env = _command(commands, "env", "the variables that lead to the lab")
    env.add_argument("--json", action="store_true", help="as one JSON object")
    env.add_argument("--shell", choices=FORMATS, default=_own_shell(), help="syntax")
    env.set_defaults(run=_env)
    _pages_parser(commands)
    _notebooks_parser(commands)
    return parser


def _command(commands: Commands, name: str, about: str) -> argparse.ArgumentParser:
    """A command whose own --help says what it does, too."""
    details = DETAILS.get(name, "")
    text = f"{about[0].upper()}{about[1:]}. {details}".strip()
    return commands.add_parser(name, help=about, description=text)


def _pages_parser(commands: Commands) -> None:
    about = "make your own copies of the pages, say which are new"
    group = _command(commands, "pages", about)
    group.set_defaults(run=_pages)
    actions = group.add_subparsers(dest="action", metavar="action")
    fresh = _command(actions, "fresh", "start pages afresh; yours are renamed")
    fresh.add_argument("numbers", nargs="+", metavar="NN", help="which pages")
    fresh.set_defaults(run=_fresh_pages)


def _notebooks_parser(commands: Commands) -> None:
    about = "run notebooks in a fresh lab and write their outputs"
    group = _command(commands, "notebooks", about)
    actions = group.add_subparsers(dest="action", required=True, metavar="action")
    run = _command(actions, "run", about)
    run.add_argument("numbers", nargs="*", metavar="NN", help="which; all when none")
    run.set_defaults(run=_run_notebooks)


def _own_shell() -> str:
    return "powershell" if os.name == "nt" else "sh"


def _up(arguments: argparse.Namespace) -> int:
    loaded = settings.load()
    if not loaded.needs_lab:
        print(lifecycle.status())
        return 0
    began = time.monotonic()
    before = process.find(loaded.state_dir)
    with StatusLine("starting the lab"):
        running = process.start(loaded, keep=True)
    seconds = time.monotonic() - began
    was_running = before is not None and before.pid == running.pid
    print(lifecycle.status())
    print("It was running already." if was_running else f"Ready after {seconds:.1f} s.")
    if arguments.verbose:
        for stage, seconds in running.stage_seconds.items():
            print(f"  {stage:<12} {seconds:6.2f} s")
    return 0


def _down(arguments: argparse.Namespace) -> int:
    loaded = settings.load()
    ended = process.stop(loaded.state_dir)
    print("The lab has ended; its data stays." if ended else "No lab was running.")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    status = lifecycle.status()
    print(status)
    return 0 if status.running or not status.settings.needs_lab else 1


def _reset(arguments: argparse.Namespace) -> int:
    if arguments.progress:
        from lab_helpers import exercises  # only this one loads them

        exercises.of_the_lab().forget()
        print("Every exercise of every page is to do again; the lab keeps its data.")
    else:
        print(lifecycle.reset())
    return 0


def _progress(arguments: argparse.Namespace) -> int:
    from lab_helpers import exercises

    states, library = exercises.of_the_lab().states(), list(exercises.books())
    if arguments.page is None:
        print(exercises.course_progress(library, states))
        return 0
    number = arguments.page.zfill(2)
    page = [book for book in library if book.notebook.startswith(f"{number}_")]
    if not page:
        known = ", ".join(book.notebook[:2] for book in library)
        raise LabError(f"no page has exercises and number {number}; known: {known}")
    print(exercises.page_progress(page, states))
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    from lab_helpers import doctor  # only this one speaks HTTP

    report = doctor.examine(settings.load())
    print(report)
    return 0 if report.ok else 1


def _env(arguments: argparse.Namespace) -> int:
    status = lifecycle.status()
    if status.settings.needs_lab and status.running is None:
        raise LabError("the lab is not running: `lab up` starts it")
    if arguments.json:
        print(json.dumps(status.settings.as_dict(), indent=2))
        return 0
    for name, value in status.settings.variables().items():
        print(FORMATS[arguments.shell].format(name=name, value=value))
    return 0


def _pages(arguments: argparse.Namespace) -> int:
    course = pages.of_the_course()
    made = course.update()
    print(f"Your own pages are in {course.copies}; nothing there is ever overwritten.")
    news = [copy for copy in made if copy.word != "yours"]
    print("\n".join(f"  {copy}" for copy in news) or "  Nothing is new.")
    if any(copy.word == "changed" for copy in news):
        print("Go on with either. `lab pages fresh NN` starts a page afresh.")
    return 0


def _fresh_pages(arguments: argparse.Namespace) -> int:
    for copy in pages.of_the_course().start_afresh(arguments.numbers):
        print(copy)
    print("A page that is open in JupyterLab: close its tab and open it again.")
    return 0


def _run_notebooks(arguments: argparse.Namespace) -> int:
    from lab_helpers.authoring import notebooks  # only this one needs Jupyter

    changed = notebooks.run(arguments.numbers)
    print("\n".join(f"{page.name}: {word}" for page, word in changed.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
