"""Both packages agree on ports, keys and header names, which only one list has.

They never import each other, so what the course's package knows is looked up in its
settings and in its own literals.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lab_emulators import contract
from lab_helpers import settings

ROOT = Path(__file__).resolve().parents[1]
HEADERS = {
    contract.TEAM_HEADER,
    contract.CONTROL_TOKEN_HEADER,
    contract.ROLLBAR_TOKEN_HEADER,
}
TOKENS = {
    contract.ROLLBAR_POST_SERVER_TOKEN,
    contract.ROLLBAR_READ_TOKEN,
    contract.ROLLBAR_WRITE_TOKEN,
}
ONCE = HEADERS | {
    contract.ACCOUNT_ID,
    contract.REGION,
    contract.HONEYCOMB_API_KEY,
    contract.ALARM_EVALUATION_PATH,
    contract.ROLLBAR_API_PATH,
    contract.ROLLBAR_POST_CLIENT_TOKEN,
    *TOKENS,
}
PORTS = {contract.HONEYCOMB_PORT, contract.AWS_PORT}
"""The other two are numbers of other things as well."""


@pytest.fixture
def default():
    """The settings where nothing is set."""
    return settings.load({"LAB_ENV_FILE": ""})


def literals(folder: str) -> Iterator[tuple[Path, object]]:
    """Every constant in a package's code, with the file it is in."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant):
                yield path.relative_to(ROOT), node.value


def matching(folder: str, pattern: str) -> set[str]:
    """The strings of a package that are wholly of a form, in lower case."""
    shape = re.compile(pattern, re.IGNORECASE)
    return {
        value.lower()
        for _, value in literals(folder)
        if isinstance(value, str) and shape.fullmatch(value)
    }


def lower(values: set[str]) -> set[str]:
    return {value.lower() for value in values}


def test_the_course_knows_the_headers_by_the_same_names():
    pattern = r"x-(lab-token|honeycomb-team|rollbar-access-[a-z-]+)"
    assert matching("lab_helpers", pattern) == lower(HEADERS)


def test_the_course_knows_the_keys_of_the_lab():
    known = matching("lab_helpers", r"localLab\w+|1abfake\w+")
    assert known == lower({contract.HONEYCOMB_API_KEY, *TOKENS})


def test_the_course_evaluates_alarms_where_the_lab_does():
    assert matching("lab_helpers", r"/lab/alarms/\w+") == {
        contract.ALARM_EVALUATION_PATH
    }


def test_without_settings_everything_leads_to_the_ports_of_the_contract(default):
    assert urlsplit(default.honeycomb.endpoint).port == contract.HONEYCOMB_PORT
    assert urlsplit(default.aws.endpoint).port == contract.AWS_PORT
    assert urlsplit(default.rollbar.endpoint).port == contract.ROLLBAR_PORT
    assert urlsplit(default.rollbar.endpoint).path == contract.ROLLBAR_API_PATH
    daemon = default.variables()["AWS_XRAY_DAEMON_ADDRESS"]
    assert daemon == f"127.0.0.1:{contract.XRAY_PORT}"


def test_without_settings_keys_and_region_are_those_of_the_contract(default):
    assert default.honeycomb.api_key == contract.HONEYCOMB_API_KEY
    assert default.aws.region == contract.REGION
    assert default.rollbar.access_token == contract.ROLLBAR_POST_SERVER_TOKEN


def test_the_emulators_write_each_of_them_once():
    again = {
        (str(path), value)
        for path, value in literals("lab_emulators")
        if path.name != "contract.py"
        and (value in PORTS if type(value) is int else lower_text(value) in lower(ONCE))
    }
    assert again == set()


def lower_text(value: object) -> object:
    return value.lower() if isinstance(value, str) else value
