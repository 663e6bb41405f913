"""The frame every page keeps; what it shows is compared by nbval, not here."""

import copy
import json
import re
import subprocess
from collections import defaultdict
from pathlib import Path
from statistics import median

import pytest

from lab_helpers.authoring import notebooks

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "notebooks").glob("*.ipynb"))
LARGEST = 1_500_000
LOOSE = {"nbval-ignore-output", "nbval-skip"}
COMPARED_OF_A_PAGE = 0.7
COMPARED = 0.9
CODE_CELLS = range(12, 41)
LINES = 15
USUAL_LINES = 6  # the median of a page
COLUMNS = 79  # as wide as a projector's Presentation Mode shows
FIRST_PICTURE = 5  # the latest of the code cells that may show it
CELL_KEYS = {"exercise", "tags"}
BAR = re.compile(r"\d%\|.*\| \d+/\d+ \[")
CLOSING = ["what you saw", "on the real service", "questions", "next"]
SECTION = re.compile(r"^## (?P<title>.+) \((?P<kind>core|extra), (?P<minutes>\d+) min")
CORE_MINUTES = {"00": 25, "01": 75, "02": 85, "03": 75, "04": 75, "05": 70, "06": 75}
README_ROW = re.compile(
    r"^\| (?P<number>\d\d) \| `(?P<page>\w+)` .*"
    r"\| (?P<core>\d+) \| (?P<extra>\d*) \| (?P<exercises>\d+) \|$",
    re.MULTILINE,
)


def code(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def text(cell):
    return "".join(cell["source"])


def prose(notebook):
    cells = notebook["cells"]
    return "\n\n".join(text(c) for c in cells if c["cell_type"] == "markdown")


def frame_faults(notebook):
    """Title, opening and closing of a page (style: frame)."""
    page = prose(notebook)
    if len(re.findall(r"^# \S", page, re.MULTILINE)) != 1:
        yield "one title of the first level"
    for opening in ("What you'll do", "What you'll learn", "What you'll need"):
        if opening not in page:
            yield f"{opening} is missing"
    heads = re.findall(r"^#{2,3} (.+)$", page, re.MULTILINE)
    last = [head.strip().lower() for head in heads][-len(CLOSING) :]
    if last != CLOSING:
        yield f"the last headings are {last}, not {CLOSING}"


def section_faults(notebook):
    """Every section is core or extra and has its minutes; headings begin a cell."""
    markdown = [text(c) for c in notebook["cells"] if c["cell_type"] == "markdown"]
    for cell in markdown[:-1]:
        first, *rest = cell.splitlines() or [""]
        if any(re.match("#{1,3} ", line) for line in rest):
            yield f"a heading in the middle of the cell that begins with {first!r}"
        if first.startswith("## ") and not SECTION.match(first):
            yield f"neither core nor extra, or without minutes: {first}"
    core, extra = minutes(notebook)
    said = re.findall(r"\b(\d+)\b[ \n](?:minutes|more)", markdown[0])
    if "Run All Above Selected Cell" not in " ".join(markdown[0].split()):
        yield "its opening does not say how to go on after a break"
    if said != [str(number) for number in (core, extra) if number]:
        yield f"{core} minutes core, {extra} extra; its opening says {said}"


def minutes(notebook):
    """The minutes of a page's core sections, and of its extra ones."""
    heads = [SECTION.match(text(cell)) for cell in notebook["cells"]]
    sums = {"core": 0, "extra": 0}
    for head in filter(None, heads):
        sums[head["kind"]] += int(head["minutes"])
    return sums["core"], sums["extra"]


def picture_late_faults(notebook):
    """People would rather look than read: the first picture comes early."""
    shown = [any(map(is_picture, cell["outputs"])) for cell in code(notebook)]
    if not any(shown[:FIRST_PICTURE]):
        yield f"no picture in the first {FIRST_PICTURE} code cells"


def is_picture(output):
    return "<img" in "".join(output.get("data", {}).get("text/html", ""))


def teaches(cell):
    """Neither an exercise nor the commented offer of its hint and solution."""
    return "exercise" not in cell["metadata"] and not is_offer(cell)


def is_offer(cell):
    return all(line[0] == "#" for line in lines_of(cell))


def lines_of(cell):
    return [line for line in text(cell).splitlines() if line.strip()]


def rhythm_faults(notebook):
    """Sizes and order of cells (style: rhythm, code)."""
    cells = code(notebook)
    if (count := sum(map(teaches, cells))) not in CODE_CELLS:
        yield f"{count} code cells beside the exercises"
    sizes = [len(lines_of(c)) for c in cells if not is_offer(c)]
    if (usual := median(sizes)) > USUAL_LINES:
        yield f"half of its code cells have {usual} lines or more"
    for line in prose(notebook).splitlines():
        if len(line) > COLUMNS and not line.startswith("|"):
            yield f"wider than {COLUMNS} columns: {line}"
    kinds = "".join(cell["cell_type"][0] for cell in notebook["cells"])
    if "ccc" in kinds:
        yield "more than two code cells in a row"
    for number, cell in enumerate(cells, 1):
        lines = text(cell).splitlines()
        if len(lines) > LINES:
            yield f"code cell {number} has {len(lines)} lines"
        if any(len(line) > COLUMNS for line in lines):
            yield f"code cell {number} is wider than {COLUMNS} columns"
        if lines and lines[-1].rstrip().endswith(";"):
            yield f"code cell {number} is silenced by a semicolon"


def output_faults(notebook):
    """The committed outputs are those of one clean run."""
    cells = [cell for cell in code(notebook) if text(cell).strip()]
    counts = [cell["execution_count"] for cell in cells]
    if counts != list(range(1, len(cells) + 1)):
        yield f"execution counts {counts}"
    if not any(cell["outputs"] for cell in cells):
        yield "no cell has an output"
    for count, cell in zip(counts, cells, strict=True):
        for output in cell["outputs"]:
            if output["output_type"] == "error" and "raises-exception" not in tags(
                cell
            ):
                yield f"cell {count} shows {output['ename']}"
            yield from (f"cell {count}: {fault}" for fault in picture_faults(output))
            if BAR.search("".join(output.get("data", {}).get("text/plain", ""))):
                yield f"cell {count} shows a progress bar that stands still for ever"


def picture_faults(output):
    shown = output.get("data", {})
    if "image/png" in shown and "text/html" not in shown:
        yield "a picture without an alt sentence"
    for image in re.findall(r"<img[^>]*>", "".join(shown.get("text/html", ""))):
        if not re.search(r"\balt=\"[^\"]{10,}", image):
            yield "an <img> without an alt sentence"


def tags(cell):
    return set(cell["metadata"].get("tags", ()))


def metadata_faults(notebook):
    """Nothing of an editor's, of a machine's or of a moment's."""
    if notebook["metadata"] != notebooks.PAGE_METADATA:
        yield f"page metadata {notebook['metadata']}"
    if (notebook["nbformat"], notebook["nbformat_minor"]) != (4, 5):
        yield "not nbformat 4.5"
    ids = [cell["id"] for cell in notebook["cells"]]
    if len(set(ids)) != len(ids):
        yield "a cell id occurs twice"
    for cell in notebook["cells"]:
        if extra := cell["metadata"].keys() - CELL_KEYS:
            yield f"cell {cell['id']} carries {extra}"


def exercise_faults(notebook):
    """An exercise is one cell, named in its metadata and in its last line."""
    names = [cell["metadata"].get("exercise") for cell in code(notebook)]
    named = [name for name in names if name]
    if len(set(named)) != len(named):
        yield f"an exercise occurs twice: {named}"
    for name, cell in zip(names, code(notebook), strict=True):
        checked = re.findall(r"^lab\.check\(\"(\w+)\"\)$", text(cell), re.MULTILINE)
        if checked != ([name] if name else []):
            yield f"exercise {name} checks {checked}"
        elif name and not text(cell).rstrip().endswith(f'lab.check("{name}")'):
            yield f"exercise {name} does not end with its check"


RULES = [
    frame_faults,
    section_faults,
    rhythm_faults,
    picture_late_faults,
    output_faults,
    metadata_faults,
    exercise_faults,
]


@pytest.mark.parametrize("rule", RULES)
def test_a_page_keeps_the_rule(notebook, rule):
    assert list(rule(notebook)) == []


def test_a_page_has_the_core_minutes_of_the_course(page, notebook):
    assert minutes(notebook)[0] == CORE_MINUTES[page.stem[:2]]


def test_the_readme_has_each_pages_minutes_and_exercises():
    rows = README_ROW.finditer((ROOT / "README.md").read_text(encoding="utf-8"))
    of_readme = {r["page"]: tuple(r.group("core", "extra", "exercises")) for r in rows}
    pages = {page.stem: json.loads(page.read_text("utf-8")) for page in PAGES}
    assert of_readme == {stem: numbers(page) for stem, page in pages.items()}


def numbers(notebook):
    """Core minutes, extra minutes and exercises of a page, as the README has them."""
    core, extra = minutes(notebook)
    exercises = sum("exercise" in cell["metadata"] for cell in code(notebook))
    return str(core), str(extra or ""), str(exercises)


def test_a_page_is_small_enough_to_open_quickly(page):
    assert page.stat().st_size < LARGEST


def test_a_page_is_written_as_the_projects_command_writes_it(page):
    import nbformat

    found = page.read_text(encoding="utf-8")
    tidied = notebooks.tidy(nbformat.reads(found, as_version=4))
    assert nbformat.writes(tidied) + "\n" == found


def moved_ids(before, now):
    """Ids of cells whose text was on the page before, but only under other ids."""
    ids = defaultdict(set)
    for cell in before["cells"]:
        ids[text(cell)].add(cell["id"])
    for cell in now["cells"]:
        if text(cell) in ids and cell["id"] not in ids[text(cell)]:
            yield cell["id"]


def git(*arguments):
    """What git prints; empty if there is no repository or no such version."""
    ran = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, check=False
    )
    return ran.stdout.decode() if ran.returncode == 0 else ""


def version_before(page):
    """The text of a page before its last change, committed or not; empty if new."""
    name = page.relative_to(ROOT).as_posix()
    commits = git("log", "--format=%H", "-n", "2", "--", name).split()
    versions = [git("show", f"{commit}:{name}") for commit in commits]
    now = page.read_text(encoding="utf-8")
    return next((version for version in versions if version != now), "")


def test_cell_ids_are_what_they_were_before_the_pages_last_change(page, notebook):
    if not (before := version_before(page)):
        pytest.skip("this page has no version before this one")
    assert list(moved_ids(json.loads(before), notebook)) == []


def shares(notebook):
    """How many cells of a page print something, and how many of them are compared."""
    printing = [cell for cell in code(notebook) if cell["outputs"]]
    return len(printing), sum(not tags(cell) & LOOSE for cell in printing)


def test_most_of_what_a_page_prints_is_really_compared(notebook):
    printing, compared = shares(notebook)
    assert compared / printing >= COMPARED_OF_A_PAGE


def test_nearly_all_that_the_pages_print_is_really_compared(capsys):
    pages = {page.stem: json.loads(page.read_text("utf-8")) for page in PAGES}
    counts = {stem: shares(notebook) for stem, notebook in pages.items()}
    printing, compared = (sum(each) for each in zip(*counts.values(), strict=True))
    with capsys.disabled():
        for stem, (of_page, compared_there) in counts.items():
            print(f"\n{stem}: {compared_there} of {of_page} outputs compared", end="")
        print(f"\nall pages: {compared} of {printing}, {compared / printing:.0%}")
    assert compared / printing >= COMPARED


def test_a_cell_whose_output_is_ignored_is_not_compared(good):
    assert shares(good) == (1, 1)
    good["cells"][1]["metadata"]["tags"] = ["nbval-ignore-output"]
    assert shares(good) == (1, 0)


PICTURE = {
    "output_type": "display_data",
    "data": {"text/html": "<img alt=\"two bands of light\" src='x'>"},
    "metadata": {},
}


@pytest.fixture
def good():
    """The smallest page without a fault."""

    def cell(number, kind, source, **metadata):
        made = {"cell_type": kind, "id": f"c{number}", "metadata": metadata}
        made["source"] = source.splitlines(keepends=True)
        if kind == "code":
            made |= {"execution_count": number // 2, "outputs": []}
        return made

    opening = "# See it\n\nWhat you'll do. What you'll learn. What you'll need."
    opening += "\nAbout 7 minutes, 3 more for the extras."
    opening += "\nAfter a break choose *Run > Run All Above Selected Cell*."
    closing = "".join(f"## {head.capitalize()}\n\n" for head in CLOSING)
    cells = [cell(1, "markdown", opening)]
    for number in range(2, 28, 2):
        cells += [cell(number, "code", "x = 1"), cell(number + 1, "markdown", "So.")]
    cells[-1]["source"] = [closing]
    cells[2]["source"] = ["## Look (core, 7 minutes)\n"]
    cells[4]["source"] = ["## Look again (extra, 3 minutes)\n"]
    cells[1]["outputs"] = [PICTURE]
    cells[3] = cell(4, "code", 'y = ...\nlab.check("one")', exercise="one")
    return {
        "cells": cells,
        "metadata": copy.deepcopy(notebooks.PAGE_METADATA),
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def test_the_good_page_has_no_fault(good):
    assert [list(rule(good)) for rule in RULES] == [[]] * len(RULES)


PNG = {"output_type": "display_data", "data": {"image/png": "x"}, "metadata": {}}
IMG = {"output_type": "display_data", "data": {"text/html": "<img src='x'>"}}
STILL = {"text/plain": "visits:   0%|          | 0/413 [00:00<?, ?it/s]"}
PROGRESS = {"output_type": "display_data", "data": STILL, "metadata": {}}
ERROR = {"output_type": "error", "ename": "KeyError", "evalue": "", "traceback": []}


@pytest.mark.parametrize(
    ("rule", "cell", "change"),
    [
        (frame_faults, 0, {"source": ["# See it\n", "\n", "What you'll do."]}),
        (frame_faults, 0, {"source": ["no title"]}),
        (frame_faults, -1, {"source": ["## Next"]}),
        (section_faults, 0, {"source": ["# See it\n\nAbout 7 minutes, 3 more."]}),
        (section_faults, 2, {"source": ["## Look\n"]}),
        (section_faults, 2, {"source": ["## Look (core, 8 minutes)\n"]}),
        (section_faults, 2, {"source": ["So.\n", "### Exercise: look\n"]}),
        (picture_late_faults, 1, {"outputs": [PNG]}),
        (rhythm_faults, 2, {"source": ["w" * 80]}),
        (rhythm_faults, 1, {"source": ["x = 1\n"] * 16}),
        (rhythm_faults, 1, {"source": ["x" * 80]}),
        (rhythm_faults, 1, {"source": ["plot();"]}),
        (rhythm_faults, 1, {"cell_type": "raw"}),
        (rhythm_faults, 2, {"cell_type": "code"}),
        (output_faults, 1, {"execution_count": None}),
        (output_faults, 1, {"outputs": []}),
        (output_faults, 1, {"outputs": [ERROR]}),
        (output_faults, 1, {"outputs": [PNG]}),
        (output_faults, 1, {"outputs": [IMG]}),
        (output_faults, 1, {"outputs": [PROGRESS]}),
        (metadata_faults, 1, {"id": "c1"}),
        (metadata_faults, 1, {"metadata": {"collapsed": True}}),
        (exercise_faults, 1, {"source": ['lab.check("one")']}),
        (exercise_faults, 3, {"metadata": {"exercise": "two"}}),
        (exercise_faults, 3, {"source": ['lab.check("one")\n', "y"]}),
        (exercise_faults, 5, {"metadata": {"exercise": "one"}}),
    ],
)
def test_a_fault_is_found(good, rule, cell, change):
    good["cells"][cell] |= change
    assert list(rule(good))


def test_a_foreign_kernel_in_the_pages_metadata_is_found(good):
    good["metadata"]["kernelspec"]["name"] = "course-env"
    assert list(metadata_faults(good))


def test_a_cell_that_got_another_id_is_found(good):
    before = copy.deepcopy(good)
    good["cells"][0]["id"] = "another"
    assert list(moved_ids(before, good)) == ["another"]
