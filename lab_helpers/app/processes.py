"""Kittiwake's three services as processes of their own."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from lab_helpers.app.server import RunningService, keep_running, stop_running
from lab_helpers.errors import SentenceError
from lab_helpers.waiting import ChildActivity, StatusLine

IDLE_SECONDS = 60.0
"""So long a process may make no progress before it is ready."""
LOOK_SECONDS = 0.5
STOP_SECONDS = 15.0
SERVICES = ("feed", "messages", "api")


class ServiceError(SentenceError, RuntimeError):
    """A service process ended, or never became ready; says what it printed."""


class ServiceProcess:
    """One service as a child process; it ends when its standard input closes."""

    def __init__(self, service: str, arguments: Sequence[str], log: Path) -> None:
        self.service = service
        self._log = log
        self._output = ""
        command = [sys.executable, "-m", "lab_helpers.app", service, *arguments]
        with log.open("wb") as errors:
            self._child = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
            )
        self._first_line: queue.Queue[bytes] = queue.Queue()
        threading.Thread(
            target=self._read_line, name=f"kittiwake-{service}-ready", daemon=True
        ).start()

    def go(self, env: Mapping[str, str], urls: Mapping[str, str]) -> None:
        """Starts serving with these environment variables and the others' URLs."""
        pipe = _pipe(self._child.stdin)
        try:
            pipe.write(json.dumps({"env": dict(env), "urls": dict(urls)}).encode())
            pipe.write(b"\n")
            pipe.flush()
        except OSError as error:
            raise self._failure() from error

    def wait_ready(self) -> str:
        """The service's URL once it answers; ServiceError if it does not come up."""
        try:
            url: str = json.loads(self._line())["url"]
        except (queue.Empty, ValueError, KeyError) as error:
            raise self._failure() from error
        self.url = url
        return url

    def _line(self) -> bytes:
        """The first line that it prints; queue.Empty if it makes no progress."""
        activity = ChildActivity(self._child.pid)
        while True:
            try:
                return self._first_line.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                if activity.idle_s() >= IDLE_SECONDS:
                    raise

    @property
    def pid(self) -> int:
        """The process id."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """True while the process is there."""
        return self._child.poll() is None

    def log(self) -> str:
        """The output of the process so far, also after its end."""
        if self._log.exists():
            text = self._log.read_text(encoding="utf-8", errors="replace")
            self._output = text.strip()
        return self._output

    def stop(self) -> int:
        """Closes its standard input and waits for the end; returns the exit code."""
        with suppress(OSError):  # it may have ended before us
            _pipe(self._child.stdin).close()
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        _pipe(self._child.stdout).close()
        self.log()  # the file may be gone when somebody asks
        return self._child.returncode

    def _failure(self) -> ServiceError:
        self.stop()
        printed = self.log() or "(nothing)"
        return ServiceError(
            f"the {self.service} process did not start. It printed:\n{printed}"
        )

    def _read_line(self) -> None:
        self._first_line.put(_pipe(self._child.stdout).readline())


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("the process was started without this pipe")
    return pipe


class Processes(RunningService):
    """The three services as processes; `.url` is the api's, `.urls` has all three."""

    def __init__(
        self, options: Sequence[str], env: Mapping[str, str], state: Path | None
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(
            prefix="kittiwake-", ignore_cleanup_errors=True
        )
        self._options = list(options)
        self._env = env
        self._state = state
        self._children: dict[str, ServiceProcess] = {}
        self._stopped = False
        self.urls: dict[str, str] = {}
        try:
            self._start_all()
        except BaseException:
            self.stop()
            raise

    @property
    def url(self) -> str:
        """The URL of the api service."""
        return self.urls["api"]

    @property
    def pids(self) -> dict[str, int]:
        """The process id of each service."""
        return {name: child.pid for name, child in self._children.items()}

    @property
    def alive(self) -> bool:
        """True while all three processes are there."""
        return all(child.alive for child in self._children.values())

    def log(self, service: str) -> str:
        """The output of one service so far, also after its end."""
        return self._children[service].log()

    def stop(self) -> None:
        """Stops all three, the api first."""
        if not self._stopped:
            self._stopped = True
            for child in reversed(self._children.values()):
                child.stop()
            self._folder.cleanup()

    def __repr__(self) -> str:
        if self._stopped:
            return "three Kittiwake processes, stopped"
        ports = (
            f"{name} on port {url.rsplit(':')[-1]}" for name, url in self._listed()
        )
        return "three Kittiwake processes: " + ", ".join(ports)

    def _listed(self) -> list[tuple[str, str]]:
        return sorted(self.urls.items())

    def _start_all(self) -> None:
        # All three begin at once; the api then waits to hear where the others are.
        with StatusLine(self._progress()) as line:
            for service in SERVICES:
                self._children[service] = self._start(service)
            for service in ("feed", "messages"):
                self._children[service].go(self._env, {})
            for service in SERVICES:
                if service == "api":
                    self._children[service].go(self._env, dict(self.urls))
                self.urls[service] = self._children[service].wait_ready()
                line.words = self._progress()

    def _progress(self) -> str:
        """Words on which services are ready so far."""
        each = (
            f"{name} {'is ready' if name in self.urls else 'starts'}"
            for name in SERVICES
        )
        return f"three processes: {', '.join(each)}"

    def _start(self, service: str) -> ServiceProcess:
        arguments = list(self._options)
        if self._state is not None:
            arguments.append(f"--database={self._state / f'{service}.db'}")
        log = Path(self._folder.name, f"{service}.log")
        return ServiceProcess(service, arguments, log)


def run_processes(
    *,
    seed: int = 7,
    setup: str | Path | None = None,
    env: Mapping[str, str] | None = None,
    pace: float = 1.0,
    state: Path | None = None,
    name: str = "kittiwake",
) -> Processes:
    """Starts api, feed and messages as three processes and waits until all answer.

    `setup` is a Python file whose `instrument(app, service)` is called in each process
    before it serves; `env` are extra environment variables for them; `state` a folder
    for their databases (None: temporary). The service of that `name` is stopped first.
    ServiceError, with what the process printed, if one does not come up.
    """
    options = [f"--seed={seed}", f"--pace={pace}"]
    if setup is not None:
        options.append(f"--setup={Path(setup).resolve()}")
    stop_running(name)
    processes = Processes(options, env or {}, state)
    keep_running(name, processes)
    return processes
