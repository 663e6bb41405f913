from lab_helpers.process.quarantine import put_back, set_aside


def test_data_set_aside_can_be_put_back(tmp_path):
    (tmp_path / "honeycomb").mkdir()
    (tmp_path / "honeycomb" / "data").write_text("mine")
    (tmp_path / "lab.log").touch()
    aside = set_aside(tmp_path)
    assert [path.name for path in aside.iterdir()] == ["honeycomb"]
    assert set_aside(tmp_path) is None
    (tmp_path / "honeycomb").mkdir()
    put_back(tmp_path, aside)
    assert (tmp_path / "honeycomb" / "data").read_text() == "mine"
    assert not aside.exists()
