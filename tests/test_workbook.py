"""The script a student runs first, before anything is installed."""

import ast
import importlib.util
import io
import json
import logging
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def workbook(tmp_path, monkeypatch):
    """The script as a module, its folder a copy with nothing but the two files."""
    spec = importlib.util.spec_from_file_location("workbook", ROOT / "workbook.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return module


@pytest.fixture
def steps(workbook, monkeypatch):
    """Commands the set-up would run; making an environment makes only its Python."""
    ran = []

    def pretend(command, installation=None):
        ran.append([str(word) for word in command])
        if "venv" in ran[-1]:
            python = workbook.python_of(Path(ran[-1][-1]))
            python.parent.mkdir(parents=True)
            python.touch()

    monkeypatch.setattr(workbook, "call", pretend)
    monkeypatch.setattr(workbook.shutil, "which", lambda name: name)
    return ran


def script(*arguments):
    return subprocess.run(
        [sys.executable, ROOT / "workbook.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_needs_nothing_but_python():
    code = ast.parse((ROOT / "workbook.py").read_text("utf-8"))
    imports = [n for n in ast.walk(code) if isinstance(n, (ast.Import, ast.ImportFrom))]
    tops = {
        (n.module if isinstance(n, ast.ImportFrom) else n.names[0].name).split(".")[0]
        for n in imports
    }
    assert tops <= set(sys.stdlib_module_names)


def test_an_old_python_can_read_it_and_is_told_what_to_do(workbook):
    text = (ROOT / "workbook.py").read_text("utf-8")
    ast.parse(text, feature_version=(3, 7))
    with pytest.raises(workbook.SetUpError, match=r"3\.8 .*\n.*3\.11 or newer|3\.8"):
        workbook.check_python((3, 8, 1))
    workbook.check_python((3, 11, 0))


def test_help_names_both_commands():
    told = script("--help")
    assert told.returncode == 0
    assert "workbook.py lab" in told.stdout
    assert "workbook.py test" in told.stdout


@pytest.mark.parametrize("words", [["lab", "--help"], ["test", "-h"]])
def test_help_after_a_command_is_the_scripts_own_and_installs_nothing(words):
    told = script(*words)
    assert told.returncode == 0
    assert "workbook.py lab" in told.stdout


@pytest.mark.parametrize(
    ("words", "rest"),
    [([], []), (["lab"], []), (["lab", "--no-browser"], ["--no-browser"])],
)
def test_without_a_command_it_opens_the_lab(workbook, steps, monkeypatch, words, rest):
    opened = []
    monkeypatch.setattr(workbook, "open_lab", lambda python, rest: opened.append(rest))
    workbook.main(words)
    assert opened == [rest]


def test_an_unknown_command_is_refused():
    told = script("install")
    assert told.returncode == 2
    assert "invalid choice: 'install'" in told.stderr


def test_the_first_run_makes_and_fills_the_environment(workbook, steps, tmp_path):
    python = workbook.environment("test", tmp_path / ".venv")
    made, filled = steps
    assert made[:4] == ["uv", "venv", "--seed", "--clear"]
    assert filled[:3] == ["uv", "pip", "install"]
    assert filled[-1] == f"{tmp_path}[test]"
    assert str(tmp_path / "constraints.txt") in filled
    assert python == workbook.python_of(tmp_path / ".venv")


def test_the_second_run_installs_nothing(workbook, steps, tmp_path):
    workbook.environment("test", tmp_path / ".venv")
    steps.clear()
    workbook.environment("test", tmp_path / ".venv")
    workbook.environment("", tmp_path / ".venv")
    assert steps == []


def test_tests_after_the_course_install_what_tests_need(workbook, steps, tmp_path):
    workbook.environment("", tmp_path / ".venv")
    steps.clear()
    workbook.environment("test", tmp_path / ".venv")
    assert [step[-1] for step in steps] == [f"{tmp_path}[test]"]


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_a_changed_file_is_installed_again(workbook, steps, tmp_path, name):
    workbook.environment("", tmp_path / ".venv")
    steps.clear()
    (tmp_path / name).write_text("changed", encoding="utf-8")
    workbook.environment("", tmp_path / ".venv")
    assert len(steps) == 1


def test_without_uv_the_environment_is_filled_by_pip(workbook, steps, monkeypatch):
    monkeypatch.setattr(workbook.shutil, "which", lambda name: None)
    workbook.install(Path("python"), "", None)
    assert steps[0][:4] == ["python", "-m", "pip", "install"]


def test_an_interrupted_set_up_goes_on_next_time(workbook, steps, monkeypatch):
    folder = workbook.ROOT / ".venv"
    whole = workbook.call

    def broken(command, installation=None):
        whole(command)
        if "install" in [str(word) for word in command]:
            raise workbook.SetUpError("no connection")

    monkeypatch.setattr(workbook, "call", broken)
    with pytest.raises(workbook.SetUpError):
        workbook.environment("", folder)
    monkeypatch.setattr(workbook, "call", whole)
    workbook.environment("", folder)
    assert steps[-1][:3] == ["uv", "pip", "install"]


def test_a_step_that_fails_is_named_with_what_to_try(workbook):
    with pytest.raises(workbook.SetUpError, match=r"ended with 3:[\s\S]*run the same"):
        workbook.call([sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(workbook.SetUpError, match="cannot be started"):
        workbook.call(["no-such-program"])


def test_a_step_that_fails_shows_its_last_lines_and_no_index(workbook):
    code = "print('Looking in indexes: https://a.b'); print('no match'); exit(1)"
    with pytest.raises(workbook.SetUpError) as caught:
        workbook.call([sys.executable, "-c", code])
    assert "It printed at last:\nno match\n" in str(caught.value)
    assert "a.b/" not in str(caught.value) and "\nLooking" not in str(caught.value)


PIP = """\
Looking in indexes: https://a.b
Requirement already satisfied: click in ./.venv
Collecting jupyterlab>=4.6 (from -c constraints.txt)
  Downloading jupyterlab-4.6.1-py3-none-any.whl.metadata (16 kB)
Collecting duckdb>=1.4
  Using cached duckdb-1.5.0-cp311-manylinux.whl (20.5 MB)
Downloading jupyterlab-4.6.1-py3-none-any.whl (12.5 MB)
Downloading six-1.17.0-py3-none-any.whl (500 kB)
"""
UV = """\
Resolved 146 packages in 1.25s
Downloading duckdb (20.5MiB)
"""


@pytest.fixture
def installation(workbook, tmp_path):
    """What is installed into an empty environment of this system."""
    return workbook.Installation(workbook.python_of(tmp_path / ".venv"))


def test_pip_is_followed_by_packages_and_megabytes(installation):
    seen = []
    for line in PIP.splitlines():
        installation.read(line)
        seen.append(str(installation))
    pins = installation.total
    assert pins.startswith("at most ")
    assert seen[2] == f"looking at jupyterlab: 2 of {pins} packages"
    assert seen[-2] == f"downloading jupyterlab: 3 of {pins} packages, 12 MB"
    assert seen[-1] == f"downloading six: 3 of {pins} packages, 13 MB"


def test_uv_is_followed_as_well(installation):
    for line in UV.splitlines():
        installation.read(line)
    assert str(installation) == "downloading duckdb: 0 of 146 packages, 20 MB"
    installation.read("Prepared 140 packages in 8.10s")
    assert str(installation) == "installing: 0 of 146 packages"


def test_what_is_installed_is_counted_in_the_environment(installation):
    folder = "Lib" if os.name == "nt" else "lib/python3.12"
    packages = installation.folder / folder / "site-packages"
    (packages / "pip-26.0.dist-info").mkdir(parents=True)
    installation.read("Installing collected packages: six, duckdb, jupyterlab")
    for name in ("six-1.17.0", "duckdb-1.5.0", "pip/_vendor/urllib3-2.0"):
        (packages / f"{name}.dist-info").mkdir(parents=True)
    assert str(installation) == "installing: 2 of 3 packages"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_step_with_an_installation_shows_one_line(
    workbook, installation, monkeypatch
):
    monkeypatch.setattr(sys, "stdout", Terminal())
    workbook.call([sys.executable, "-c", "print('Collecting six')"], installation)
    shown = sys.stdout.getvalue()
    assert "looking at six: 1 of at most" in shown
    assert "\n" not in shown
    assert shown.endswith(" \r")


INTERRUPTED = """
import sys, _thread
sys.path.insert(0, sys.argv[1])
import workbook

class Interrupting(workbook.Installation):
    def read(self, line):
        if line:
            _thread.interrupt_main()

workbook.install = lambda *_: workbook.call(
    [sys.executable, "-c", "import time; print(1, flush=True); time.sleep(60)"],
    Interrupting(workbook.Path(sys.executable)),
)
workbook.environment = lambda extra: workbook.install()
sys.exit(workbook.main([]))
"""


def test_an_interrupt_ends_the_installer_and_says_how_to_go_on():
    command = [sys.executable, "-c", INTERRUPTED, ROOT]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert done.stderr == "workbook: interrupted; run the same command to go on\n"


def usage(free):
    return type("Usage", (), {"free": free})()


def test_too_little_disk_is_said_with_numbers_before_anything_is_done(
    workbook, steps, monkeypatch
):
    monkeypatch.setattr(workbook.shutil, "disk_usage", lambda _: usage(300 * 10**6))
    with pytest.raises(workbook.SetUpError, match=r"about 1\.0 GB.*and 0\.3 GB are"):
        workbook.environment("", workbook.ROOT / ".venv")
    assert steps == []


def test_a_set_up_that_goes_on_needs_only_the_rest(workbook, steps, monkeypatch):
    monkeypatch.setattr(workbook, "NEEDED_BYTES", 1000)
    monkeypatch.setattr(workbook.shutil, "disk_usage", lambda _: usage(300))
    folder = workbook.ROOT / ".venv"
    folder.mkdir()
    (folder / "big").write_bytes(b"x" * 800)
    workbook.environment("", folder)
    assert steps


def test_the_first_words_say_how_long_and_how_much(workbook, steps, capsys):
    folder = workbook.ROOT / ".venv"
    workbook.environment("", folder)
    said = capsys.readouterr().out
    assert "with uv, once: 1 to 7 minutes, about 1 GB of disk (" in said
    assert said.endswith("Set up in 0 min 0 s.\n")
    (workbook.ROOT / "constraints.txt").write_text("changed", encoding="utf-8")
    workbook.environment("", folder)
    assert "The workbook has changed: uv brings" in capsys.readouterr().out


def test_an_environment_that_was_interrupted_before_pip_came_is_made_anew(
    workbook, tmp_path
):
    python = workbook.python_of(tmp_path / "empty")
    assert not workbook.usable(python, None)
    workbook.venv.create(tmp_path / "empty", with_pip=False)
    assert not workbook.usable(python, None)
    assert workbook.usable(python, "uv")
    assert workbook.usable(Path(sys.executable), None)


@pytest.fixture
def no_lab(workbook, monkeypatch):
    """No lab is running before JupyterLab is opened."""
    monkeypatch.setattr(workbook, "lab_runs", lambda python: False)


@pytest.mark.parametrize("outcome", [0, 5])
@pytest.mark.usefixtures("no_lab")
def test_the_lab_ends_with_jupyterlab_however_that_ends(workbook, monkeypatch, outcome):
    ran = []

    def pretend(command, environ=None):
        ran.append([str(word) for word in command])
        return outcome if "jupyterlab" in command else 0

    monkeypatch.setattr(workbook, "wait_for", pretend)
    monkeypatch.setattr(workbook.signal, "signal", lambda *_: None)
    monkeypatch.setattr(workbook.os, "geteuid", lambda: outcome, raising=False)
    assert workbook.open_lab("python", ["--no-browser"]) == outcome
    assert [command[-1] for command in ran] == ["pages", "up", "--no-browser", "down"]
    assert ("--allow-root" in ran[2]) == (outcome == 0)


def test_a_lab_that_ran_before_goes_on_after_jupyterlab(workbook, monkeypatch):
    ran = []

    def pretend(command, environ=None):
        ran.append(command)
        return 0

    monkeypatch.setattr(workbook, "wait_for", pretend)
    monkeypatch.setattr(workbook.signal, "signal", lambda *_: None)
    monkeypatch.setattr(workbook, "lab_runs", lambda python: True)
    workbook.open_lab("python", ["--no-browser"])
    assert [command[-1] for command in ran] == ["pages", "up", "--no-browser"]


@pytest.mark.usefixtures("no_lab")
@pytest.mark.parametrize(
    ("failing", "sentence"), [("pages", "could not be made"), ("up", "did not start")]
)
def test_without_pages_or_a_lab_nothing_is_opened(
    workbook, monkeypatch, failing, sentence
):
    monkeypatch.setattr(workbook, "wait_for", lambda command: failing in command)
    with pytest.raises(workbook.SetUpError, match=sentence):
        workbook.open_lab("python", [])


def test_jupyterlab_opens_the_students_own_first_page():
    page = "my_pages/00_start_here.ipynb"
    text = (ROOT / "workbook.py").read_text("utf-8")
    assert f'"{page}"' in text
    assert Path(page).name in {path.name for path in (ROOT / "notebooks").iterdir()}


@pytest.fixture
def jupyterlab(workbook, monkeypatch, tmp_path):
    """JupyterLab as the script starts it, until its URL is printed: (URL, output)."""
    monkeypatch.setattr(workbook, "ROOT", ROOT)
    environ = workbook.jupyter_environment()
    names = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    environ |= {f"JUPYTER_{name}": str(tmp_path / name) for name in names}
    # Not 0: the names of loopback, IPv4 and IPv6, would get a port each.
    flags = ["--no-browser", f"--port={free_port()}", "--allow-root"]
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *workbook.JUPYTER_LAB, *flags],
        env=environ,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with server:
        try:
            lines = []
            for line in server.stderr:
                lines.append(line)
                if "http://127.0.0.1" in line:
                    break
            yield lines[-1].strip(), "".join(lines)
        finally:
            server.kill()


@pytest.mark.xdist_group("browser")
def test_jupyterlab_is_quiet_at_the_workbooks_root_and_asks_for_no_news(jupyterlab):
    url, output = jupyterlab
    assert url.partition("?")[0].endswith("/lab/tree/my_pages/00_start_here.ipynb")
    assert "[I " not in output and "Skipped" not in output
    base, token = url.partition("/lab/")[0], url.partition("?")[2]
    notification = "lab/api/settings/@jupyterlab%2Fapputils-extension:notification"
    settings = fetched(f"{base}/{notification}?{token}")["schema"]["properties"]
    assert settings["fetchNews"]["default"] == "false"
    listed = fetched(f"{base}/api/contents/?{token}")["content"]
    assert {"README.md", "data", "notebooks"} <= {entry["name"] for entry in listed}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetched(url, seconds=60):
    """The JSON there; JupyterLab prints its URL a moment before it listens."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urlopen(url, timeout=seconds) as answer:
                return json.load(answer)
        except URLError as error:
            refused = isinstance(error.reason, ConnectionRefusedError)
            if not refused or time.monotonic() > deadline:
                raise
        time.sleep(0.1)


def test_your_own_jupyter_settings_stay_behind_the_workbooks(workbook, monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "mine")
    paths = workbook.jupyter_environment()["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    assert paths == [str(workbook.ROOT / ".jupyter"), "mine"]


@pytest.mark.parametrize(("code", "runs"), [(0, True), (1, False)])
def test_a_running_lab_is_known_by_the_exit_code_of_status(
    workbook, monkeypatch, code, runs
):
    asked = []

    def call(words, **_):
        asked.append(words)
        return code

    monkeypatch.setattr(workbook.subprocess, "call", call)
    assert workbook.lab_runs("python") is runs
    assert asked == [["python", "-m", "lab_helpers.cli", "status"]]


def test_the_exit_code_of_the_tests_is_the_scripts(workbook):
    assert workbook.wait_for([sys.executable, "-c", "raise SystemExit(4)"]) == 4


def test_a_kernel_keeps_its_lines_about_loopback_to_itself(workbook, tmp_path):
    from ipykernel.kernelapp import IPKernelApp
    from IPython.core.application import ENV_CONFIG_DIRS
    from traitlets.config.loader import JSONFileConfigLoader

    workbook.quiet_kernels(tmp_path)
    (made,) = tmp_path.rglob("*.json")
    read = JSONFileConfigLoader(made.name, str(made.parent)).load_config()
    assert read.IPKernelApp.log_level == logging.ERROR
    assert made.stem == Path(IPKernelApp().config_file_name).stem
    folders = {Path(path) for path in ENV_CONFIG_DIRS}
    assert Path(sys.prefix) / made.parent.relative_to(tmp_path) in folders
