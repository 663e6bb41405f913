"""Set up and open the workbook, or test it, with nothing but Python installed.

    python workbook.py          the same as `lab`
    python workbook.py lab      make the environment, start the lab, open JupyterLab
                                on your own copies of the pages, in my_pages
    python workbook.py test     make the environment, run all tests

The environment is the folder .venv beside this file. The first run installs into it,
with uv when that is on the path and with pip otherwise: 1 to 7 minutes, about 1 GB of
disk. Interrupted, it goes on where it was; later runs start JupyterLab right away.
After an update of the workbook (git pull) the next run installs what has changed.
Anything after the command goes to JupyterLab or pytest:

    python workbook.py lab --no-browser
    python workbook.py test tests/lab_helpers/settings/test_settings.py -x
"""

import argparse
import collections
import hashlib
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST = (3, 11)
NEEDED_BYTES = 10**9  # of the environment, measured
FIRST_PAGE = "my_pages/00_start_here.ipynb"
# The whole workbook is in the file browser; what Jupyter prints is its URL and errors.
JUPYTER_LAB = (
    f"--ServerApp.root_dir={ROOT}",
    f"--LabApp.default_url=/lab/tree/{FIRST_PAGE}",
    "--ServerApp.log_level=ERROR",
    "--LabApp.log_level=ERROR",
)


class SetUpError(Exception):
    """Set-up cannot go on: what happened, and what to try."""


def main(arguments):
    """Run one command; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = ("lab", "test")
    parser.add_argument("command", nargs="?", default="lab", choices=commands)
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="for JupyterLab, pytest")
    asked = parser.parse_args(arguments)
    if asked.rest[:1] in (["-h"], ["--help"]):
        parser.print_help()
        return 0
    try:
        check_python(sys.version_info)
        python = environment("test" if asked.command == "test" else "")
        run = run_tests if asked.command == "test" else open_lab
        return run(python, asked.rest)
    except SetUpError as error:
        print(f"workbook: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("workbook: interrupted; run the same command to go on", file=sys.stderr)
        return 1


def check_python(found):
    """Refuse a Python that the workbook's packages no longer support."""
    if tuple(found[:2]) < OLDEST:
        raise SetUpError(
            "this is Python {}.{} ({}); the workbook needs {}.{} or newer.\n"
            "Call it with a newer one (python3.12 workbook.py lab), or take the conda "
            "way that README.md describes.".format(*found[:2], sys.executable, *OLDEST)
        )


def environment(extra, folder=ROOT / ".venv"):
    """The environment's Python, made and filled first if needed.

    `extra` is "test" for the tests' packages as well, "" for the course's alone.
    """
    python = python_of(folder)
    stamp = folder / "workbook-stamp.txt"
    wanted = stamp_of(extra)
    if python.exists() and read(stamp) in (wanted, stamp_of("test")):
        return python
    uv = shutil.which("uv")
    free = check_space(folder)
    tool = "uv" if uv else "pip"
    if read(stamp):
        print(f"The workbook has changed: {tool} brings its packages up to date.")
    else:
        print(
            f"Setting up the workbook with {tool}, once: 1 to 7 minutes, "
            f"about 1 GB of disk ({gigabytes(free)} are free)."
        )
    sys.stdout.flush()
    began = time.monotonic()
    if not usable(python, uv):
        make(folder, uv)
    install(python, extra, uv)
    quiet_kernels(folder)
    stamp.write_text(wanted, encoding="utf-8")
    minutes, seconds = divmod(round(time.monotonic() - began), 60)
    print(f"Set up in {minutes} min {seconds} s.")
    return python


def check_space(folder):
    """Bytes that are free; SetUpError if the rest of the environment needs more."""
    free = shutil.disk_usage(folder.parent).free
    files = (file for file in folder.rglob("*") if file.is_file())
    there = sum(file.stat().st_size for file in files)
    if free < NEEDED_BYTES - there:
        needed = gigabytes(NEEDED_BYTES - there)
        raise SetUpError(
            f"set-up needs about {needed} of disk in {folder.parent}, and "
            f"{gigabytes(free)} are free.\nFree some space, then run the same command "
            "again."
        )
    return free


def gigabytes(size):
    """A size as a person reads it."""
    return f"{size / 1e9:.1f} GB"


def usable(python, uv):
    """Tells whether an environment is there; an interrupted one may have no pip yet."""
    if uv or not python.exists():
        return python.exists()
    command = [str(python), "-c", "import pip"]
    return subprocess.call(command, stderr=subprocess.DEVNULL) == 0


def python_of(folder):
    """Where an environment keeps its Python on this system."""
    if os.name == "nt":
        return folder / "Scripts" / "python.exe"
    return folder / "bin" / "python"


def stamp_of(extra):
    """What the environment holds when it is up to date: the files that decide it."""
    digest = hashlib.sha256(f"{extra} {ROOT}".encode())  # .venv does not move along
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def read(stamp):
    """The stamp of the last set-up that went to its end; empty when there is none."""
    return stamp.read_text(encoding="utf-8") if stamp.exists() else ""


def make(folder, uv):
    """An empty environment with pip in it, so that %pip works in a notebook."""
    if uv:
        call([uv, "venv", "--seed", "--clear", "--python", sys.executable, folder])
        return
    try:
        venv.create(folder, with_pip=True, clear=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetUpError(
            f"{folder} cannot be made: {error}.\nOn Debian and Ubuntu: "
            "apt install python3-venv. Elsewhere: is the folder writable?"
        ) from error


def install(python, extra, uv):
    """The pinned packages and, editable, the workbook's own."""
    target = f"{ROOT}[{extra}]" if extra else str(ROOT)
    wanted = ["--constraint", ROOT / "constraints.txt", "--editable", target]
    if uv:
        call([uv, "pip", "install", "--python", python, *wanted], Installation(python))
    else:
        plain = ["--progress-bar", "off", "--disable-pip-version-check", "--no-input"]
        command = [python, "-m", "pip", "install", *plain, *wanted]
        call(command, Installation(python))


class Installation:
    """What an installer does, from the lines it prints: packages, of how many."""

    def __init__(self, python):
        self.folder = python.parent.parent
        pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
        names = re.findall(r"^([\w.-]+)==", pins, re.MULTILINE)
        self.total = f"at most {len(set(names))}"
        self.seen = set()
        self.megabytes = 0.0
        self.action = "beginning"
        self.installs, self.before = False, 0

    def read(self, line):
        """Takes one line of pip's or uv's."""
        collected = re.match(r"(?:Collecting|Requirement already.*:) ([\w.-]+)", line)
        downloaded = re.match(r"\s*Downloading (\S+) \(([\d.]+) ?(\S+)\)", line)
        chosen = re.match(r"Resolved (\d+) packages", line)
        if collected:
            self.seen.add(collected.group(1).lower())
            self.action = f"looking at {collected.group(1)}"
        elif downloaded and not downloaded.group(1).endswith(".metadata"):
            name, size, unit = downloaded.groups()
            self.megabytes += float(size) / {"k": 1000, "K": 1000}.get(unit[0], 1)
            self.action = f"downloading {re.split('-[0-9]', name)[0]}"
        elif chosen:
            self.total = chosen.group(1)
        elif line.startswith("Installing collected packages:"):
            self.total = str(line.count(",") + 1)
            self.installs, self.before = True, self.there()
        elif line.startswith("Prepared "):
            self.installs, self.before = True, self.there()

    def __str__(self):
        if self.installs:
            count = self.there() - self.before
            return f"installing: {count} of {self.total} packages"
        count = f"{len(self.seen)} of {self.total} packages"
        loaded = f", {self.megabytes:.0f} MB" if self.megabytes >= 1 else ""
        return f"{self.action}: {count}{loaded}"

    def there(self):
        """How many packages are in the environment."""
        packages = "Lib/site-packages" if os.name == "nt" else "lib/python*/*"
        return len(list(self.folder.glob(f"{packages}/*.dist-info")))


class Line:
    """One line of a terminal that is updated; elsewhere a line now and then."""

    def __init__(self, out=None):
        self.out = sys.stdout if out is None else out
        self.began = time.monotonic()
        self.printed = 0.0 if self.out.isatty() else self.began
        self.width = 0

    def show(self, text):
        """Shows what happens, and for how long already."""
        now = time.monotonic()
        text = f"  {text}, {now - self.began:.0f} s"
        if self.out.isatty():
            if now - self.printed < 0.1:
                return
            self.printed = now
            text = text[: max(shutil.get_terminal_size().columns - 1, 20)]
            self.out.write("\r" + text.ljust(self.width))
            self.width = len(text)
        elif now - self.printed >= 10:
            self.out.write(text + "\n")
            self.printed = now
        self.out.flush()

    def clear(self):
        """Removes the line."""
        if self.out.isatty():
            self.out.write("\r" + " " * self.width + "\r")
            self.out.flush()


def call(command, installation=None):
    """Run one step of the set-up in the workbook's folder, showing how far it is."""
    words = [str(word) for word in command]
    last = collections.deque(maxlen=15)
    try:
        code = follow(words, last, installation)
    except OSError as error:
        raise SetUpError(f"{words[0]} cannot be started: {error}") from error
    if code != 0:
        raise SetUpError(
            "this step ended with {}:\n  {}\nIt printed at last:\n{}\nWith a "
            "connection that works, run the same command again: it goes on where it "
            "stopped. To begin anew, remove .venv first.".format(
                code, " ".join(words), "".join(last)
            )
        )


def follow(words, last, installation):
    """The exit code of a command; its last lines are in `last`."""
    lines, line = queue.Queue(), Line()
    with subprocess.Popen(
        words,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as child:
        reader = threading.Thread(target=pass_on, args=(child.stdout, lines))
        reader.daemon = True
        reader.start()
        try:
            while True:
                try:
                    text = lines.get(timeout=0.5)
                except queue.Empty:
                    text = ""
                if text is None:
                    return child.wait()
                if text and not text.startswith("Looking in "):
                    last.append(text)
                if installation is not None:
                    installation.read(text)
                    line.show(installation)
        except KeyboardInterrupt:
            child.terminate()  # Ctrl-C has ended it already, but for a slow one
            raise
        finally:
            child.wait()
            reader.join()
            line.clear()


def pass_on(stream, lines):
    """Puts each line of a stream into a queue, and None at its end."""
    for text in stream:
        lines.put(text)
    lines.put(None)


def run_tests(python, rest):
    """All tests, or those that pytest's arguments select."""
    return wait_for([python, "-m", "pytest", *rest])


def open_lab(python, rest):
    """The lab and JupyterLab on the student's first page.

    A lab that was running before goes on; another one ends with JupyterLab.
    """
    if wait_for([python, "-m", "lab_helpers.cli", "pages"]) != 0:
        raise SetUpError("your pages could not be made; the reason is above.")
    was_running = lab_runs(python)
    if wait_for([python, "-m", "lab_helpers.cli", "up"]) != 0:
        raise SetUpError("the lab did not start; the reason is above.")
    # A polite end by the system ends the lab as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # Root is who you are in many a container, and JupyterLab would refuse.
    root = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    ending = "the lab goes on" if was_running else "and the lab with it"
    print(f"JupyterLab starts and opens {FIRST_PAGE}; Ctrl-C twice ends it, {ending}.")
    try:
        command = [python, "-m", "jupyterlab", *JUPYTER_LAB, *root, *rest]
        return wait_for(command, jupyter_environment())
    finally:
        if not was_running:
            wait_for([python, "-m", "lab_helpers.cli", "down"])


def lab_runs(python):
    """Tells whether there is a lab already, such as one of `lab up`."""
    words = [str(python), "-m", "lab_helpers.cli", "status"]
    return subprocess.call(words, cwd=ROOT, stdout=subprocess.DEVNULL) == 0


def jupyter_environment():
    """This environment, with the workbook's settings of JupyterLab before the user's.

    They are defaults only: what is chosen in JupyterLab's settings wins over them.
    """
    paths = [str(ROOT / ".jupyter"), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    joined = os.pathsep.join(path for path in paths if path)
    return dict(os.environ, JUPYTER_CONFIG_PATH=joined)


def quiet_kernels(environment):
    """Keep each kernel's three lines about encryption off the terminal: it is loopback.

    IPython reads this file of the environment; a line there is from an error now.
    """
    folder = Path(environment) / "etc" / "ipython"
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "ipython_kernel_config.json"
    settings.write_text('{"IPKernelApp": {"log_level": 40}}\n', encoding="utf-8")


def wait_for(command, environ=None):
    """The exit code of a command that handles Ctrl-C itself."""
    words = [str(word) for word in command]
    child = subprocess.Popen(words, cwd=ROOT, env=environ)
    try:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                continue
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
