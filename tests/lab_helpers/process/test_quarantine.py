from lab_helpers.process.quarantine import quarantine, quarantine_file, restore


def test_data_in_quarantine_can_be_restore(tmp_path):
    (tmp_path / "honeycomb").mkdir()
    (tmp_path / "honeycomb" / "data").write_text("mine")
    (tmp_path / "lab.log").touch()
    folder = quarantine(tmp_path)
    assert [path.name for path in folder.iterdir()] == ["honeycomb"]
    assert quarantine(tmp_path) is None
    (tmp_path / "honeycomb").mkdir()
    restore(tmp_path, folder)
    assert (tmp_path / "honeycomb" / "data").read_text() == "mine"
    assert not folder.exists()


def test_one_file_goes_into_quarantine_and_never_over_another(tmp_path):
    for text in ("first", "second"):
        (tmp_path / "progress.json").write_text(text)
        assert quarantine_file(tmp_path / "progress.json").read_text() == text
    moved = tmp_path.glob("quarantine-*/progress.json")
    assert sorted(path.read_text() for path in moved) == ["first", "second"]
