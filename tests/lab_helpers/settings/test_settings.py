import json
import os
import re

import pytest

from lab_emulators.rollbar.config import LAB_TOKENS
from lab_helpers import settings
from lab_helpers.settings import LAB_API_KEY, Addresses, Mode, SettingsError

LOCAL = "http://127.0.0.1:41231"
HIVE = Addresses(honeycomb=LOCAL, honeycomb_key=LAB_API_KEY)
REAL_KEY = "hcaik" + "x" * 17
MINE = {"AWS_ACCESS_KEY_ID": "AKIA" + "Q" * 16, "AWS_SECRET_ACCESS_KEY": "s" * 40}
GATEWAY, DAEMON = "http://127.0.0.1:41232", "127.0.0.1:41233"
ITEMS = "http://127.0.0.1:41234/api/1/"
TOKEN = {"ROLLBAR_ACCESS_TOKEN": "a" * 32}


def running(environ):
    """What a lab on LOCAL leaves in the environment."""
    lab = Addresses(
        honeycomb=LOCAL,
        honeycomb_key=LAB_API_KEY,
        aws=GATEWAY,
        xray=DAEMON,
        rollbar=ITEMS,
    )
    found = settings.load(environ).at(lab)
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


def test_whose_plan_has_the_query_api_makes_honeycomb_and_otlp_real(bare):
    bare["LAB_HONEYCOMB"] = "real"
    found = settings.load(bare | {"HONEYCOMB_API_KEY": REAL_KEY})
    assert found.honeycomb.mode is Mode.REAL
    assert found.upstreams == {}
    assert found.honeycomb.endpoint == "https://api.honeycomb.io"
    assert found.otlp.endpoint == "https://api.honeycomb.io"
    assert found.otlp.headers == {"x-honeycomb-team": REAL_KEY}
    assert found.needs_lab  # for AWS and Rollbar
    bare |= {"HONEYCOMB_API_KEY": REAL_KEY} | MINE
    assert settings.load(bare).needs_lab  # for Rollbar
    assert not settings.load(bare | TOKEN).needs_lab


def test_the_endpoint_of_another_region_is_kept(bare):
    eu = {
        "HONEYCOMB_API_KEY": REAL_KEY,
        "HONEYCOMB_API_ENDPOINT": "https://api.eu1.honeycomb.io/",
    }
    found = settings.load(bare | eu)
    assert found.honeycomb.upstream.endpoint == "https://api.eu1.honeycomb.io"
    found = settings.load(bare | eu | {"LAB_HONEYCOMB": "real"})
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
    key = {"HONEYCOMB_API_KEY": REAL_KEY, "LAB_HONEYCOMB": "real"}
    environ = running(bare) | key
    found = settings.load(environ)
    assert found.honeycomb.mode is Mode.REAL
    settings.export(found, environ)
    assert environ["HONEYCOMB_API_ENDPOINT"] == "https://api.honeycomb.io"
    assert REAL_KEY in environ["OTEL_EXPORTER_OTLP_HEADERS"]


def test_a_key_taken_out_of_the_file_leads_back_to_the_lab(bare, env_file):
    file = env_file(f"HONEYCOMB_API_KEY={REAL_KEY}\nLAB_HONEYCOMB=real\n")
    settings.export(settings.load(bare, file), bare)
    assert bare["HONEYCOMB_API_KEY"] == REAL_KEY
    again = settings.load(bare, env_file(""))
    assert again.honeycomb.mode is Mode.EMULATED


def test_lines_pasted_from_lab_env_into_a_shell_mean_the_lab(bare):
    pasted = settings.load(bare).at(HIVE).variables()
    found = settings.load(bare | pasted)
    assert found.honeycomb.mode is Mode.EMULATED
    assert not found.otlp.yours


def test_an_otlp_endpoint_of_your_own_is_left_alone(bare):
    environ = bare | {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}
    found = settings.load(environ)
    settings.export(found.at(HIVE), environ)
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
    assert (found.ports.honeycomb, found.start_seconds) == (7001, 9)


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
        ("\nLAB_HONEYCOMB=free\n", ":2: .*emulated, forwarded, real.*=real"),
        ("LAB_HONEYCOMB=real\n", ":1: .*no key of yours: set HONEYCOMB_API_KEY"),
        ("LAB_HONEYCOMB=forwarded\n", ":1: LAB_HONEYCOMB is forwarded, but"),
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
    key = {"HONEYCOMB_API_KEY": REAL_KEY, "LAB_HONEYCOMB": "real"}
    found = settings.load(bare | key)
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


def test_what_is_changed_meanwhile_is_as_it_was(monkeypatch):
    monkeypatch.setenv("KEPT", "1")
    monkeypatch.setenv("GONE", "2")
    with pytest.raises(ZeroDivisionError), settings.preserved_environment():
        os.environ.update(KEPT="9", ADDED="3")
        del os.environ["GONE"]
        1 / 0  # noqa: B018
    assert (os.environ["KEPT"], os.environ["GONE"]) == ("1", "2")
    assert "ADDED" not in os.environ


def test_a_child_process_does_not_inherit_the_exports(bare, monkeypatch):
    monkeypatch.setenv("HONEYCOMB_API_KEY", LAB_API_KEY)
    monkeypatch.setenv("LAB_EXPORTED", json.dumps({"HONEYCOMB_API_KEY": LAB_API_KEY}))
    child = settings.child_environment(LAB_STATE_DIR="elsewhere")
    assert "HONEYCOMB_API_KEY" not in child
    assert child["LAB_STATE_DIR"] == "elsewhere"


def test_with_nothing_set_aws_is_the_labs_and_its_files_are_switched_off(bare):
    found = settings.load(bare)
    assert found.aws.mode is found.xray.mode is Mode.EMULATED
    assert found.aws.endpoint == "http://127.0.0.1:7320"
    assert found.aws.region == "us-east-1"
    assert found.xray.daemon_address == "127.0.0.1:2000"
    variables = found.variables()
    assert variables["AWS_EC2_METADATA_DISABLED"] == "true"
    assert variables["AWS_CONFIG_FILE"] == variables["AWS_SHARED_CREDENTIALS_FILE"]


def test_start_leads_aws_and_the_daemon_to_the_running_lab(bare):
    environ = running(bare)
    assert environ["AWS_ENDPOINT_URL"] == GATEWAY
    assert environ["AWS_XRAY_DAEMON_ADDRESS"] == DAEMON
    again = settings.load(environ)
    assert (again.aws.endpoint, again.xray.daemon_address) == (GATEWAY, DAEMON)
    assert not again.xray.yours


def test_the_labs_keys_look_like_no_key_of_aws(bare):
    aws = settings.load(bare).aws
    assert not re.fullmatch(r"[A-Z0-9]{16,128}", aws.access_key_id)
    assert "no-real" in aws.access_key_id
    assert "no-real" in aws.secret_access_key


@pytest.mark.parametrize("mine", [MINE, {"AWS_PROFILE": "work"}])
def test_credentials_of_your_own_make_aws_real(bare, mine):
    environ = running(bare) | mine
    found = settings.load(environ)
    assert found.aws.mode is found.xray.mode is Mode.REAL
    settings.export(found, environ)
    left = {name for name in environ if name.startswith("AWS_")} - mine.keys()
    assert left <= {"AWS_DEFAULT_REGION"}


def test_credentials_in_the_file_are_exported_and_stay_out_of_the_repr(bare, env_file):
    text = "".join(f"{name}={value}\n" for name, value in MINE.items())
    found = settings.load(bare, env_file(text + "AWS_DEFAULT_REGION=eu-west-1\n"))
    settings.export(found, bare)
    assert bare["AWS_SECRET_ACCESS_KEY"] == MINE["AWS_SECRET_ACCESS_KEY"]
    assert bare["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert MINE["AWS_SECRET_ACCESS_KEY"] not in repr(found)


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_XRAY"])
@pytest.mark.parametrize(
    "mine",
    [
        MINE,
        MINE | {"AWS_ACCESS_KEY_ID": "ASIA" + "Q" * 16},
        MINE | {"AWS_ACCESS_KEY_ID": "anything"},
        {"AWS_PROFILE": "work"},
        {"AWS_DEFAULT_PROFILE": "work"},
        {"AWS_SESSION_TOKEN": "x"},
    ],
)
def test_credentials_of_your_own_never_go_to_a_local_endpoint(bare, name, mine):
    with pytest.raises(SettingsError, match=f"remove {name} to use the real AWS"):
        settings.load(bare | mine | {name: "http://localhost:4566"})


def test_real_credentials_pasted_after_start_are_not_mixed_with_what_start_set(bare):
    found = settings.load(running(bare) | MINE)
    assert found.aws.endpoint == ""
    assert found.aws.secret_access_key == MINE["AWS_SECRET_ACCESS_KEY"]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"AWS_ENDPOINT_URL": "https://aws.example"}, "no AWS credentials of yours"),
        ({"AWS_ENDPOINT_URL_S3": "https://s3.example"}, "remove AWS_ENDPOINT_URL_S3"),
        ({"AWS_ENDPOINT_URL": "localhost:80"}, "not a URL"),
        ({"AWS_ACCESS_KEY_ID": "AKIA" + "Q" * 16}, "AWS_SECRET_ACCESS_KEY is missing"),
        ({"AWS_SESSION_TOKEN": "x"}, "without an access key"),
        ({"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, "would not find the lab"),
    ],
)
def test_aws_settings_that_cannot_be_meant_are_refused(bare, given, complaint):
    with pytest.raises(SettingsError, match=complaint):
        settings.load(bare | given)


@pytest.mark.parametrize("key", ["test", "testing", settings.Aws.__name__.lower()])
def test_only_known_placeholders_pass_for_no_key(bare, key):
    given = {"AWS_ACCESS_KEY_ID": key, "AWS_ENDPOINT_URL": "http://localhost:5000"}
    if key.startswith("test"):
        assert settings.load(bare | given).aws.mode is Mode.EMULATED
    else:
        with pytest.raises(SettingsError, match="AWS_ACCESS_KEY_ID holds"):
            settings.load(bare | given)


def test_a_daemon_of_your_own_is_left_alone_and_said(bare):
    environ = running(bare | {"AWS_XRAY_DAEMON_ADDRESS": "10.0.0.1:2000"})
    assert environ["AWS_XRAY_DAEMON_ADDRESS"] == "10.0.0.1:2000"
    assert "go to 10.0.0.1:2000" in settings.load(environ).notes[0]


def test_the_region_you_set_is_kept_by_the_lab(bare):
    assert settings.load(bare | {"AWS_REGION": "eu-west-1"}).aws.region == "eu-west-1"


def test_shared_files_of_your_own_are_switched_off_even_beside_your_own_otlp(bare):
    yours = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:1", "AWS_CONFIG_FILE": "/mine"}
    assert running(bare | yours)["AWS_CONFIG_FILE"] != "/mine"


def test_the_emulators_see_nothing_of_the_students_aws(monkeypatch):
    for name, value in (MINE | {"AWS_PROFILE": "work", "MOTO_X": "y"}).items():
        monkeypatch.setenv(name, value)
    seen = settings.host_environment()
    assert not seen.keys() & {*MINE, "AWS_PROFILE", "MOTO_X"}
    assert seen["AWS_EC2_METADATA_DISABLED"] == "true"


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


def test_with_nothing_set_rollbar_is_the_labs_and_all_four_variables_say_so(bare):
    found = settings.load(bare)
    assert found.rollbar.mode is Mode.EMULATED
    assert found.rollbar.endpoint == "http://127.0.0.1:7321/api/1/"
    environ = running(bare)
    told = {n: v for n, v in environ.items() if n.startswith("ROLLBAR_")}
    assert told.pop("ROLLBAR_ENDPOINT") == ITEMS
    assert told == {
        "ROLLBAR_ACCESS_TOKEN": LAB_TOKENS["post_server_item"],
        "ROLLBAR_READ_TOKEN": LAB_TOKENS["read"],
        "ROLLBAR_WRITE_TOKEN": LAB_TOKENS["write"],
    }
    assert settings.load(environ).rollbar.endpoint == ITEMS


def test_the_labs_tokens_are_as_long_as_rollbars_and_cannot_be_one():
    assert {len(token) for token in LAB_TOKENS.values()} == {32}
    assert not any(re.fullmatch("[0-9a-f]+", token) for token in LAB_TOKENS.values())


def test_a_token_of_your_own_makes_rollbar_real(bare):
    found = settings.load(bare | TOKEN | {"ROLLBAR_READ_TOKEN": "r" * 32}).rollbar
    assert found.mode is Mode.REAL
    assert found.endpoint == "https://api.rollbar.com/api/1/"
    assert (found.read_token, found.write_token) == ("r" * 32, "")
    assert "a" * 32 not in repr(found)


def test_a_rollbar_token_in_the_file_goes_real_and_what_cannot_be_read_is_said(
    bare, env_file
):
    environ = running(bare)
    file = env_file(f"ROLLBAR_ACCESS_TOKEN={'a' * 32}\n")
    found = settings.load(environ, file)
    assert found.rollbar.mode is Mode.REAL
    assert any("ROLLBAR_READ_TOKEN is not set" in note for note in found.notes)
    settings.export(found, environ)
    assert environ["ROLLBAR_ENDPOINT"] == "https://api.rollbar.com/api/1/"
    assert "ROLLBAR_READ_TOKEN" not in environ


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (TOKEN | {"ROLLBAR_ENDPOINT": ITEMS}, "remove ROLLBAR_ENDPOINT to use the"),
        ({"ROLLBAR_ENDPOINT": "https://r.example/api/1/"}, "no token of yours"),
        ({"ROLLBAR_ENDPOINT": "https://api.rollbar.com/api/1"}, "end in /api/1/"),
        ({"ROLLBAR_ENDPOINT": "api.rollbar.com"}, "not a URL"),
        ({"ROLLBAR_READ_TOKEN": "r" * 32}, "but ROLLBAR_ACCESS_TOKEN is not"),
        ({"ROLLBAR_ACCESS_TOKEN": LAB_TOKENS["read"]}, "another of the lab's tokens"),
        ({"ROLLBAR_ACCESS_TOKEN": "a b"}, "holds a space"),
    ],
)
def test_rollbar_settings_that_cannot_be_meant_are_refused(bare, given, complaint):
    with pytest.raises(SettingsError, match=complaint):
        settings.load(bare | given)


def test_a_mistake_about_rollbar_in_the_file_is_told_with_its_line(bare, env_file):
    file = env_file("\nROLLBAR_ENDPOINT=https://api.rollbar.com/api/1\n")
    with pytest.raises(SettingsError, match=r"\.env:2: ROLLBAR_ENDPOINT is"):
        settings.load(bare, file)


@pytest.mark.parametrize(
    ("given", "vendor"),
    [
        (
            {
                "HONEYCOMB_API_KEY": REAL_KEY,
                "HONEYCOMB_API_ENDPOINT": "https://api.eu1.honeycomb.io/",
            },
            "honeycomb",
        ),
        (MINE | {"AWS_ENDPOINT_URL": "https://aws.example/"}, "aws"),
        (TOKEN | {"ROLLBAR_ENDPOINT": "https://r.example/api/1/"}, "rollbar"),
    ],
)
def test_an_endpoint_of_your_own_is_still_yours_after_a_start(bare, given, vendor):
    environ = bare | given
    first = settings.load(environ)
    settings.export(first, environ)
    assert getattr(settings.load(environ), vendor) == getattr(first, vendor)


@pytest.mark.parametrize(("text", "seconds"), [("10", 10.0), ("0.5", 0.5), ("", None)])
def test_patience_is_in_seconds_and_by_default_left_to_the_service(bare, text, seconds):
    assert settings.load({"LAB_PATIENCE_S": text, **bare}).patience_s == seconds


@pytest.mark.parametrize("text", ["long", "-1", "1e3", "nan", "٣"])
def test_patience_that_is_no_number_of_seconds_is_refused(bare, text):
    with pytest.raises(SettingsError, match=r"LAB_PATIENCE_S is .* such as 10 or 0\.5"):
        settings.load({"LAB_PATIENCE_S": text, **bare})
