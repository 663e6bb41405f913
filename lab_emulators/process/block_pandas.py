"""Blocks the import of pandas, which the process never uses."""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType


class _Absent:
    """An import finder that knows one thing: this module is not here."""

    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """None for every other module."""
        if name == self._name:
            raise ModuleNotFoundError(f"this process goes without {name}", name=name)
        return None


def go_without_pandas() -> None:
    """Makes `import pandas` fail in this process.

    pyarrow imports it to see whether a list is a Series, which costs the process
    more than a second at its start and some 35 MiB for as long as it runs.
    """
    sys.meta_path.insert(0, _Absent("pandas"))
