"""What a query means, row by row, and queries and events to try it on."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def loaded(name: str) -> ModuleType:
    """The module of that name beside this one: tests are no package."""
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"insights_{name}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def oracle() -> ModuleType:
    """`answer(query, events)`, `Event`, and what both AWS and we say of a query."""
    return loaded("oracle")


@pytest.fixture(scope="session")
def random_queries() -> ModuleType:
    """`queries()` gives texts, `EVENTS` lists of (ms, message, stream)."""
    return loaded("random_queries")
