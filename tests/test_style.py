"""The project's own tools have nothing to say about the project."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def complaints(*command):
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_ruff_finds_nothing_in_code_or_notebooks():
    assert complaints("ruff", "check", "--no-cache", ".") == ""


def test_code_and_notebooks_are_formatted():
    assert complaints("ruff", "format", "--no-cache", "--check", ".") == ""


def test_the_package_is_fully_and_strictly_typed():
    assert complaints("mypy", "--strict") == ""


def test_a_fault_would_be_found(tmp_path):
    (tmp_path / "bad.py").write_text("import os\nx = undefined\n", encoding="utf-8")
    assert "undefined" in complaints("ruff", "check", "--no-cache", str(tmp_path))
    (tmp_path / "worse.py").write_text("def f(x):\n    return x\n", encoding="utf-8")
    assert "missing a type" in complaints("mypy", "--strict", str(tmp_path))
