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

from lab_helpers import settings
from lab_helpers.process.control import call, listens, release
from lab_helpers.process.state import (
    VERSION,
    LabError,
    Running,
    log_tail,
    make_folder,
    read_state,
    write_state,
)
from lab_helpers.settings import Addresses, Settings

HOST = (sys.executable, "-m", "lab_emulators")

_children: dict[int, subprocess.Popen[bytes]] = {}
"""Process id → a child that this process has to reap."""


def find(state_dir: Path) -> Running | None:
    """The healthy lab of this state folder, or None."""
    running = read_state(state_dir)
    if running is None or running.version != VERSION:
        return None
    try:
        call(running, "GET", "/health", seconds=3)
    except LabError:
        return None
    return running


def start(wanted: Settings, *, keep: bool = False) -> Running:
    """Find the lab or start it; ready, warm and listening when this returns.

    With `keep` it runs until it is stopped; otherwise it ends by itself a while after
    the last process that called `hold` on it. Raises LabError.
    """
    state_dir = wanted.state_dir
    make_folder(state_dir)
    try:
        with filelock.FileLock(state_dir / "lab.lock", wanted.start_seconds):
            running = find(state_dir)
            if running is None:
                _end_leftover(state_dir)
                running = _spawn(wanted, keep=keep)
            elif keep:
                call(running, "POST", "/keep")
    except filelock.Timeout as error:
        raise LabError(
            f"another process has been starting the lab for {wanted.start_seconds:.0f} "
            f"s ({error}). Try `lab doctor`, then `lab up` once more."
        ) from error
    return running


def stop(state_dir: Path) -> bool:
    """End the lab of this folder, waiting until it has let go of its files.

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
    """End a lab that is there but unwell or of another version of the workbook."""
    leftover = read_state(state_dir)
    if leftover is not None:
        release(leftover)
        _end(leftover)


def _spawn(wanted: Settings, *, keep: bool) -> Running:
    state_dir = wanted.state_dir
    ready = state_dir / "ready.json"
    began = time.monotonic()
    command = [*HOST, "--state-dir", str(state_dir)]
    command += ["--honeycomb-port", str(wanted.ports.honeycomb)]
    command += ["--aws-port", str(wanted.ports.aws)]
    command += ["--xray-port", str(wanted.ports.xray)]
    command += ["--rollbar-port", str(wanted.ports.rollbar)]
    command += ["--aws-region", wanted.aws.region or settings.AWS_REGION]
    command += ["--keep"] if keep else []
    ready.touch(mode=0o600)  # the token passes through it
    child = _popen(command, ready, state_dir / "lab.log")
    _children[child.pid] = child
    try:
        report = _wait_until_ready(child, ready, wanted)
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
                cwd=settings.ROOT,
                env=settings.host_environment(),
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
    child: subprocess.Popen[bytes], ready: Path, wanted: Settings
) -> dict[str, Any]:
    deadline = time.monotonic() + wanted.start_seconds
    while time.monotonic() < deadline:
        ended = child.poll() is not None
        for line in ready.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.startswith("{") and line.endswith("\n"):
                report = dict(json.loads(line))
                if report.get("ready"):
                    return report
                raise LabError(f"the lab cannot start: {report.get('error')}")
        if ended:
            raise LabError(_failure(wanted.state_dir, f"ended with {child.returncode}"))
        time.sleep(0.02)
    spent = f"was not ready after {wanted.start_seconds:.0f} s"
    raise LabError(_failure(wanted.state_dir, spent))


def _running(report: Mapping[str, Any]) -> Running:
    """The lab that the process reports itself to be on its first line."""
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
    """Ask the process to end, insist after `seconds`; False if none answered."""
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
    """Collect a child of this process; kills it when it does not end by itself."""
    child = _children.pop(pid, None)
    if child is None:
        return False
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    return True
