"""The `lab` command as typed in a terminal."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys

import pytest

from lab_helpers import cli, exercises, process, settings
from lab_helpers.clients import HoneycombError
from lab_helpers.doctor import Finding, rehearsal

pytestmark = pytest.mark.xdist_group("lab")


def lab(*words):
    """Exit code, standard output and standard error of one command."""
    command = [sys.executable, "-m", "lab_helpers.cli", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_up_stays_up_and_a_second_up_finds_it(lab_state):
    code, told, errors = lab("up", "--verbose")
    assert code == 0, errors
    assert re.search(r"Ready after \d+\.\d s\.\n  to ready +\d", told)
    assert "It was running already." in lab("up")[1]
    running = process.find(lab_state)
    assert process.call(running, "GET", "/health")["kept"] is True
    assert lab("down")[1] == "The lab has ended; its data stays.\n"
    assert lab("down")[1] == "No lab was running.\n"


def test_up_keeps_a_lab_that_a_notebook_started(lab_state, capsys):
    running = process.start(settings.load())
    assert process.call(running, "GET", "/health")["kept"] is False
    assert cli.main(["up"]) == 0
    assert process.call(running, "GET", "/health")["kept"] is True
    assert "It was running already." in capsys.readouterr().out


def test_env_prints_one_object_that_leads_to_the_lab(session_lab, capsys):
    assert cli.main(["env", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    endpoint = session_lab.addresses.honeycomb
    key = settings.LAB_API_KEY
    assert told.pop("aws") == {
        "endpoint": session_lab.addresses.aws,
        "region": "us-east-1",
        "access_key_id": "lab-no-real-key",
        "mode": "emulated",
    }
    assert told.pop("xray") == {
        "daemon_address": session_lab.addresses.xray,
        "mode": "emulated",
    }
    rollbar = settings.load().rollbar
    assert told.pop("rollbar") == {
        "endpoint": session_lab.addresses.rollbar,
        "access_token": rollbar.access_token,
        "read_token": rollbar.read_token,
        "write_token": rollbar.write_token,
        "mode": "emulated",
    }
    assert told == {
        "honeycomb": {"endpoint": endpoint, "api_key": key, "mode": "emulated"},
        "otlp": {"endpoint": endpoint, "headers": {"x-honeycomb-team": key}},
    }


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("sh", "export HONEYCOMB_API_KEY='hcaik"),
        ("powershell", "$env:HONEYCOMB_API_KEY = 'hcaik"),
        ("cmd", 'set "HONEYCOMB_API_KEY=hcaik'),
    ],
)
def test_env_speaks_each_shell(lab_state, monkeypatch, capsys, shell, line):
    monkeypatch.setenv("HONEYCOMB_API_KEY", "hcaik" + "x" * 17)
    monkeypatch.setenv("LAB_HONEYCOMB", "real")
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("ROLLBAR_ACCESS_TOKEN", "a" * 32)
    assert cli.main(["env", "--shell", shell]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(line)
    assert len(lines) == 8
    assert "work" in lines[5]
    assert "https://api.rollbar.com/api/1/" in lines[-1]


def test_without_a_lab_env_and_status_say_how_to_start_one(lab_state, capsys):
    assert cli.main(["env", "--json"]) == 1
    assert "`lab up` starts it" in capsys.readouterr().err
    assert cli.main(["status"]) == 1
    assert "`lab up`" in capsys.readouterr().out


def test_a_mistake_in_env_is_told_with_its_line_and_without_a_traceback(
    tmp_path, monkeypatch
):
    file = tmp_path / ".env"
    file.write_text("HONEYCOMB_KEY=x\n")
    monkeypatch.setenv("LAB_ENV_FILE", str(file))
    code, told, errors = lab("up")
    assert (code, told) == (1, "")
    assert f"{file}:1: no setting is called 'HONEYCOMB_KEY'" in errors
    assert "did you mean HONEYCOMB_API_KEY?" in errors
    assert "Traceback" not in errors


def test_an_error_for_the_student_is_its_sentence_without_a_traceback(
    monkeypatch, capsys
):
    def fail(arguments):
        raise HoneycombError("GET /1/datasets", 401, "unknown API key")

    monkeypatch.setattr(cli, "_status", fail)
    assert cli.main(["status"]) == 1
    said = capsys.readouterr().err
    assert said == "lab status: GET /1/datasets answered 401: unknown API key\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminal")
def test_up_in_a_terminal_counts_the_seconds_in_one_line(lab_state):
    import pty

    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "lab_helpers.cli", "up"]
    with os.fdopen(ours, "rb", 0) as screen:
        with subprocess.Popen(command, stdout=-3, stderr=theirs) as up:
            os.close(theirs)
            shown = b""
            # The terminal says an error at its end, when the last writer has gone.
            with contextlib.suppress(OSError):
                while some := screen.read(1000):
                    shown += some
        assert up.returncode == 0
    assert "\rstarting the lab …" in shown.decode()
    assert re.search(r"starting the lab … \d+ s", shown.decode())
    assert "\n" not in shown.decode()


def test_reset_says_what_it_emptied(session_lab, capsys):
    assert cli.main(["reset"]) == 0
    assert str(settings.load().state_dir) in capsys.readouterr().out


def test_a_taken_port_is_said_and_the_next_one_used(lab_state, monkeypatch, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("LAB_HONEYCOMB_PORT", str(port))
        assert cli.main(["up"]) == 0
    assert "Other ports than usual, because yours" in capsys.readouterr().out
    assert process.find(lab_state).addresses.honeycomb != f"http://127.0.0.1:{port}"


@pytest.fixture
def rehearsed(monkeypatch):
    """A machine that carries all visitors: how busy this one is decides no test."""
    calm = Finding("visitors", "this machine carries at least 80 visits a second")
    monkeypatch.setattr(rehearsal, "visits", lambda: calm)


def test_doctor_passes_on_a_running_lab(session_lab, rehearsed, capsys):
    code = cli.main(["doctor"])
    told = capsys.readouterr().out
    assert code == 0, told
    assert "one span in, one found" in told
    assert "one segment in, one found" in told
    assert "carries at least 80 visits a second" in told


def test_doctor_fails_without_a_lab_and_says_what_to_run(lab_state, rehearsed, capsys):
    assert cli.main(["doctor"]) == 1
    assert "-> run `lab up`" in capsys.readouterr().out


def test_a_notebook_that_is_not_there_is_named(capsys):
    assert cli.main(["notebooks", "run", "98"]) == 1
    assert "no notebook has the number 98; known: " in capsys.readouterr().err


def test_help_shows_examples_and_exit_codes(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert "lab notebooks run 01 02" in told
    assert "exit codes:" in told


@pytest.mark.parametrize("command", ["up", "down", "reset", "doctor", "pages"])
def test_the_help_of_a_command_says_what_it_does(capsys, command):
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])
    assert ended.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    assert cli.DETAILS[command] in said


def test_without_a_command_all_of_them_are_shown(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main([])
    assert ended.value.code == 2
    assert "start the lab and leave it running" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["fly"], ["env", "--shell", "fish"]])
def test_a_command_that_is_not_understood_ends_with_two(words, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2
    assert "usage: lab" in capsys.readouterr().err


def test_starting_the_command_loads_none_of_the_heavy_packages():
    code = "import sys, lab_helpers.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"pandas", "numpy", "requests", "nbclient", "matplotlib"}


@pytest.fixture
def progress(lab_state):
    """The progress file, with one exercise of page 00 solved."""
    file = exercises.of_the_lab()
    file.save("visit_the_search", exercises.State.SOLVED)
    return file


def test_progress_sums_up_every_page_and_shows_one(progress, capsys):
    assert cli.main(["progress"]) == 0
    assert re.search(r"00_start_here +1 +0 +1\n", capsys.readouterr().out)
    assert cli.main(["progress", "0"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("1 of 2 exercises solved\n  solved   00  ")
    assert cli.main(["progress", "98"]) == 1
    assert "has exercises and number 98; known: 00, 01" in capsys.readouterr().err


def test_reset_keeps_the_progress_and_forgets_it_on_request(progress, capsys):
    assert cli.main(["reset"]) == 0
    assert "Solved exercises stay solved." in capsys.readouterr().out
    assert progress.states()
    assert cli.main(["reset", "--progress"]) == 0
    assert "to do again" in capsys.readouterr().out
    assert progress.states() == {}
