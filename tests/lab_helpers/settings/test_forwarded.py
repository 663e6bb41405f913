"""Forwarded mode among the settings: what the student sees, and whose the key is."""

import json
import os

import pytest

from lab_helpers import settings
from lab_helpers.settings import LAB_API_KEY, Addresses, Mode, SettingsError, Upstream

LAB = "http://127.0.0.1:41231"
KEY = "hcaik" + "x" * 17
OTHER = "hcaik" + "y" * 17
REAL = "https://api.honeycomb.io"
OURS = (
    "HONEYCOMB_API_KEY",
    "HONEYCOMB_API_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",
)


@pytest.fixture
def bare():
    return {"LAB_ENV_FILE": ""}


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / ".env"
    path.write_text(f"HONEYCOMB_API_KEY={KEY}\n", encoding="utf-8")
    return path


def start(environ, file=None):
    """What a start of the lab on LAB leaves in the environment; the settings."""
    lab = Addresses(honeycomb=LAB, honeycomb_key=LAB_API_KEY)
    found = settings.load(environ, file).at(lab)
    settings.export(found, environ)
    return found


def leads_to_the_lab(environ):
    values = [environ[name] for name in OURS]
    return values == [LAB_API_KEY, LAB, LAB, f"x-honeycomb-team={LAB_API_KEY}"]


def test_a_key_of_your_own_is_forwarded_to_and_the_lab_is_what_you_see(bare, key_file):
    found = start(bare, key_file)
    assert found.honeycomb.mode is Mode.FORWARDED
    assert found.upstreams == {"honeycomb": Upstream(REAL, KEY)}
    assert found.otlp.headers == {"x-honeycomb-team": LAB_API_KEY}
    assert leads_to_the_lab(bare)
    assert found.needs_lab


@pytest.mark.parametrize("where", ["file", "environment"])
def test_a_second_start_forwards_as_the_first_did(bare, key_file, where):
    file = key_file if where == "file" else None
    if where == "environment":
        bare["HONEYCOMB_API_KEY"] = KEY
    first = start(bare, file)
    assert start(bare, file) == first
    assert first.upstreams == {"honeycomb": Upstream(REAL, KEY)}
    assert leads_to_the_lab(bare)


def test_the_labs_key_in_the_environment_is_never_taken_for_a_real_one(bare, key_file):
    start(bare, key_file)
    assert settings.load(bare).honeycomb.mode is Mode.EMULATED  # the line is gone
    assert settings.load({"HONEYCOMB_API_KEY": LAB_API_KEY} | bare).upstreams == {}


def test_another_key_set_after_the_start_is_the_one_that_counts(bare):
    bare["HONEYCOMB_API_KEY"] = KEY
    start(bare)
    bare["HONEYCOMB_API_KEY"] = OTHER
    assert start(bare).honeycomb.upstream.key == OTHER
    assert start(bare).honeycomb.upstream.key == OTHER
    del bare["HONEYCOMB_API_KEY"]
    assert start(bare).honeycomb.mode is Mode.EMULATED


@pytest.mark.parametrize("region", ["", "https://api.eu1.honeycomb.io"])
def test_the_mode_can_be_switched_to_and_fro(bare, region):
    yours = {"HONEYCOMB_API_KEY": KEY}
    yours |= {"HONEYCOMB_API_ENDPOINT": region} if region else {}
    environ = bare | yours
    for mode in ("", "emulated", "real", "forwarded", "emulated", "real", ""):
        environ["LAB_HONEYCOMB"] = mode
        found = start(environ)
        assert found.honeycomb.mode is Mode(mode or "forwarded")
        if mode == "real":
            assert environ["HONEYCOMB_API_KEY"] == KEY
            assert environ["OTEL_EXPORTER_OTLP_ENDPOINT"] == (region or REAL)
        else:
            assert leads_to_the_lab(environ)
        assert bool(found.upstreams) is (mode in ("", "forwarded"))


def test_emulated_stays_local_whatever_key_and_endpoint_say(bare):
    bare |= {"LAB_HONEYCOMB": "emulated", "HONEYCOMB_API_KEY": KEY}
    bare["HONEYCOMB_API_ENDPOINT"] = "https://api.eu1.honeycomb.io"
    found = settings.load(bare)
    assert (found.honeycomb.mode, found.upstreams) == (Mode.EMULATED, {})


def test_a_key_is_never_forwarded_to_this_machine(bare):
    bare |= {"HONEYCOMB_API_KEY": KEY, "HONEYCOMB_API_ENDPOINT": LAB}
    with pytest.raises(SettingsError, match="remove HONEYCOMB_API_ENDPOINT"):
        settings.load(bare)


def test_a_bad_mode_in_the_environment_is_named_with_the_right_ones(bare):
    with pytest.raises(SettingsError, match=r"^LAB_HONEYCOMB is 'on'.* emulated, forw"):
        settings.load(bare | {"LAB_HONEYCOMB": "on"})


def test_the_key_is_in_no_repr_and_in_nothing_that_lab_env_prints(bare, key_file):
    found = start(bare, key_file)
    shown = repr(found) + json.dumps(found.as_dict()) + json.dumps(found.variables())
    assert KEY not in shown
    assert found.as_dict()["honeycomb"]["forwarded_to"] == REAL
    assert KEY not in json.dumps(bare)  # the file's key never enters the environment


def test_spans_that_do_not_pass_the_lab_are_pointed_out(bare):
    bare |= {"HONEYCOMB_API_KEY": KEY, "OTEL_EXPORTER_OTLP_ENDPOINT": REAL}
    (note,) = settings.load(bare).notes
    assert note == (
        f"spans leave for {REAL}, but queries ask the lab: remove "
        "OTEL_EXPORTER_OTLP_ENDPOINT, and the lab passes a copy on."
    )


def test_a_child_has_the_students_own_key_and_the_emulators_have_none(monkeypatch):
    monkeypatch.setenv("HONEYCOMB_API_KEY", KEY)
    monkeypatch.setenv("LAB_ENV_FILE", "")
    environ = dict(os.environ)
    start(environ)
    for name in (*OURS, "LAB_EXPORTED", "LAB_REPLACED"):
        monkeypatch.setenv(name, environ[name])
    child = settings.child_environment()
    assert child["HONEYCOMB_API_KEY"] == KEY
    assert not child.keys() & {*OURS[1:], "LAB_EXPORTED", "LAB_REPLACED"}
    assert KEY not in json.dumps(settings.host_environment())


def test_what_a_start_replaced_is_back_when_it_is_not_exported_any_more(bare):
    bare |= {"AWS_CONFIG_FILE": "/mine"}
    start(bare)
    assert bare["AWS_CONFIG_FILE"] != "/mine"
    bare["AWS_PROFILE"] = "work"
    start(bare)
    assert bare["AWS_CONFIG_FILE"] == "/mine"


TOKEN = {"ROLLBAR_ACCESS_TOKEN": "a" * 32, "ROLLBAR_READ_TOKEN": "b" * 32}


def test_rollbar_with_a_token_is_real_unless_you_ask_for_another_mode(bare):
    environ = bare | TOKEN
    for mode in ("", "forwarded", "emulated", "real", "forwarded"):
        environ["LAB_ROLLBAR"] = mode
        found = start(environ)
        assert found.rollbar.mode is Mode(mode or "real")
        real = environ["ROLLBAR_ACCESS_TOKEN"] == "a" * 32
        assert real is (mode in ("", "real"))
        assert (environ["ROLLBAR_READ_TOKEN"] == "b" * 32) is real
    assert found.upstreams == {"rollbar": Upstream("https://api.rollbar.com", "a" * 32)}
    assert found.as_dict()["rollbar"]["forwarded_to"] == "https://api.rollbar.com"
    assert "a" * 32 not in repr(found) + json.dumps(found.as_dict())


@pytest.mark.parametrize(
    ("mode", "complaint"),
    [
        ("forwarded", "LAB_ROLLBAR is forwarded, but there is no token of yours"),
        ("on", "LAB_ROLLBAR is 'on'; expected emulated, forwarded, real"),
    ],
)
def test_a_mode_of_rollbar_that_cannot_be_meant_is_refused(bare, mode, complaint):
    with pytest.raises(SettingsError, match=complaint):
        settings.load(bare | {"LAB_ROLLBAR": mode})
