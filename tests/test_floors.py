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
PACKAGE = ROOT / "lab_helpers"
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(
        ".__init__"
    ): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
# Room → floor; the longest prefix decides. A module imports only from lower floors
# or from its own room.
FLOORS = {
    "lab_helpers": 0,
    "lab_helpers.settings": 0,
    "lab_helpers.envfile": 0,
    "lab_helpers.places": 0,
    "lab_helpers.aws_settings": 0,
    "lab_helpers.rollbar_settings": 0,
    "lab_helpers.isolation": 1,
    "lab_helpers.analysis": 1,
    "lab_helpers.emulators": 3,  # only the process host, which starts the vendors
    "lab_helpers.emulators.store": 1,
    "lab_helpers.emulators.honeycomb": 2,
    "lab_helpers.emulators.aws": 2,
    "lab_helpers.emulators.rollbar": 2,
    "lab_helpers.spans": 2,
    "lab_helpers.clients": 2,
    "lab_helpers.plots": 2,
    "lab_helpers.app": 2,
    "lab_helpers.exercises": 3,
    "lab_helpers.traffic": 3,
    "lab_helpers.aside": 4,
    "lab_helpers.locks": 4,
    "lab_helpers.process": 4,
    "lab_helpers.doctor": 4,
    "lab_helpers.awscalls": 4,
    "lab_helpers.rollbarcalls": 4,
    "lab_helpers.lab": 4,
    "lab_helpers.upkeep": 4,
    "lab_helpers.notebooks": 4,
    "lab_helpers.cli": 5,
}
ENTRANCE = {name for name, floor in FLOORS.items() if floor == 4}
OUTSIDE_EMULATORS = ("clients", "analysis", "plots", "exercises", "app")
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
        same = theirs == mine or {mine, theirs} <= ENTRANCE
        if not same and FLOORS[theirs] >= FLOORS[mine] and FLOORS[theirs]:
            yield f"{name} (floor {FLOORS[mine]}) imports {other} ({FLOORS[theirs]})"


def test_every_module_belongs_to_a_room_of_the_plan():
    lost = {name for name in MODULES if room(name) == "lab_helpers"}
    assert lost == {"lab_helpers"}


def test_a_module_imports_only_from_lower_floors_or_its_own_room():
    faults = [fault for name in MODULES for fault in floor_faults(name, imports(name))]
    assert faults == []


def test_an_import_upward_is_seen():
    assert list(floor_faults("lab_helpers.plots.x", {"lab_helpers.lab"}))
    assert list(floor_faults("lab_helpers.clients.x", {"lab_helpers.plots"}))
    assert not list(floor_faults("lab_helpers.lab", {"lab_helpers.settings"}))


def test_imports_never_go_in_a_circle():
    order = TopologicalSorter({name: imports(name) for name in MODULES})
    try:
        order.prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("folder", OUTSIDE_EMULATORS)
def test_the_students_side_reaches_emulators_over_the_wire_only(folder):
    for name in MODULES:
        if name.startswith(f"lab_helpers.{folder}"):
            assert not any(".emulators" in other for other in imports(name)), name


def test_an_emulator_imports_neither_another_nor_the_clients():
    for name in MODULES:
        if not name.startswith("lab_helpers.emulators."):
            continue
        others = imports(name) - {"lab_helpers.emulators"}
        assert not any(".clients" in other for other in others), name
        vendor = name.split(".")[2]
        if (PACKAGE / "emulators" / vendor).is_dir():
            allowed = {vendor, "store"}
            rooms = {o.split(".")[2] for o in others if ".emulators." in o}
            assert rooms <= allowed, name


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
    # A reference answer is a student's cell, and reads what its documentation reads.
    answers = {name for name in readers if ".exercises.nb" in name}
    assert readers - answers == {"lab_helpers.settings"}


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
    assert {n for n in speakers if ".emulators.store" not in n} == set()
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
    found = {name: foreign(name) & POSIX_ONLY for name in MODULES}
    assert any(found.values())
    for name in MODULES:
        behind = {a.name for n in guarded(tree(name)) for a in n.names}
        assert found[name] <= behind, name


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
