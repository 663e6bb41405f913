"""Rules of composite alarms over the states of other alarms."""

import pytest

from lab_emulators.aws.alarms.model import StateValue
from lab_emulators.aws.languages.alarm_rule.compile import holds
from lab_emulators.aws.languages.alarm_rule.parser import parse

STATES = {
    "up": StateValue.OK,
    "down": StateValue.ALARM,
    "a b": StateValue.ALARM,
    "quiet": StateValue.INSUFFICIENT_DATA,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ALARM(down)", True),
        ("ALARM(up)", False),
        ("OK(up) AND INSUFFICIENT_DATA(quiet)", True),
        ('ALARM("a b")', True),
        ("NOT ALARM(up)", True),
        ("NOT (ALARM(up) OR OK(up))", False),
        ("TRUE OR FALSE AND FALSE", True),
        ("(TRUE OR FALSE) AND FALSE", False),
        ("NOT TRUE OR TRUE", True),
        ("alarm(down) and not false", True),
        ("ALARM(nobody) OR OK(nobody) OR INSUFFICIENT_DATA(nobody)", False),
        ("ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:down)", True),
        ('\n ALARM( "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a b" )', True),
    ],
)
def test_a_rule_says_whether_it_holds(text, expected):
    assert holds(parse(text), STATES.get) is expected
