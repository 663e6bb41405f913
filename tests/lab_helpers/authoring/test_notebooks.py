"""Running pages and writing their outputs."""

import contextlib
import json
from urllib.parse import urlsplit

import nbformat
import pytest

from lab_helpers import process, settings
from lab_helpers.authoring import claims, load, notebooks
from lab_helpers.authoring.load import MachineTooBusy
from lab_helpers.authoring.notebooks import NotebookError
from lab_helpers.lab import EMULATED
from lab_helpers.settings import private_lab
from lab_helpers.traffic.heartbeat import Heartbeat

pytestmark = pytest.mark.xdist_group("lab")

COUNT = "import os\nprint(2 + 2, 'LAB_STATE_DIR' in os.environ)"
BAR = "from tqdm.auto import tqdm\n_ = list(tqdm(range(3), desc='three'))"

# What an author may have in the shell: keys of three vendors, one collector, a region.
KEYS = {
    "HONEYCOMB_API_KEY": "hcaik" + "x" * 17,
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.invalid:4318",
    "AWS_ACCESS_KEY_ID": "AKIA" + "X" * 16,
    "AWS_SECRET_ACCESS_KEY": "y" * 40,
    "AWS_DEFAULT_REGION": "eu-north-1",
    "ROLLBAR_ACCESS_TOKEN": "z" * 32,
    "ROLLBAR_ENDPOINT": "https://rollbar.invalid/api/1/",
}


@pytest.fixture(autouse=True)
def share(monkeypatch):
    """The machine's heartbeat, by a given share: nothing depends on this machine's."""
    heartbeat = Heartbeat(beats=1, worked_s=0.9, waited_s=0.1)
    monkeypatch.setattr(load, "heart", lambda: contextlib.nullcontext(heartbeat))

    def set_to(share):
        heartbeat.worked_s, heartbeat.waited_s = share, 1 - share

    return set_to


@pytest.fixture
def page(tmp_path):
    def write(*sources, name="07_page.ipynb"):
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        cells[0]["metadata"] = {"exercise": "one", "collapsed": True, "tags": ["t"]}
        path = tmp_path / name
        made = nbformat.v4.new_notebook(cells=cells, metadata={"vscode": {"x": 1}})
        nbformat.write(made, path)
        return path

    return write


def cells(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def test_a_run_writes_outputs_and_a_second_run_changes_nothing(page):
    path = page(COUNT, "import sys\nprint('seen', file=sys.stderr)", BAR)
    ids = [cell["id"] for cell in cells(path)]
    assert notebooks.run(["7"], path.parent) == {path: "changed"}
    assert notebooks.run([], path.parent) == {path: "the same"}
    written = cells(path)
    assert [cell["id"] for cell in written] == ids
    assert [cell["execution_count"] for cell in written] == [1, 2, 3]
    assert "".join(written[0]["outputs"][0]["text"]) == "4 True\n"
    assert written[2]["outputs"] == []  # no bar that stands at 0 for ever


def test_only_our_metadata_is_kept(page):
    path = page(COUNT)
    notebooks.run(["07"], path.parent)
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found["metadata"] == notebooks.PAGE_METADATA
    assert found["cells"][0]["metadata"] == {"exercise": "one", "tags": ["t"]}


def test_a_page_that_fails_is_named_and_left_as_it_was(page):
    path = page("x = 1", "print(x / 0)", "x = 2")
    before = path.read_bytes()
    expected = r"07_page\.ipynb, code cell 2 of 3: ZeroDivisionError: division by"
    with pytest.raises(NotebookError, match=expected):
        notebooks.run_page(path)
    assert path.read_bytes() == before


def test_a_kernel_that_dies_is_named(page):
    path = page("import os\nos._exit(3)")
    with pytest.raises(NotebookError, match="code cell 1 of 1: DeadKernelError"):
        notebooks.run_page(path)


def test_a_page_runs_in_a_lab_of_its_own_that_ends_with_it(page, lab_state):
    path = page(
        "from lab_helpers import lab, process, settings\nlab.start()",
        "import os, pathlib\nprint(os.environ['LAB_STATE_DIR'])\nprint(lab.status())",
    )
    notebooks.run_page(path)
    shown = "".join(cells(path)[1]["outputs"][0]["text"])
    assert "The lab is running as process" in shown
    folder = shown.splitlines()[0]
    assert folder != str(lab_state)
    assert not notebooks.Path(folder).exists()


def test_a_page_takes_no_port_of_another_lab(page, lab_state, monkeypatch):
    other = process.start(settings.load(), keep=True)
    taken = {
        "HONEYCOMB": other.addresses.honeycomb,
        "AWS": other.addresses.aws,
        "XRAY": f"udp://{other.addresses.xray}",
        "ROLLBAR": other.addresses.rollbar,
    }
    for vendor, url in taken.items():
        monkeypatch.setenv(f"LAB_{vendor}_PORT", str(urlsplit(url).port))
    path = page("from lab_helpers import lab\nlab.start()")
    notebooks.run_page(path)
    assert shown_by(path, 0).startswith("The lab is running.")
    assert "Note" not in shown_by(path, 0)  # of a port that is taken
    assert process.find(lab_state) == other


def test_a_page_takes_no_key_and_no_address_of_its_authors(page, monkeypatch):
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    path = page(
        "from lab_helpers import lab\nlab.start()",
        f"import os\nprint({KEYS!r}.items() & os.environ.items())",
    )
    notebooks.run_page(path)
    shown = shown_by(path, 0)
    assert shown.count(EMULATED) == 3
    assert "Note" not in shown and "yours" not in shown
    assert "".join(cells(path)[1]["outputs"][0]["text"]) == "set()\n"


def shown_by(path, cell):
    return "".join(cells(path)[cell]["outputs"][0]["data"]["text/plain"])


def test_pages_are_chosen_by_number_in_the_courses_order(page):
    first, second = page("1", name="01_a.ipynb"), page("2", name="02_b.ipynb")
    folder = first.parent
    assert notebooks.choose(["2", "01"], folder) == [first, second]
    assert notebooks.choose([], folder) == [first, second]
    with pytest.raises(NotebookError, match="number 03; known: 01, 02"):
        notebooks.choose(["3"], folder)


def test_a_file_that_is_not_a_notebook_is_said(tmp_path):
    path = tmp_path / "01_a.ipynb"
    path.write_text("{}")
    with pytest.raises(NotebookError, match=r"01_a\.ipynb is not a notebook"):
        notebooks.run_page(path)


CLAIM = """page = "07_page"

[[claim]]
sentence = "It prints [4]."
cell = "{cell}"
numbers = "# True"
"""


def test_a_page_with_a_false_claim_is_not_written(page, tmp_path, monkeypatch):
    monkeypatch.setattr(claims.table, "FOLDER", tmp_path)
    path = page(COUNT.replace("2 + 2", "2 + 3"))
    with_prose = nbformat.read(path, as_version=4)
    with_prose.cells.append(nbformat.v4.new_markdown_cell("It prints 4."))
    nbformat.write(with_prose, path)
    (tmp_path / "nb07").mkdir()
    text = CLAIM.format(cell=with_prose.cells[0].id)
    (tmp_path / "nb07" / "claims.toml").write_text(text, encoding="utf-8")
    before = path.read_bytes()
    expected = (
        r"(?s)07_page\.ipynb was run and not written.*says 4, the output 5.*5 True"
    )
    with pytest.raises(NotebookError, match=expected):
        notebooks.run_page(path)
    assert path.read_bytes() == before


BOUND = f"{load.LEAST_SHARE:.0%}"
RECORD = """from lab_helpers import traffic
from lab_helpers.traffic.load import record
record(traffic.MachineLoad(share={}))"""


def test_a_page_beside_which_the_machine_was_too_busy_is_not_written(page, share):
    path = page(COUNT)
    before = path.read_bytes()
    share(0.31)
    with pytest.raises(MachineTooBusy) as refused:
        notebooks.run_page(path)
    said = str(refused.value)
    assert said.startswith("07_page.ipynb was not written, since this machine was too")
    assert f"got 31% of the processor time it wanted (at least {BOUND} is n" in said
    assert said.endswith(load.REMEDY)
    assert path.read_bytes() == before


def test_a_page_beside_which_nothing_was_measured_is_not_written(page, monkeypatch):
    path = page(COUNT)
    before = path.read_bytes()
    nothing = contextlib.nullcontext(Heartbeat())
    monkeypatch.setattr(load, "heart", lambda: nothing)
    with pytest.raises(MachineTooBusy, match="before it measured anything"):
        notebooks.run_page(path)
    assert path.read_bytes() == before


def test_a_page_with_a_run_of_visitors_on_a_busy_machine_is_not_written(page):
    path = page(RECORD.format(0.9), RECORD.format(0.2))
    before = path.read_bytes()
    expected = "- run of visitors 2 of 2: a heartbeat got 20% of the processor"
    with pytest.raises(MachineTooBusy, match=expected):
        notebooks.run_page(path)
    assert path.read_bytes() == before


def test_a_page_whose_machine_had_just_enough_time_is_written(page, share):
    share(load.LEAST_SHARE)
    assert notebooks.run_page(page(RECORD.format(0.9))) == "changed"


def test_a_page_that_fails_is_blamed_for_that_on_a_busy_machine_too(page, share):
    share(0.1)
    with pytest.raises(NotebookError, match="ZeroDivisionError"):
        notebooks.run_page(page("1 / 0"))


def test_a_bar_of_visitors_leaves_nothing_in_the_page(page):
    path = page(
        "from lab_helpers.traffic.progress import progress_bar",
        "with progress_bar(3, 'visits') as bar:\n    _ = bar.update(3)\nprint(bar.n)",
    )
    notebooks.run_page(path)
    (output,) = cells(path)[1]["outputs"]
    assert output["text"] == ["3\n"]


def test_a_kernel_under_nbval_records_its_load_nowhere():
    assert settings.load_log() is None
    assert settings.LOAD_LOG.startswith(private_lab.FOREIGN)
