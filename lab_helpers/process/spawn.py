"""The lab's child process: found by its state folder, started once, ended."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import filelock

from lab_helpers.process.control import call, listens, release
from lab_helpers.process.forwarding import hand_over
from lab_helpers.process.state import (
    VERSION,
    LabError,
    Running,
    log_tail,
    make_folder,
    read_state,
    write_state,
)
from lab_helpers.settings import AWS_REGION, ROOT, Addresses, Settings, host_environment

HOST = (sys.executable, "-m", "lab_emulators")

_children: dict[int, subprocess.Popen[bytes]] = {}
"""Process id → a child that this process has to reap."""


def find(state_dir: Path) -> Running | None:
    """The healthy lab of this state folder, or None."""
    running = read_state(state_dir)
    if running is None or running.version != VERSION:
        return None
    try:
        health = call(running, "GET", "/health", seconds=3)
    except LabError:
        return None
    # One that was started before the workbook was updated cannot forward: not ours.
    return running if "forwarding" in health else None


def start(settings: Settings, *, keep: bool = False) -> Running:
    """Finds the lab or starts it; ready, warm and listening when this returns.

    With `keep` it runs until it is stopped; otherwise it ends by itself a while after
    the last process that called `hold` on it. The last start also decides to which real
    services the lab forwards. Raises LabError.
    """
    state_dir = settings.state_dir
    make_folder(state_dir)
    try:
        with filelock.FileLock(state_dir / "lab.lock", settings.start_seconds):
            running = find(state_dir)
            if running is None:
                _end_leftover(state_dir)
                running = _spawn(settings, keep=keep)
            elif keep:
                call(running, "POST", "/keep")
            hand_over(running, settings.upstreams)
    except filelock.Timeout as error:
        raise LabError(
            "another process has been starting the lab for "
            f"{settings.start_seconds:.0f} s ({error}). Try `lab doctor`, then "
            "`lab up` once more."
        ) from error
    return running


def stop(state_dir: Path) -> bool:
    """Ends the lab of this folder, waiting until it has closed its files.

    False when none was running.
    """
    running = read_state(state_dir)
    if running is None:
        return False
    release(running)
    alive = _end(running)
    (state_dir / "lab.json").unlink(missing_ok=True)
    return alive


def _end_leftover(state_dir: Path) -> None:
    """Ends a lab that is there but unwell or of another version of the workbook."""
    leftover = read_state(state_dir)
    if leftover is not None:
        release(leftover)
        _end(leftover)


def _spawn(settings: Settings, *, keep: bool) -> Running:
    state_dir = settings.state_dir
    ready = state_dir / "ready.json"
    began = time.monotonic()
    command = [*HOST, "--state-dir", str(state_dir)]
    command += ["--honeycomb-port", str(settings.ports.honeycomb)]
    command += ["--aws-port", str(settings.ports.aws)]
    command += ["--xray-port", str(settings.ports.xray)]
    command += ["--rollbar-port", str(settings.ports.rollbar)]
    command += ["--aws-region", settings.aws.region or AWS_REGION]
    command += ["--keep"] if keep else []
    ready.touch(mode=0o600)  # the token passes through it
    child = _popen(command, ready, state_dir / "lab.log")
    _children[child.pid] = child
    try:
        report = _wait_until_ready(child, ready, settings)
    except BaseException:
        child.kill()
        _reap(child.pid)
        raise
    finally:
        with contextlib.suppress(OSError):  # Windows: the child holds it open
            ready.unlink()
    stages = {"to ready": time.monotonic() - began, **report.get("spent", {})}
    running = replace(_running(report), stage_seconds=stages)
    write_state(state_dir, running)
    return running


def _popen(command: list[str], out: Path, log: Path) -> subprocess.Popen[bytes]:
    with out.open("wb") as ready, log.open("wb") as errors:
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=ready,
                stderr=errors,
                cwd=ROOT,
                env=host_environment(),
                **_detached(),
            )
        except OSError as error:
            raise LabError(f"{command[0]} cannot be started: {error}") from error


def _detached() -> dict[str, Any]:
    """Popen arguments for a child that outlives the terminal and its Ctrl-C."""
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS
        return {"creationflags": flags}
    return {"start_new_session": True}


def _wait_until_ready(
    child: subprocess.Popen[bytes], ready: Path, settings: Settings
) -> dict[str, Any]:
    deadline = time.monotonic() + settings.start_seconds
    while time.monotonic() < deadline:
        ended = child.poll() is not None
        for line in ready.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.startswith("{") and line.endswith("\n"):
                report = dict(json.loads(line))
                if report.get("ready"):
                    return report
                raise LabError(f"the lab cannot start: {report.get('error')}")
        if ended:
            raise LabError(
                _failure(settings.state_dir, f"ended with {child.returncode}")
            )
        time.sleep(0.02)
    spent = f"was not ready after {settings.start_seconds:.0f} s"
    raise LabError(_failure(settings.state_dir, spent))


def _running(report: Mapping[str, Any]) -> Running:
    """The running lab, from the first line that its process reports."""
    return Running(
        pid=int(report["pid"]),
        control=str(report["control"]),
        token=str(report["token"]),
        addresses=Addresses(
            honeycomb=str(report["honeycomb"]["endpoint"]),
            honeycomb_key=str(report["honeycomb"]["api_key"]),
            aws=str(report["aws"]["endpoint"]),
            xray=str(report["xray"]["daemon_address"]),
            rollbar=str(report["rollbar"]["endpoint"]),
        ),
        notes=tuple(report.get("said", ())),
    )


def _failure(state_dir: Path, what: str) -> str:
    return (
        f"the lab's process {what}. The end of {state_dir / 'lab.log'} says:\n\n"
        f"{log_tail(state_dir)}\n\n"
        "Try `lab doctor`, which says what is wrong and what to do; "
        "`lab reset` puts damaged data into quarantine."
    )


def _end(running: Running, seconds: float = 10) -> bool:
    """Asks the process to end, kills it after `seconds`; False if none answered."""
    try:
        call(running, "POST", "/stop")
    except LabError:
        return _reap(running.pid)
    deadline = time.monotonic() + seconds
    while listens(running):
        if time.monotonic() > deadline:
            os.kill(running.pid, signal.SIGTERM)  # its /stop has just answered
            break
        time.sleep(0.02)
    _reap(running.pid)
    return True


def _reap(pid: int, seconds: float = 10) -> bool:
    """Collects a child of this process; kills it when it does not end by itself."""
    child = _children.pop(pid, None)
    if child is None:
        return False
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    return True
