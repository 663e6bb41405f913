"""How the tests are run: workers, their labs, and what stands last on the screen."""

import os
import re
import subprocess
import sys
from pathlib import Path

import hypothesis
import pytest

pytestmark = pytest.mark.xdist_group("lab")

ROOT = Path(__file__).resolve().parents[1]
FILES = [
    str(path.relative_to(ROOT))
    for name in ("test_packing", "test_fit", "test_quarantine")
    for path in (ROOT / "tests").rglob(f"{name}.py")
]
ON_WORKER = re.compile(r"^\[(gw\d)\] \[ *\d+%\] PASSED (\S+?)::", re.MULTILINE)
RESULT = re.compile(r"=+ \d+ passed in .*=+")


@pytest.fixture
def run(tmp_path):
    """Run pytest on some files, with a folder of its own for temporary ones."""

    def pytest_on(*arguments):
        command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider"]
        return subprocess.run(
            [*command, *arguments],
            cwd=ROOT,
            env=os.environ | {"TMPDIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        ).stdout

    return pytest_on


def test_files_are_spread_over_workers_and_none_is_torn_apart(run, tmp_path):
    said = run("-n", "2", *FILES)
    places = set(ON_WORKER.findall(said))
    assert len({worker for worker, _ in places}) == 2
    assert sorted(file for _, file in places) == sorted(FILES)
    assert list(tmp_path.glob("lab-tests-*")) == []


def test_one_file_runs_without_workers(run):
    assert "gw0" not in run(FILES[2])


def test_the_last_line_is_the_result(run):
    """With properties on DuckDB, and with the exercises' imports of the X-Ray SDK."""
    said = run("-n", "0", FILES[0], "tests/lab_helpers/exercises/test_catalog.py")
    assert RESULT.fullmatch(said.splitlines()[-1]), said


def test_no_deadline_and_no_slowness_of_a_machine_fails_a_property():
    slow = {hypothesis.HealthCheck.too_slow}
    for name in ("ci", "deep"):
        profile = hypothesis.settings.get_profile(name)
        assert profile.deadline is None
        assert slow <= set(profile.suppress_health_check)
    assert hypothesis.settings().deadline is None
    ci, deep = map(hypothesis.settings.get_profile, ("ci", "deep"))
    assert deep.max_examples >= 20 * ci.max_examples


def test_a_property_needs_more_examples_than_others_in_every_profile():
    """Nothing but a multiple: a number would be as small in the deep profile."""
    fixed = re.compile(r"max_examples=\d+[,)\n]|deadline=")
    folders = ROOT / "tests"
    found = [p for p in folders.rglob("*.py") if fixed.search(p.read_text("utf-8"))]
    assert [p for p in found if p.name != "test_suite.py"] == []
