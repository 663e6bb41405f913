from lab_helpers.process.quarantine import quarantine, restore


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
