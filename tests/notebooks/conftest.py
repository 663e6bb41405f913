"""The pages under test, read once."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "notebooks").glob("*.ipynb"))


def pytest_generate_tests(metafunc):
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", PAGES, ids=[page.stem for page in PAGES])


@pytest.fixture
def notebook(page):
    """The page as plain JSON."""
    return json.loads(page.read_text(encoding="utf-8"))
