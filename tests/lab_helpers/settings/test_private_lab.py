"""The environment of a lab that takes nothing of its author's."""

from lab_helpers import settings
from lab_helpers.settings import private_lab


def test_nothing_that_env_may_hold_is_inherited(tmp_path, monkeypatch):
    for name in settings.KNOWN:
        monkeypatch.setenv(name, "the author's")
    monkeypatch.setenv("PATH_OF_MINE", "stays")
    found = private_lab.environment(tmp_path)
    ours = {k: v for k, v in found.items() if k.startswith(private_lab.FOREIGN)}
    assert ours == private_lab.variables(tmp_path)
    assert "the author's" not in found.values()
    assert found["PATH_OF_MINE"] == "stays"


def test_every_variable_of_the_settings_is_known_as_foreign():
    assert [n for n in settings.KNOWN if not n.startswith(private_lab.FOREIGN)] == []
    ports = {name for name in settings.KNOWN if name.endswith("_PORT")}
    assert ports == set(private_lab.PORTS)


def test_the_settings_it_makes_are_those_of_an_emulated_lab_on_free_ports(tmp_path):
    found = settings.load(private_lab.environment(tmp_path))
    vendors = (found.honeycomb, found.aws, found.xray, found.rollbar)
    assert [vendor.mode.value for vendor in vendors] == ["emulated"] * 4
    assert found.ports == settings.Ports(0, 0, 0, 0)
    assert found.state_dir == tmp_path
