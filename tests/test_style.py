"""The project's own tools have nothing to say about the project."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("style")

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PACKAGES = PYPROJECT["tool"]["mypy"]["packages"]
UNTYPED = "def f(x):\n    return x\n"


def complaints(*command, **variables):
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_ruff_finds_nothing_in_code_or_notebooks():
    assert complaints("ruff", "check", ".") == ""


def test_code_and_notebooks_are_formatted():
    assert complaints("ruff", "format", "--check", ".") == ""


def test_ruff_would_find_a_fault(tmp_path):
    (tmp_path / "bad.py").write_text("import os\nx = undefined\n", encoding="utf-8")
    assert "undefined" in complaints("ruff", "check", "--no-cache", str(tmp_path))


@pytest.mark.timeout(900)  # without a cache, beside other workers
def test_the_packages_are_fully_typed_and_a_missing_type_would_be_found(tmp_path):
    """One run for both, with the cache that `mypy` by hand uses too."""
    (tmp_path / "untyped.py").write_text(UNTYPED, encoding="utf-8")
    packages = [f"--package={name}" for name in (*PACKAGES, "untyped")]
    said = complaints("mypy", "--strict", *packages, MYPYPATH=str(tmp_path))
    fault, *rest = said.splitlines()
    assert "untyped.py:1: error: Function is missing a type" in fault
    assert len(rest) == 1 and rest[0].startswith("Found 1 error in 1 file"), said
