"""The lab's child process: found by its state file, or started, exactly once.

One folder, the state folder, holds everything: `lab.json` says where the running
lab listens, `lab.lock` lets one starter in at a time, `lab.log` is what it said.
"""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lab_helpers import settings
from lab_helpers.process.locks import Lock, LockTimeoutError

TOKEN_HEADER = "x-lab-token"
VERSION = version("tracing-workbook")
HOST = (sys.executable, "-m", "lab_emulators")


class LabError(Exception):
    """The lab could not do what was asked: what happened, and what to try."""


@dataclass(frozen=True, slots=True)
class Running:
    """Where a running lab listens, as its state file tells it."""

    pid: int
    control: str
    token: str = field(repr=False)
    endpoint: str
    api_key: str = field(repr=False)
    said: tuple[str, ...] = ()
    version: str = VERSION
    spent: Mapping[str, float] = field(default_factory=dict)  # stage → seconds
    aws: str = ""  # base URL of the front door
    daemon: str = ""  # host:port of the X-Ray daemon
    rollbar: str = ""  # URL of Rollbar's API, with its path

    def lead(self, wanted: settings.Settings) -> settings.Settings:
        """`wanted`, with everything that is emulated leading to this lab."""
        return wanted.with_emulator(
            self.endpoint,
            self.api_key,
            aws=self.aws,
            daemon=self.daemon,
            rollbar=self.rollbar,
        )


@dataclass(slots=True)
class _Held:
    """What this process must keep: its leases, and children it has to reap."""

    leases: dict[str, socket.socket] = field(default_factory=dict)
    children: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)


_held = _Held()


def find(state_dir: Path) -> Running | None:
    """The healthy lab of this state folder, or None."""
    running = _read_state(state_dir)
    if running is None or running.version != VERSION:
        return None
    try:
        call(running, "GET", "/health", seconds=3)
    except LabError:
        return None
    return running


def start(wanted: settings.Settings, *, keep: bool = False) -> Running:
    """Find the lab or start it; ready, warm and listening when this returns.

    With `keep` it runs until it is stopped; otherwise it ends by itself a while after
    the last process that called `hold` on it. Raises LabError.
    """
    state_dir = wanted.state_dir
    _make_folder(state_dir)
    try:
        with Lock(state_dir / "lab.lock", wanted.start_seconds):
            running = find(state_dir)
            if running is None:
                _end_leftover(state_dir)
                running = _spawn(wanted, keep=keep)
            elif keep:
                call(running, "POST", "/keep")
    except LockTimeoutError as error:
        raise LabError(
            f"another process has been starting the lab for {wanted.start_seconds:.0f} "
            f"s ({error}). Try `lab doctor`, then `lab up` once more."
        ) from error
    return running


def stop(state_dir: Path) -> bool:
    """End the lab of this folder, waiting until it has let go of its files.

    False when none was running.
    """
    running = _read_state(state_dir)
    if running is None:
        return False
    release(running)
    alive = _end(running)
    (state_dir / "lab.json").unlink(missing_ok=True)
    return alive


def hold(running: Running) -> None:
    """Keep the lab alive for as long as this process lives: its lease."""
    if running.control in _held.leases:
        return
    parts = urlsplit(running.control)
    lease = socket.create_connection((parts.hostname, parts.port), timeout=5)
    lease.sendall(
        f"GET /lease HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"{TOKEN_HEADER}: {running.token}\r\n\r\n".encode()
    )
    _held.leases[running.control] = lease


def release(running: Running) -> None:
    """Give the lease back."""
    lease = _held.leases.pop(running.control, None)
    if lease is not None:
        lease.close()


def call(
    running: Running, method: str, path: str, *, seconds: float = 30
) -> Mapping[str, object]:
    """One request to the lab's control side; its JSON answer. Raises LabError."""
    parts = urlsplit(running.control)
    # Not urllib: a proxy set for the outside world must not see loopback.
    connection = http.client.HTTPConnection(
        parts.hostname or "", parts.port, timeout=seconds
    )
    with contextlib.closing(connection):
        try:
            connection.request(method, path, headers={TOKEN_HEADER: running.token})
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise LabError(
                f"the lab does not answer {method} {path}: {error}"
            ) from error
    if answer.status >= 300:
        raise LabError(
            f"the lab answered {method} {path} with {answer.status}: {body!r}"
        )
    found = json.loads(body or b"{}")
    return found if isinstance(found, dict) else {}


def log_tail(state_dir: Path, lines: int = 12) -> str:
    """The last lines of the lab's log, or a sentence when there are none."""
    try:
        text = (state_dir / "lab.log").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    return "\n".join(text.splitlines()[-lines:]) or "(the log is empty)"


def _make_folder(state_dir: Path) -> None:
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        (state_dir / settings.EMPTY).write_bytes(b"")
    except OSError as error:
        raise LabError(
            f"the state folder {state_dir} cannot be made ({error}). Make the "
            "workbook's folder writable, or set LAB_STATE_DIR to a folder that is."
        ) from error


def _read_state(state_dir: Path) -> Running | None:
    try:
        found = json.loads((state_dir / "lab.json").read_text(encoding="utf-8"))
        return Running(**{**found, "said": tuple(found["said"])})
    except (OSError, ValueError, KeyError, TypeError):
        # Missing, half written or of another version: the same as no lab.
        return None


def _write_state(state_dir: Path, running: Running) -> None:
    draft = state_dir / "lab.json.new"
    draft.touch(mode=0o600)  # it holds the token
    draft.write_text(json.dumps(asdict(running)), encoding="utf-8")
    draft.replace(state_dir / "lab.json")


def _end_leftover(state_dir: Path) -> None:
    """End a lab that is there but unwell or of another version of the workbook."""
    leftover = _read_state(state_dir)
    if leftover is not None:
        release(leftover)
        _end(leftover)


def _spawn(wanted: settings.Settings, *, keep: bool) -> Running:
    state_dir = wanted.state_dir
    ready = state_dir / "ready.json"
    began = time.monotonic()
    command = [*HOST, "--state-dir", str(state_dir)]
    command += ["--honeycomb-port", str(wanted.honeycomb_port)]
    command += ["--aws-port", str(wanted.aws_port)]
    command += ["--xray-port", str(wanted.xray_port)]
    command += ["--rollbar-port", str(wanted.rollbar_port)]
    command += ["--aws-region", wanted.aws.region or settings.AWS_REGION]
    command += ["--keep"] if keep else []
    ready.touch(mode=0o600)  # the token passes through it
    child = _popen(command, ready, state_dir / "lab.log")
    _held.children[child.pid] = child
    try:
        told = _wait_until_ready(child, ready, wanted)
    except BaseException:
        child.kill()
        _reap(child.pid)
        raise
    finally:
        with contextlib.suppress(OSError):  # Windows: the child holds it open
            ready.unlink()
    spent = {"to ready": time.monotonic() - began, **told.get("spent", {})}
    running = replace(_running(told), spent=spent)
    _write_state(state_dir, running)
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
    child: subprocess.Popen[bytes], ready: Path, wanted: settings.Settings
) -> dict[str, Any]:
    deadline = time.monotonic() + wanted.start_seconds
    while time.monotonic() < deadline:
        ended = child.poll() is not None
        for line in ready.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.startswith("{") and line.endswith("\n"):
                told = dict(json.loads(line))
                if told.get("ready"):
                    return told
                raise LabError(f"the lab cannot start: {told.get('error')}")
        if ended:
            raise LabError(_failure(wanted.state_dir, f"ended with {child.returncode}"))
        time.sleep(0.02)
    spent = f"was not ready after {wanted.start_seconds:.0f} s"
    raise LabError(_failure(wanted.state_dir, spent))


def _running(told: Mapping[str, Any]) -> Running:
    honeycomb = told["honeycomb"]
    return Running(
        pid=int(told["pid"]),
        control=str(told["control"]),
        token=str(told["token"]),
        endpoint=str(honeycomb["endpoint"]),
        api_key=str(honeycomb["api_key"]),
        said=tuple(told.get("said", ())),
        aws=str(told["aws"]["endpoint"]),
        daemon=str(told["xray"]["daemon_address"]),
        rollbar=str(told["rollbar"]["endpoint"]),
    )


def _failure(state_dir: Path, what: str) -> str:
    return (
        f"the lab's process {what}. The end of {state_dir / 'lab.log'} says:\n\n"
        f"{log_tail(state_dir)}\n\n"
        "Try `lab doctor`, which says what is wrong and what to do; "
        "`lab reset` sets damaged data aside."
    )


def _end(running: Running, seconds: float = 10) -> bool:
    """Ask the process to end, insist after `seconds`; False if none answered."""
    try:
        call(running, "POST", "/stop")
    except LabError:
        return _reap(running.pid)
    deadline = time.monotonic() + seconds
    while _answers(running):
        if time.monotonic() > deadline:
            os.kill(running.pid, signal.SIGTERM)  # its /stop has just answered
            break
        time.sleep(0.02)
    _reap(running.pid)
    return True


def _answers(running: Running) -> bool:
    parts = urlsplit(running.control)
    try:
        socket.create_connection((parts.hostname, parts.port), timeout=1).close()
    except OSError:
        return False
    return True


def _reap(pid: int, seconds: float = 10) -> bool:
    """Collect a child of this process; kills it when it does not end by itself."""
    child = _held.children.pop(pid, None)
    if child is None:
        return False
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    return True
