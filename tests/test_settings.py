import json

import pytest

from lab_helpers import settings
from lab_helpers.settings import LAB_API_KEY, Mode, SettingsError

LOCAL = "http://127.0.0.1:41231"
REAL_KEY = "hcaik" + "x" * 17


def running(environ):
    """What a lab on LOCAL leaves in the environment."""
    found = settings.load(environ).with_emulator(LOCAL, LAB_API_KEY)
    settings.export(found, environ)
    return environ


@pytest.fixture
def bare():
    return {"LAB_ENV_FILE": ""}


@pytest.fixture
def env_file(tmp_path):
    def write(text):
        path = tmp_path / ".env"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_with_nothing_set_honeycomb_is_the_labs(bare):
    found = settings.load(bare)
    assert found.honeycomb.mode is Mode.EMULATED
    assert found.honeycomb.endpoint == "http://127.0.0.1:7318"
    assert found.otlp.headers == {"x-honeycomb-team": LAB_API_KEY}


def test_the_labs_key_has_the_shape_of_a_honeycomb_key():
    assert len(LAB_API_KEY) == 22
    assert LAB_API_KEY.isalnum()


def test_a_key_of_your_own_makes_honeycomb_and_otlp_real(bare):
    found = settings.load(bare | {"HONEYCOMB_API_KEY": REAL_KEY})
    assert found.honeycomb.mode is Mode.REAL
    assert found.honeycomb.endpoint == "https://api.honeycomb.io"
    assert found.otlp.endpoint == "https://api.honeycomb.io"
    assert found.otlp.headers == {"x-honeycomb-team": REAL_KEY}
    assert not found.needs_lab


def test_the_endpoint_of_another_region_is_kept(bare):
    eu = {
        "HONEYCOMB_API_KEY": REAL_KEY,
        "HONEYCOMB_API_ENDPOINT": "https://api.eu1.honeycomb.io/",
    }
    found = settings.load(bare | eu)
    assert found.honeycomb.endpoint == "https://api.eu1.honeycomb.io"


def test_a_real_key_never_goes_to_a_local_endpoint(bare):
    mixed = {"HONEYCOMB_API_KEY": REAL_KEY, "HONEYCOMB_API_ENDPOINT": LOCAL}
    with pytest.raises(SettingsError, match="remove HONEYCOMB_API_ENDPOINT"):
        settings.load(bare | mixed)


def test_a_real_endpoint_without_a_key_is_refused(bare):
    with pytest.raises(SettingsError, match="set HONEYCOMB_API_KEY as well"):
        settings.load(bare | {"HONEYCOMB_API_ENDPOINT": "https://api.honeycomb.io"})


def test_what_start_exported_is_not_taken_for_the_students_own(bare):
    environ = running(bare)
    assert environ["OTEL_EXPORTER_OTLP_ENDPOINT"] == LOCAL
    again = settings.load(environ)
    assert again.honeycomb.mode is Mode.EMULATED
    assert again.honeycomb.endpoint == LOCAL
    assert not again.otlp.yours


def test_a_key_set_after_start_makes_the_second_start_real(bare):
    environ = running(bare) | {"HONEYCOMB_API_KEY": REAL_KEY}
    found = settings.load(environ)
    assert found.honeycomb.mode is Mode.REAL
    settings.export(found, environ)
    assert environ["HONEYCOMB_API_ENDPOINT"] == "https://api.honeycomb.io"
    assert REAL_KEY in environ["OTEL_EXPORTER_OTLP_HEADERS"]


def test_a_key_taken_out_of_the_file_leads_back_to_the_lab(bare, env_file):
    file = env_file(f"HONEYCOMB_API_KEY={REAL_KEY}\n")
    settings.export(settings.load(bare, file), bare)
    assert bare["HONEYCOMB_API_KEY"] == REAL_KEY
    again = settings.load(bare, env_file(""))
    assert again.honeycomb.mode is Mode.EMULATED


def test_lines_pasted_from_lab_env_into_a_shell_mean_the_lab(bare):
    pasted = settings.load(bare).with_emulator(LOCAL, LAB_API_KEY).variables()
    found = settings.load(bare | pasted)
    assert found.honeycomb.mode is Mode.EMULATED
    assert not found.otlp.yours


def test_an_otlp_endpoint_of_your_own_is_left_alone(bare):
    environ = bare | {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}
    found = settings.load(environ)
    settings.export(found.with_emulator(LOCAL, LAB_API_KEY), environ)
    assert environ["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://collector:4318"
    assert "OTEL_EXPORTER_OTLP_HEADERS" not in environ
    assert "queries ask the lab" in found.notes[0]
    assert settings.load(environ).otlp.yours


def test_a_variable_that_wins_over_the_labs_is_pointed_out(bare):
    found = settings.load(bare | {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": LOCAL})
    assert found.notes == (
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is set and wins over "
        "OTEL_EXPORTER_OTLP_ENDPOINT.",
    )


def test_the_environment_wins_over_the_file(bare, env_file):
    file = env_file("LAB_HONEYCOMB_PORT=7000\nLAB_START_SECONDS=9\n")
    found = settings.load(bare | {"LAB_HONEYCOMB_PORT": "7001"}, file)
    assert (found.honeycomb_port, found.start_seconds) == (7001, 9)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("\nHONEYCOMB_API_KEI=x\n", ":2: .*did you mean HONEYCOMB_API_KEY"),
        ("# keys\n\nHONEYCOMB_API_KEY\n", ":3: .*no '='"),
        ('HONEYCOMB_API_KEY="abc\n', ":1: .*quote missing"),
        ("LAB_STATE_DIR=a\nLAB_STATE_DIR=b\n", ":2: .*line 1 already"),
        ("COLOR=blue\n", "known are HONEYCOMB_API_KEY, "),
        ("\nHONEYCOMB_API_ENDPOINT=api.honeycomb.io\n", ":2: .*not a URL"),
        ("LAB_HONEYCOMB_PORT=70000\n", ":1: .*from 0 to 65535"),
        ("OTEL_EXPORTER_OTLP_HEADERS=abc\n", ":1: .*not name=value"),
        ('HONEYCOMB_API_KEY="two words"\n', ":1: .*copy it once more"),
    ],
)
def test_a_line_that_cannot_be_meant_is_an_error(bare, env_file, text, complaint):
    with pytest.raises(SettingsError, match=complaint):
        settings.load(bare, env_file(text))


def test_a_value_of_the_environment_is_not_blamed_on_the_file(bare, env_file):
    file = env_file("LAB_HONEYCOMB_PORT=7000\n")
    with pytest.raises(SettingsError, match=r"^LAB_HONEYCOMB_PORT is 'x'"):
        settings.load(bare | {"LAB_HONEYCOMB_PORT": "x"}, file)


def test_a_file_that_is_not_text_is_an_error_that_names_it(bare, tmp_path):
    path = tmp_path / ".env"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"\.env cannot be read"):
        settings.load(bare, path)


def test_blank_lines_comments_and_empty_values_mean_nothing(bare, env_file):
    file = env_file("\n# a remark\n\nHONEYCOMB_API_KEY=\nexport LAB_STATE_DIR=x\n")
    found = settings.load(bare, file)
    assert found.honeycomb.mode is Mode.EMULATED
    assert found.state_dir == settings.ROOT / "x"


def test_the_keys_stay_out_of_the_repr_and_in_the_dict(bare):
    found = settings.load(bare | {"HONEYCOMB_API_KEY": REAL_KEY})
    assert REAL_KEY not in repr(found)
    assert json.loads(json.dumps(found.as_dict()))["honeycomb"] == {
        "endpoint": "https://api.honeycomb.io",
        "api_key": REAL_KEY,
        "mode": "real",
    }


def test_a_proxy_for_the_outside_world_is_kept_away_from_the_lab(bare):
    environ = running(bare | {"HTTP_PROXY": "http://proxy:3128", "no_proxy": "intra"})
    assert environ["no_proxy"] == "intra,127.0.0.1,localhost"
    assert running(environ)["no_proxy"] == environ["no_proxy"]
    assert "NO_PROXY" not in running(dict(bare))


def test_a_child_process_does_not_inherit_the_exports(bare, monkeypatch):
    monkeypatch.setenv("HONEYCOMB_API_KEY", LAB_API_KEY)
    monkeypatch.setenv("LAB_EXPORTED", json.dumps({"HONEYCOMB_API_KEY": LAB_API_KEY}))
    child = settings.child_environment(LAB_STATE_DIR="elsewhere")
    assert "HONEYCOMB_API_KEY" not in child
    assert child["LAB_STATE_DIR"] == "elsewhere"


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:1", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:80", True),
        ("https://127.0.0.1.example.org", False),
        ("https://api.honeycomb.io", False),
        ("", False),
    ],
)
def test_loopback_is_told_from_the_host_alone(url, local):
    assert settings.is_loopback(url) is local
