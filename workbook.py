"""Set up and open the workbook, or test it, with nothing but Python installed.

    python workbook.py lab      make the environment, start the lab, open JupyterLab
                                on your own copies of the pages, in my_pages
    python workbook.py test     make the environment, run all tests

The environment is the folder .venv beside this file. The first run installs into it,
with uv when that is on the path and with pip otherwise; later runs start at once.
Anything after the command goes to JupyterLab or pytest:

    python workbook.py lab --no-browser
    python workbook.py test tests/lab_helpers/settings/test_settings.py -x
"""

import argparse
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST = (3, 11)
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
    parser.add_argument("command", choices=("lab", "test"))
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="for JupyterLab, pytest")
    asked = parser.parse_args(arguments)
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
    print(f"Setting up {folder} with {'uv' if uv else 'pip'}; once, some minutes.")
    if not python.exists():
        make(folder, uv)
    install(python, extra, uv)
    stamp.write_text(wanted, encoding="utf-8")
    return python


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
        call([uv, "pip", "install", "--quiet", "--python", python, *wanted])
    else:
        call([python, "-m", "pip", "install", "--quiet", *wanted])


def call(command):
    """Run one step of the set-up in the workbook's folder."""
    words = [str(word) for word in command]
    try:
        code = subprocess.call(words, cwd=ROOT)
    except OSError as error:
        raise SetUpError(f"{words[0]} cannot be started: {error}") from error
    if code != 0:
        raise SetUpError(
            "this step ended with {}:\n  {}\nIts own message is above. With a "
            "connection that works, run the same command again: it goes on where it "
            "stopped. To begin anew, remove .venv first.".format(code, " ".join(words))
        )


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
    print(f"JupyterLab opens {FIRST_PAGE}; Ctrl-C twice ends it, {ending}.")
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
