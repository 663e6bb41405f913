"""Every test and every notebook under test uses one lab of its own, never yours."""

import contextlib
import gc
import os
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

import hypothesis
import pytest
from hypothesis import HealthCheck
from xdist.scheduler import LoadGroupScheduling

from lab_helpers import process, settings
from lab_helpers.settings import private_lab

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


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--every-page` opens all notebooks in the browser, not only one."""
    parser.addoption("--every-page", action="store_true")


def pytest_configure(config: pytest.Config) -> None:
    """Before anything is collected: the kernels nbval starts inherit this."""
    state_dir = _state_dir(config)
    for name in [name for name in os.environ if name.startswith(private_lab.FOREIGN)]:
        del os.environ[name]
    os.environ |= private_lab.variables(state_dir)


def _state_dir(config: pytest.Config) -> Path:
    """A new folder for this process's lab; a worker's lies in that of its parent."""
    if hasattr(config, "workerinput"):
        folder = Path(os.environ["LAB_STATE_DIR"], config.workerinput["workerid"])
        folder.mkdir()
        return folder
    return Path(tempfile.mkdtemp(prefix="lab-tests-"))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """End the lab that tests or notebooks started, and those of workers that died."""
    state_dir = Path(os.environ["LAB_STATE_DIR"])
    for folder in (state_dir, *state_dir.glob("gw*")):
        process.stop(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Forget the lab's data; leave nothing that speaks after the run's last line."""
    shutil.rmtree(os.environ["LAB_STATE_DIR"], ignore_errors=True)
    # The X-Ray SDK opens a socket when it is imported and has no call that closes it.
    xray = sys.modules.get("aws_xray_sdk.core")
    if xray is not None:
        xray.xray_recorder.emitter._socket.close()
    # Hypothesis measures the garbage collector by a callback and never takes it back.
    # What it leads to outlives the interpreter, and DuckDB's binding calls that a leak.
    measured = [c for c in gc.callbacks if "hypothesis" in str(c.__module__)]
    for callback in measured:
        gc.callbacks.remove(callback)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """No workers for one file or one test run by hand; else xdist's own choice."""
    alone = len(config.args) == 1 and not Path(config.args[0]).is_dir()
    return 0 if alone else None


def pytest_xdist_make_scheduler(config: pytest.Config, log) -> LoadGroupScheduling:
    """Workers take groups: those that tests name, and else whole files."""
    return FileOrGroup(config, log)


class FileOrGroup(LoadGroupScheduling):
    """Keeps a file's tests on one worker, for the fixtures and the cells they share."""

    def _split_scope(self, nodeid: str) -> str:
        return super()._split_scope(nodeid).split("::")[0]


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Each page's proofs are a group; on workers the longest groups go first."""
    for item in items:
        book = item.callspec.params.get("book") if hasattr(item, "callspec") else None
        if book and item.path.parent.name == "notebooks":
            item.add_marker(pytest.mark.xdist_group(f"proofs of {book.notebook}"))
    if hasattr(config, "workerinput"):
        sizes = Counter(map(_group, items))
        items.sort(key=lambda item: (_turn(item), -sizes[_group(item)], _group(item)))


def _group(item: pytest.Item) -> str:
    marker = item.get_closest_marker("xdist_group")
    return marker.args[0] if marker else item.nodeid.split("::")[0]


def _turn(item: pytest.Item) -> int:
    """When a worker runs it: pages and proofs, then named groups, then the others."""
    if item.path.suffix == ".ipynb" or _group(item).startswith("proofs of "):
        return 0
    return 1 if item.get_closest_marker("xdist_group") else 2


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
