"""Every AWS service has the same rooms: model, errors, repository, operations."""

import ast
import subprocess
import sys
from pathlib import Path

import botocore.session
import pytest

import lab_emulators.aws

AWS = Path(lab_emulators.aws.__file__).parent
BOTOCORE = {
    "logs": "logs",
    "metrics": "cloudwatch",
    "alarms": "cloudwatch",
    "xray": "xray",
}
SERVICES = sorted(BOTOCORE)
LANGUAGES = sorted(
    ".".join(("lab_emulators.aws", *path.relative_to(AWS).with_suffix("").parts))
    for path in AWS.glob("languages/*/parser.py")
)


def modules(service, *, inside="."):
    found = sorted((AWS / service / inside).rglob("*.py"))
    return [path for path in found if path.name != "__init__.py"]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def offered(path):
    """The keys of dictionaries in a module: a part offers its operations as one."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Dict):
            keys = [key for key in node.keys if isinstance(key, ast.Constant)]
            yield from (key.value for key in keys)


def operations_of(service):
    model = botocore.session.get_session().get_service_model(BOTOCORE[service])
    return set(model.operation_names)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_four_rooms(service):
    names = {path.name for path in (AWS / service).iterdir()}
    assert {"model.py", "errors.py", "repository", "operations"} <= names
    assert modules(service, inside="repository")
    assert modules(service, inside="operations")


@pytest.mark.parametrize("service", SERVICES)
def test_operations_are_offered_by_the_modules_of_that_room(service):
    elsewhere = {
        path.relative_to(AWS / service).as_posix()
        for path in modules(service)
        if path.parent.name != "operations"
        and operations_of(service) & set(offered(path))
    }
    # The engine of alarms wakes its thread after PutMetricAlarm; checks name
    # parameters by operation.
    assert elsewhere <= {"tags.py", "engine.py", "checks.py"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_module_of_operations_is_about_an_operation_of_the_service(service):
    for path in modules(service, inside="operations"):
        words = set(path.read_text("utf-8").replace("`", " ").split())
        plain = {word.strip('",.:;()[]{}') for word in words}
        assert plain & operations_of(service), path.name


@pytest.mark.parametrize("service", SERVICES)
def test_repositories_know_nothing_of_operations(service):
    for path in modules(service, inside="repository"):
        assert not [name for name in imported(path) if ".operations." in name], path


def test_metrics_know_nothing_of_alarms():
    for path in modules("metrics"):
        assert not [name for name in imported(path) if ".aws.alarms" in name], path


@pytest.mark.parametrize("module", LANGUAGES)
def test_a_language_that_reads_a_model_can_be_imported_first(module):
    done = subprocess.run(
        [sys.executable, "-c", f"import {module}"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("service", SERVICES)
def test_a_module_is_no_crumb(service):
    for path in modules(service):
        lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
        assert len(lines) >= 20 or path.name in ("errors.py", "paging.py"), path
