"""Every test and every notebook under test uses one lab of its own, never yours."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import hypothesis
import pytest
from hypothesis import HealthCheck

from lab_helpers import process, settings

# How hard properties are tried. A busy machine decides no test: no deadline, and no
# complaint that examples are slow to make. A test that needs more examples than others
# multiplies `settings().max_examples`, so that it needs more in `deep` too.
for profile, examples in {"ci": 25, "deep": 1_000}.items():
    hypothesis.settings.register_profile(
        profile,
        hypothesis.settings.get_profile("default"),
        deadline=None,
        max_examples=examples,
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.function_scoped_fixture,
        ],
    )
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

FOREIGN = ("AWS_", "HONEYCOMB_", "LAB_", "OTEL_", "ROLLBAR_")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--every-page` opens all notebooks in the browser, not only one."""
    parser.addoption("--every-page", action="store_true")


def pytest_configure(config: pytest.Config) -> None:
    """Before anything is collected: the kernels nbval starts inherit this."""
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    os.environ["LAB_STATE_DIR"] = tempfile.mkdtemp(prefix="lab-tests-")
    for port in ("HONEYCOMB", "AWS", "XRAY", "ROLLBAR"):
        os.environ[f"LAB_{port}_PORT"] = "0"
    os.environ["LAB_ENV_FILE"] = ""  # a real key in .env must not reach a test


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the lab that tests or notebooks started, and forget its data."""
    state_dir = Path(os.environ["LAB_STATE_DIR"])
    process.stop(state_dir)
    shutil.rmtree(state_dir, ignore_errors=True)


@pytest.fixture(scope="session")
def session_lab():
    """The one lab of this run, for tests that leave it as they found it."""
    return process.start(settings.load(), keep=True)


@pytest.fixture
def restored_environment():
    """Puts the environment back after a test that lets the lab set variables."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def lab_state(tmp_path, monkeypatch, restored_environment):
    """An empty state folder that the settings lead to; its lab ends with the test."""
    state_dir = tmp_path / "state"
    monkeypatch.setenv("LAB_STATE_DIR", str(state_dir))
    yield state_dir
    with contextlib.suppress(process.LabError):
        process.stop(state_dir)
