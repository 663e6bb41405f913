"""The README's commands and links are true."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "README.md").read_text("utf-8")
PAGES = ["README.md", "CONTRIBUTING.md"]
COMMANDS = re.findall(r"^    (\w.+)$", TEXT, re.MULTILINE)
LAB = sorted(set(re.findall(r"`(lab [a-z][^`]*)`", TEXT)))


def run(*command):
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )


def links(page):
    return re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES)
def test_relative_links_lead_to_files(page):
    missing = [link for link in links(page) if not (ROOT / link).exists()]
    assert links("README.md")
    assert missing == []


def test_two_commands_of_one_script_do_all_set_up():
    python = [line for line in COMMANDS if line.startswith("python ")]
    assert python == ["python workbook.py lab", "python workbook.py test"]


def test_continuous_integration_calls_the_readmes_test_command():
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "set -euo pipefail" in script
    assert "python3 workbook.py test" in script
    assert os.name == "nt" or os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.parametrize("command", LAB)
def test_a_lab_command_of_the_readme_exists(command):
    words = shlex.split(command)[1:]
    told = run(sys.executable, "-m", "lab_helpers.cli", *words, "--help")
    assert told.returncode == 0, told.stderr
    assert "usage: lab" in told.stdout


def test_every_lab_command_is_in_the_readme():
    told = run(sys.executable, "-m", "lab_helpers.cli", "--help").stdout
    listed = re.findall(r"^    (\w+)\b", told, re.MULTILINE)
    assert len(listed) >= 7
    for name in listed:
        assert f"`lab {name}" in TEXT


def test_the_conda_way_uses_the_environments_name_and_first_page():
    name = (ROOT / "environment.yml").read_text("utf-8").splitlines()[0].split()[1]
    assert "conda env create --file environment.yml" in COMMANDS
    assert f"conda activate {name}" in COMMANDS


def test_the_table_lists_the_notebooks_that_exist():
    pages = {page.stem for page in (ROOT / "notebooks").glob("[0-9]*.ipynb")}
    listed = set(re.findall(r"^\| \d\d \| `(\w+)`", TEXT, re.MULTILINE))
    assert pages <= listed


def test_the_example_of_env_offers_only_what_the_settings_know(tmp_path):
    from lab_helpers import settings
    from lab_helpers.settings import envfile

    text = (ROOT / ".env.example").read_text("utf-8")
    assert not [line for line in text.splitlines() if line and line[0] != "#"]
    file = tmp_path / ".env"
    file.write_text(re.sub(r"^#(?=[A-Z_]+=)", "", text, flags=re.MULTILINE), "utf-8")
    offered = envfile.read(file, settings.KNOWN)
    assert "LAB_STATE_DIR" in offered
    assert "HONEYCOMB_API_ENDPOINT" in offered
