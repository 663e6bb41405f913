"""The store's two faces, and how its own rooms may import each other."""

import ast
import importlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
STORE = "lab_emulators.store"
FACES = (STORE, f"{STORE}.query")
ROOMS = {"schema": set[str](), "durability": {"schema"}, "query": {"schema"}}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def outside() -> Iterator[Path]:
    """The modules of the vendors, and of their tests and benchmarks."""
    for top in ("lab_emulators", "tests/lab_emulators", "benchmarks"):
        for path in sorted((ROOT / top).rglob("*.py")):
            if "store" not in path.relative_to(ROOT / top).parts[:1]:
                yield path


def classes() -> Iterator[str]:
    for path in sorted((ROOT / "lab_emulators/store").rglob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name


def test_vendors_import_the_store_from_its_faces_only() -> None:
    modules = list(outside())
    inner = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules
        for name in imported(path)
        if name.startswith(STORE) and name not in FACES
    ]
    assert len(modules) > 300 and inner == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_of_the_store_imports_the_rooms_below_it(room: str) -> None:
    others = {
        name.split(".")[2]
        for path in (ROOT / "lab_emulators/store" / room).glob("*.py")
        for name in imported(path)
        if name.startswith(f"{STORE}.")
    }
    assert others - {room} == ROOMS[room]


@pytest.mark.parametrize("face", FACES)
def test_a_face_lists_all_that_it_imports(face: str) -> None:
    module = importlib.import_module(face)
    assert module.__file__ is not None
    tree = ast.parse(Path(module.__file__).read_text("utf-8"))
    names = [
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    assert sorted(module.__all__) == sorted(names)


def test_no_two_public_classes_of_the_store_have_one_name() -> None:
    assert [name for name, times in Counter(classes()).items() if times > 1] == []
