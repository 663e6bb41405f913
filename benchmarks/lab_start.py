"""How long `lab up` takes, where the time goes, and what an idle lab weighs.

    python benchmarks/lab_start.py [times]

Goals: ready about 5 s after the call and 250 MiB, moto loaded; the Honeycomb part
alone, whose stages are shown, 1 s.
Every stage is the median of several runs, beside what this machine needs for a bare
interpreter in the same run. CPU seconds say what a quiet machine would need.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil

from lab_helpers import process, settings
from lab_helpers.settings import private_lab

READY_GOAL_S = 5.0
HONEYCOMB_GOAL_S = 1.0
IDLE_GOAL_MIB = 250
IDLE_SECONDS = 3
STAGES = """
import sys, time
from pathlib import Path
wall, cpu = time.perf_counter(), 0.0
def lap(name):
    global wall, cpu
    now, used = time.perf_counter(), time.process_time()
    print(name, now - wall, used - cpu, sep="\\t")
    wall, cpu = now, used
import lab_emulators.__main__
from lab_emulators.honeycomb import warm_up
from lab_emulators.honeycomb.config import HoneycombConfig
from lab_emulators.store import Store
lap("imports")
folder = Path(sys.argv[1])
with Store.open(folder / "honeycomb" / "events.duckdb"):
    lap("store")
    warm_up.warm(HoneycombConfig())
    lap("warm-up")
"""
Cost = tuple[float, float]  # seconds of wall clock, seconds of CPU


def main(times: int) -> None:
    """Print the table."""
    interpreter = statistics.median(timed(lambda: run("pass")) for _ in range(times))
    with tempfile.TemporaryDirectory() as folder:
        wanted = replace(
            settings.load(),
            state_dir=Path(folder),
            ports=settings.Ports(honeycomb=0, aws=0, xray=0, rollbar=0),
        )
        started = [start_and_stop(wanted) for _ in range(times)]
        typed = timed(lambda: run_lab("up", folder))
        again = timed(lambda: run_lab("up", folder))
        process.stop(wanted.state_dir)
    ready, cpu, idle = map(statistics.median, zip(*started, strict=True))
    print(f"{'stage':<28}{'seconds':>9}{'CPU s':>8}{'× interpreter':>15}")
    show("a bare interpreter", (interpreter, interpreter), interpreter)
    stages = median_stages(times)
    for name, cost in stages.items():
        show(f"  {name}", cost, interpreter)
    show("start() to ready", (ready, cpu), interpreter)
    show("`lab up` typed", (typed, float("nan")), interpreter)
    show("`lab up` typed again", (again, float("nan")), interpreter)
    print(f"ready: {ready / READY_GOAL_S:.2f} of the goal of {READY_GOAL_S:.0f} s")
    alone = sum(spent for _, spent in stages.values()) / HONEYCOMB_GOAL_S
    print(f"Honeycomb alone: {alone:.2f} CPU s of {HONEYCOMB_GOAL_S:.0f} s")
    print(f"idle: {idle:.0f} MiB, {idle / IDLE_GOAL_MIB:.2f} of {IDLE_GOAL_MIB} MiB")


def start_and_stop(wanted: settings.Settings) -> tuple[float, float, float]:
    """Seconds to ready, CPU seconds by then, MiB after a few idle seconds."""
    seconds = timed(lambda: process.start(wanted, keep=True))
    host = psutil.Process(process.start(wanted).pid)
    cpu = host.cpu_times()
    time.sleep(IDLE_SECONDS)
    idle = host.memory_info().rss / 2**20
    process.stop(wanted.state_dir)
    return seconds, cpu.user + cpu.system, idle


def show(name: str, cost: Cost, unit: float) -> None:
    """One line of the table."""
    print(f"{name:<28}{cost[0]:>9.2f}{cost[1]:>8.2f}{cost[0] / unit:>15.1f}")


def timed(work: Callable[[], object]) -> float:
    """Seconds of wall clock."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def run(code: str, *arguments: str) -> str:
    """What a fresh interpreter prints."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def run_lab(word: str, folder: str) -> None:
    """One `lab` command on a state folder of its own."""
    environment = private_lab.environment(Path(folder))
    command = [sys.executable, "-m", "lab_helpers.cli", word]
    subprocess.run(command, check=True, capture_output=True, env=environment)


def median_stages(times: int) -> dict[str, Cost]:
    """Stage → median cost, each run in a fresh interpreter and folder."""
    runs: list[dict[str, Cost]] = []
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder:
            lines = [line.split("\t") for line in run(STAGES, folder).splitlines()]
            runs.append({name: (float(wall), float(cpu)) for name, wall, cpu in lines})
    return {
        name: (
            statistics.median(each[name][0] for each in runs),
            statistics.median(each[name][1] for each in runs),
        )
        for name in runs[0]
    }


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
