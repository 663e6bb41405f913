"""Every dependency has a pin and a use; no pin names the place it comes from."""

import ast
import re
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("lab_helpers", "lab_emulators")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PINS = (ROOT / "constraints.txt").read_text("utf-8")
# Packages that are run, loaded by name or read by a type checker, never imported.
RUN = {
    "jupyterlab": "workbook.py starts it",
    "pytest-timeout": "pyproject.toml sets its limit",
    "pytest-xdist": "pyproject.toml turns it on, conftest.py groups the tests",
    "nbval": "pyproject.toml turns it on",
    "awscli": "tests/lab_emulators/aws/gateway/test_app.py runs it as a student would",
    "ruff": "tests/test_style.py runs it",
    "mypy": "tests/test_style.py runs it",
    "pandas-stubs": "types for mypy",
    "types-requests": "types for mypy",
    "types-protobuf": "types for mypy",
    "types-tqdm": "types for mypy",
}


def names(lines):
    return {canonicalize_name(Requirement(line).name) for line in lines}


COURSE = names(PROJECT["dependencies"])
TESTS = names(PROJECT["optional-dependencies"]["test"])


def sources():
    """The text of every module and page."""
    for folder in (*PACKAGES, "tests", "benchmarks", "notebooks"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".ipynb"):
                yield path.read_text("utf-8")


@cache
def imported():
    """Distributions of every import in the package, tests, benchmarks, notebooks."""
    dotted = "\n".join(sources())
    tops = set(re.findall(r"^[\s\"]*(?:from|import) ([\w.]+)", dotted, re.MULTILINE))
    owners = packages_distributions()
    found = {o for top in tops for o in owners.get(top.split(".")[0], ())}
    # One namespace, many distributions: tell them apart by the whole name.
    opentelemetry = {top.replace(".", "-").replace("_", "-") for top in tops}
    return {
        canonicalize_name(name)
        for name in found
        if not name.startswith("opentelemetry")
        or any(f"{part}-".startswith(f"{name}-") for part in opentelemetry)
    }


@pytest.mark.parametrize("name", sorted(COURSE | TESTS))
def test_a_dependency_has_one_pin_for_each_python_and_system(name):
    lines = [
        line
        for line in PINS.splitlines()
        if canonicalize_name(line.split("==")[0]) == name
    ]
    assert lines
    markers = {line.partition(";")[2] for line in lines}
    assert len(markers) == len(lines)


@pytest.mark.parametrize("name", sorted(COURSE | TESTS))
def test_a_dependency_is_used(name):
    if name in RUN or name in imported():
        return
    if not list((ROOT / "notebooks").glob("*.ipynb")):
        pytest.skip("the notebooks, which may use it, are not here yet")
    pytest.fail(f"nothing imports {name}")


def test_the_list_of_what_is_only_run_is_not_out_of_date():
    assert RUN.keys() <= COURSE | TESTS
    assert RUN.keys() & imported() == set()


def test_the_packages_import_only_what_the_course_asks_for():
    owners = packages_distributions()
    allowed = COURSE | {"tracing-workbook", *COME_ALONG}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for top in tops(path):
                found = {canonicalize_name(o) for o in owners.get(top, ())}
                assert not found or found & allowed, f"{path}: {top}"


# What the course asks for could not run without these: boto3, jupyterlab, flask.
COME_ALONG = (
    "botocore",
    "ipython",
    "jupyter-client",
    "nbclient",
    "nbformat",
    "werkzeug",
)


def tops(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.split(".")[0]


def test_pins_are_exact_and_name_no_place():
    for line in PINS.splitlines():
        assert re.fullmatch(r"[a-z0-9.-]+==[^\s;@/]+( ; .+)?", line), line
    for text in (PINS, (ROOT / "pyproject.toml").read_text("utf-8")):
        assert not re.search(r"://|--index| @ ", text)
