"""The lab's child process: found by its state folder, started once, ended."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import filelock
import psutil

from lab_helpers.process import disk
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
from lab_helpers.settings import (
    AWS_REGION,
    ROOT,
    Addresses,
    Ports,
    Settings,
    host_environment,
)
from lab_helpers.waiting import ChildActivity

HOST = (sys.executable, "-m", "lab_emulators")
READY = "ready.json"
OTHER_PORTS = "Other ports than usual, because yours were taken; nothing to do."
STOP_SECONDS = 10.0

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
    services the lab forwards. It takes as long as there is progress. Raises LabError.
    """
    state_dir = settings.state_dir
    make_folder(state_dir)
    with _only_starter(settings):
        running = find(state_dir)
        if running is None:
            before = _end_leftover(state_dir)
            disk.check(state_dir)
            running = _spawn(_at_the_ports_of(before, settings), keep=keep)
        elif keep:
            call(running, "POST", "/keep")
        hand_over(running, settings.upstreams)
    return running


@contextlib.contextmanager
def _only_starter(settings: Settings) -> Iterator[None]:
    """Lets one process at a time start the lab; LabError if another one is stuck."""
    lock = filelock.FileLock(settings.state_dir / "lab.lock")
    last, idle_s = None, 0.0
    while True:
        try:
            lock.acquire(timeout=1)
            break
        except filelock.Timeout as error:
            # The other starter touches this file as long as it sees progress.
            beat = _touched(settings.state_dir / READY)
            last, idle_s = beat, 0.0 if beat != last else idle_s + 1
            if idle_s >= settings.start_seconds:
                raise LabError(
                    "another process is starting the lab and has made no progress "
                    f"for {idle_s:.0f} s. Try `lab doctor`, then `lab up` once more."
                ) from error
    try:
        yield
    finally:
        lock.release()


def _touched(file: Path) -> int | None:
    """When a file was last touched, in nanoseconds; None if it is not there."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return None


def unresponsive(state_dir: Path) -> int | None:
    """The id of a lab's process that is there and does not answer, or None."""
    running = read_state(state_dir)
    if running is None or find(state_dir) is not None:
        return None
    return None if _process(running, state_dir) is None else running.pid


def stop(state_dir: Path) -> bool:
    """Ends the lab of this folder, waiting until it has closed its files.

    False when none was running.
    """
    running = read_state(state_dir)
    if running is None:
        return False
    release(running)
    alive = _end(running, state_dir)
    (state_dir / "lab.json").unlink(missing_ok=True)
    return alive


def _end_leftover(state_dir: Path) -> Running | None:
    """Ends a lab that is unwell, or of another version; returns the state of one."""
    leftover = read_state(state_dir)
    if leftover is not None:
        release(leftover)
        _end(leftover, state_dir)
    return leftover


def _at_the_ports_of(before: Running | None, settings: Settings) -> Settings:
    """Settings that prefer the ports of the lab that was killed, if there was one.

    Exporters and clients that a notebook has made for it go on then.
    """
    if before is None or before.version != VERSION:
        return settings
    lab = before.addresses
    urls = (lab.honeycomb, lab.aws, f"//{lab.xray}", lab.rollbar)
    return replace(settings, ports=Ports(*(urlsplit(url).port or 0 for url in urls)))


def _spawn(settings: Settings, *, keep: bool) -> Running:
    state_dir = settings.state_dir
    ready = state_dir / READY
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
    activity = ChildActivity(child.pid)
    while (idle_s := activity.idle_s()) < settings.start_seconds:
        if not idle_s:
            with contextlib.suppress(OSError):
                os.utime(ready)  # for those who wait until this start is over
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
    stuck = f"has made no progress for {settings.start_seconds:.0f} s"
    raise LabError(_failure(settings.state_dir, stuck))


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
        notes=(OTHER_PORTS,) if report.get("said") else (),
    )


def _failure(state_dir: Path, what: str) -> str:
    return (
        f"the lab's process {what}. The end of {state_dir / 'lab.log'} says:\n\n"
        f"{log_tail(state_dir)}\n\n"
        "Try `lab doctor`, which says what is wrong and what to do; "
        "`lab reset` puts damaged data into quarantine."
    )


def _end(running: Running, state_dir: Path) -> bool:
    """Asks the process to end, and kills it if it does not; False if none was there."""
    try:
        call(running, "POST", "/stop", seconds=STOP_SECONDS)
    except LabError:
        killed = _kill(running, state_dir)
        return _reap(running.pid) or killed
    deadline = time.monotonic() + STOP_SECONDS
    while listens(running):
        if time.monotonic() > deadline:
            os.kill(running.pid, signal.SIGTERM)  # its /stop has just answered
            break
        time.sleep(0.02)
    _reap(running.pid)
    return True


def _kill(running: Running, state_dir: Path) -> bool:
    """Kills a lab that does not answer, because it was stopped, say; False without."""
    process = _process(running, state_dir)
    if process is None:
        return False
    with contextlib.suppress(psutil.Error):  # it ended just now
        process.kill()
        process.wait(STOP_SECONDS)
    return True


def _process(running: Running, state_dir: Path) -> psutil.Process | None:
    """The lab's process; None if its id is another process's by now, or nobody's."""
    try:
        process = psutil.Process(running.pid)
        return process if str(state_dir) in process.cmdline() else None
    except psutil.Error:
        return None


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
