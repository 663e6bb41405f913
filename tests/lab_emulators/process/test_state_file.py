"""The file that leads to the process, and its loss."""

import json
import os

import pytest

from lab_emulators.process.state_file import NAME, StateFile


@pytest.fixture
def file(tmp_path):
    return tmp_path / NAME


def write(file, pid):
    file.write_text(json.dumps({"pid": pid}), encoding="utf-8")


def test_a_file_that_is_not_there_yet_is_not_lost(file, tmp_path):
    state = StateFile(tmp_path)
    assert not state.lost()
    write(file, os.getpid())
    assert not state.lost()


def test_a_file_that_was_there_and_is_gone_is_lost(file, tmp_path):
    state = StateFile(tmp_path)
    write(file, os.getpid())
    assert not state.lost()
    file.unlink()
    assert state.lost()


def test_a_file_that_leads_to_another_process_now_is_lost(file, tmp_path):
    state = StateFile(tmp_path)
    write(file, 1)
    assert not state.lost()
    write(file, os.getpid())
    assert not state.lost()
    write(file, 1)
    assert state.lost()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": null}'])
def test_a_file_that_cannot_be_read_says_nothing(file, tmp_path, text):
    state = StateFile(tmp_path)
    write(file, os.getpid())
    assert not state.lost()
    file.write_text(text, encoding="utf-8")
    assert not state.lost()


def test_without_its_folder_a_process_is_lost_at_once(tmp_path):
    assert StateFile(tmp_path / "deleted").lost()
