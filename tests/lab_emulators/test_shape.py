"""Packages of one kind have one shape, so that a file is found at the first guess."""

import ast
from pathlib import Path

import pytest

EMULATORS = Path(__file__).resolve().parents[2] / "lab_emulators"
LANGUAGES = sorted(path.parent for path in EMULATORS.glob("*/languages/*/__init__.py"))
FILES = ("grammar.lark", "nodes.py", "parser.py", "check.py", "compile.py")


def defined(path: Path) -> list[ast.AST]:
    """The functions, classes and assignments at the top of a module."""
    kinds = (ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
    return [n for n in ast.parse(path.read_text("utf-8")).body if isinstance(n, kinds)]


def imported(path: Path) -> set[str]:
    """The modules that a module names in its imports."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    froms = {n.module for n in nodes if isinstance(n, ast.ImportFrom) and n.module}
    plain = {a.name for n in nodes if isinstance(n, ast.Import) for a in n.names}
    return froms | plain


def test_the_query_languages_are_these() -> None:
    assert [path.name for path in LANGUAGES] == [
        "alarm_rule",
        "filter_pattern",
        "insights",
        "metric_math",
        "xray_filter",
        "calculated_field",
        "rql",
    ]


def test_a_folder_of_languages_holds_nothing_but_languages() -> None:
    for folder in EMULATORS.glob("*/languages"):
        inside = {path for path in folder.iterdir() if path.name != "__pycache__"}
        assert inside <= {*LANGUAGES, folder / "__init__.py"}


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda path: path.name)
def test_every_query_language_has_the_same_five_files(language: Path) -> None:
    assert [name for name in FILES if not (language / name).is_file()] == []


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda path: path.name)
def test_none_of_the_five_files_is_a_stub(language: Path) -> None:
    stubs = [name for name in FILES[1:] if not defined(language / name)]
    assert stubs == []
    assert (language / "grammar.lark").read_text("utf-8").count(":") > 5


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda path: path.name)
def test_a_tree_is_checked_before_anybody_sees_it(language: Path) -> None:
    module = ".".join(language.relative_to(EMULATORS.parent).parts)
    assert f"{module}.check" in imported(language / "parser.py")
    assert f"{module}.compile" not in imported(language / "parser.py")


def test_only_the_shared_parsing_sees_the_exceptions_of_lark() -> None:
    readers = {
        path.relative_to(EMULATORS).as_posix()
        for path in EMULATORS.rglob("*.py")
        if "lark.exceptions" in imported(path) or "UnexpectedInput" in path.read_text()
    }
    assert readers == {"lang/parsing.py"}
