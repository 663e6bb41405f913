"""The house's floors: who may import whom, and what only one room may do."""

import ast
import re
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("lab_helpers", "lab_emulators")
VENDORS = ("aws", "honeycomb", "rollbar")
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(
        ".__init__"
    ): path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}
ROW = re.compile(r"^\| `(lab_[\w/]+)(?:\.py)?` \| (\d) \|", re.MULTILINE)
# Room → floor, as the architecture page says; the longest prefix decides.
FLOORS = {
    path.replace("/", "."): int(floor)
    for path, floor in ROW.findall((ROOT / "docs/architecture.md").read_text("utf-8"))
}
POSIX_ONLY = {"fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"}
SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|DELETE\s+FROM|CREATE\s+TABLE|ALTER\s+TABLE)\b",
    re.DOTALL,
)


@cache
def tree(name):
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


@cache
def imports(name):
    """Every module of ours that a module names in an import, wherever it stands."""
    found = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            # `from a import b` imports a.b when that is a module, else a.
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in MODULES else node.module)
    return frozenset(other for other in found if other in MODULES)


def room(name):
    prefixes = [known for known in FLOORS if f"{name}.".startswith(f"{known}.")]
    return max(prefixes, key=len)


def floor_faults(name, imported):
    mine = room(name)
    for other in imported:
        theirs = room(other)
        if theirs != mine and FLOORS[theirs] >= FLOORS[mine] and FLOORS[theirs]:
            yield f"{name} (floor {FLOORS[mine]}) imports {other} ({FLOORS[theirs]})"


def test_every_module_belongs_to_a_room_of_the_architecture_page():
    assert {name for name in MODULES if room(name) in PACKAGES} == set(PACKAGES)


def test_every_path_of_the_architecture_page_is_there():
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    named = {
        path
        for path in re.findall(r"`(\w[\w/.]*/[\w./]*)`", text)
        if "NN" not in path  # a number to fill in
    }
    roots = (ROOT, *(ROOT / package for package in PACKAGES))
    roots += tuple(ROOT / "lab_emulators" / vendor for vendor in VENDORS)
    found = {path for path in named if any((root / path).exists() for root in roots)}
    assert named - found == set()
    assert len(named) > 20


def test_every_room_of_the_architecture_page_is_there():
    assert {name for name in FLOORS if name not in MODULES} == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_a_module_imports_only_from_lower_floors_or_its_own_room(package):
    inside = [name for name in MODULES if f"{name}.".startswith(f"{package}.")]
    assert [
        fault for name in inside for fault in floor_faults(name, imports(name))
    ] == []


def test_an_import_upward_is_seen():
    assert list(floor_faults("lab_helpers.plots.x", {"lab_helpers.lab"}))
    assert list(floor_faults("lab_helpers.clients.x", {"lab_helpers.plots"}))
    assert not list(floor_faults("lab_helpers.lab", {"lab_helpers.settings"}))


def test_the_packages_never_import_each_other():
    crossing = {
        (name, other)
        for name in MODULES
        for other in imports(name)
        if name.split(".")[0] != other.split(".")[0]
    }
    assert crossing == set()


def test_an_emulator_never_imports_another():
    for name in MODULES:
        vendor = name.partition("lab_emulators.")[2].split(".")[0]
        if vendor in VENDORS:
            others = {other.split(".")[1] for other in imports(name) if "." in other}
            assert others.isdisjoint({*VENDORS} - {vendor}), name


def test_imports_never_go_in_a_circle():
    order = TopologicalSorter({name: imports(name) for name in MODULES})
    try:
        order.prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def reads_environment(code):
    names = {"environ", "environb", "getenv"}
    # Handing variables on to the vendors' libraries is not reading them.
    text = ast.unparse(code).replace("os.environ.update(", "")
    if any(f"os.{name}" in text for name in names):
        return True
    for node in ast.walk(code):
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            return bool({alias.name for alias in node.names} & names)
    return False


def test_only_the_settings_read_the_environment():
    readers = {name for name in MODULES if reads_environment(tree(name))}
    # A reference answer is a student's cell, a file to take is a student's file: both
    # read what their documentation reads.
    answers = {n for n in readers if ".exercises.nb" in n or ".files." in n}
    assert readers - answers == {"lab_helpers.settings.environment"}


def strings(code):
    """String constants that are not documentation."""
    documented = {
        id(node.value) for node in ast.walk(code) if isinstance(node, ast.Expr)
    }
    for node in ast.walk(code):
        if isinstance(node, ast.Constant) and id(node) not in documented:
            yield str(node.value)


def test_only_the_store_speaks_sql():
    speakers = {
        name for name in MODULES if any(map(SQL.search, strings(tree(name))))
    } | {name for name in MODULES if "duckdb" in foreign(name)}
    assert {n for n in speakers if "lab_emulators.store" not in n} == set()
    assert speakers


def foreign(name):
    """Top-level packages outside ours that a module imports."""
    found = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.split(".")[0])
    return found


def guarded(code):
    """Imports that stand below an `if sys.platform …`."""
    for node in ast.walk(code):
        if isinstance(node, ast.If) and "sys.platform" in ast.unparse(node.test):
            yield from (n for n in ast.walk(node) if isinstance(n, ast.Import))


def test_what_only_posix_has_is_imported_behind_a_question():
    for name in MODULES:
        behind = {a.name for n in guarded(tree(name)) for a in n.names}
        assert foreign(name) & POSIX_ONLY <= behind, name


def tracked():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    names = listed.stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_no_tracked_file_names_a_registry_or_a_folder_of_one_machine():
    # Put together here so that this file does not name them either.
    hosts = "|".join(("py" + r"pi\.", "pythonhosted" + r"\.", "npm" + r"js\."))
    folders = "|".join(("/" + "work/", "/" + r"home/\w", "/" + r"Users/\w"))
    banned = re.compile(f"({hosts}|{folders}|[A-Z]:" + r"\\Users)")
    faults = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in tracked()
        if (found := banned.search(path.read_text("utf-8", errors="replace")))
    ]
    assert faults == []


def test_every_module_can_be_imported_by_itself_without_a_warning():
    code = "; ".join(f"import {name}" for name in MODULES if "__main__" not in name)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
