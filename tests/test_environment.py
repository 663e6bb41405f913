"""environment.yml says what pyproject.toml and constraints.txt say."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LINES = (ROOT / "environment.yml").read_text(encoding="utf-8").splitlines()


def items(indent):
    """The entries of the list at this indentation."""
    start = " " * indent + "- "
    return [line.removeprefix(start) for line in LINES if line.startswith(start)]


def test_the_environment_has_the_projects_name():
    assert LINES[0] == f"name: {PROJECT['project']['name']}"


def test_its_python_is_one_that_the_project_supports():
    (python,) = [item for item in items(2) if item.startswith("python=")]
    wanted = python.removeprefix("python=")
    assert wanted in SpecifierSet(PROJECT["project"]["requires-python"])
    classifier = f"Programming Language :: Python :: {wanted}"
    assert classifier in PROJECT["project"]["classifiers"]


def test_pip_installs_this_project_with_the_same_pins_and_nothing_else():
    assert items(2)[-2:] == ["pip", "pip:"]
    assert items(6) == ["--constraint constraints.txt", "--editable .[test]"]
    assert (ROOT / "constraints.txt").is_file()
    assert "test" in PROJECT["project"]["optional-dependencies"]


def test_the_oldest_python_is_the_same_in_every_place():
    oldest = PROJECT["project"]["requires-python"].removeprefix(">=")
    compact = oldest.replace(".", "")
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py{compact}"
    script = (ROOT / "workbook.py").read_text(encoding="utf-8")
    assert f"OLDEST = ({oldest.replace('.', ', ')})" in script
    assert f"Python {oldest} or newer" in (ROOT / "README.md").read_text("utf-8")


def test_the_version_is_the_one_that_is_installed():
    assert version("tracing-workbook") == PROJECT["project"]["version"]


def test_the_bounds_can_be_met_by_the_pins():
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    project = PROJECT["project"]
    asked = project["dependencies"] + project["optional-dependencies"]["test"]
    for requirement in map(Requirement, asked):
        name = re.escape(requirement.name)
        pinned = re.findall(rf"^{name}==([^\s;]+)", pins, re.MULTILINE)
        assert pinned, requirement
        assert all(requirement.specifier.contains(v, prereleases=True) for v in pinned)
