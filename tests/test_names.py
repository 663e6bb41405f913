"""Names in both packages: each class once, and nouns of the field."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("lab_helpers", "lab_emulators")
# Class → why two of that name in one package do not confuse anybody.
TWICE: dict[str, dict[str, str]] = {
    "lab_helpers": {
        "Incident": "traffic switches one on in a running app, history has had one"
    },
    "lab_emulators": {},
}
# A query language's nodes are named by its own grammar, whatever others call theirs.
LANGUAGE = re.compile(r"/languages/\w+/")
NO_NOUNS = re.compile(
    r"(told|asked|asking|given|wanted|found|kept|said|places?|shelf|shelves|ledger"
    r"|family|lean|upkeep|aside|door|doors|room|rooms)",
    re.IGNORECASE,
)
Node = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def public_names(path: Path) -> list[str]:
    """The module's own name, and those of its public classes and functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = (node for node in ast.walk(tree) if isinstance(node, Node))
    names = (path.stem, *(node.name for node in nodes))
    return [name for name in names if not name.startswith("_")]


def public_classes(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    return [name for name in names if not name.startswith("_")]


def repeated(paths: list[Path]) -> dict[str, list[str]]:
    """Class → modules, of those that several modules define."""
    where: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        if not LANGUAGE.search(path.as_posix()):
            for name in public_classes(path):
                where[name].append(path.name)
    return {name: files for name, files in where.items() if len(files) > 1}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_public_class_has_the_name_of_another_of_its_package(package):
    assert repeated(modules(package)).keys() == TWICE[package].keys()


def test_a_second_class_of_a_name_is_seen(tmp_path):
    for name in ("one.py", "two.py"):
        (tmp_path / name).write_text("class Report: ...\nclass _Own: ...\n", "utf-8")
    assert repeated(sorted(tmp_path.glob("*.py"))) == {"Report": ["one.py", "two.py"]}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_class_or_function_is_named_by_a_participle_or_a_metaphor(package):
    faults = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules(package)
        for name in public_names(path)
        if NO_NOUNS.fullmatch(name)
    ]
    assert faults == []


@pytest.mark.parametrize("name", ["told", "found", "Place", "Shelf", "places"])
def test_a_participle_as_a_noun_is_seen(name):
    assert NO_NOUNS.fullmatch(name)


@pytest.mark.parametrize("name", ["is_found", "placement", "Familiarity", "leaning"])
def test_a_word_that_only_holds_one_is_no_fault(name):
    assert not NO_NOUNS.fullmatch(name)
