"""Rules of composite alarms."""

import pytest

from lab_emulators.aws.alarms.model import StateValue
from lab_emulators.aws.languages.alarm_rule.parser import RuleError, children, parse

STATES = {
    "up": StateValue.OK,
    "down": StateValue.ALARM,
    "a b": StateValue.ALARM,
    "quiet": StateValue.INSUFFICIENT_DATA,
}


@pytest.mark.parametrize(
    ("text", "holds"),
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
def test_a_rule_says_whether_it_holds(text, holds):
    assert parse(text).holds(STATES.get) is holds


def test_the_alarms_of_a_rule_are_told_once_in_order():
    rule = parse('ALARM(b) AND (OK("a\\"c") OR NOT ALARM(b)) OR INSUFFICIENT_DATA(d)')
    assert list(children(rule)) == ["b", 'a"c', "d"]


@pytest.mark.parametrize("name", ["ALARM", "OK", "and", "TRUE", "order-not", "not"])
def test_words_of_the_grammar_may_be_names(name):
    assert list(children(parse(f"ALARM({name}) AND TRUE"))) == [name]


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("ALARM(a", 8),
        ("", 1),
        ("a OR b", 1),
        ("ALARM(a) ALARM(b)", 10),
        ("ALARM()", 7),
        ("TRUE XOR FALSE", 6),
        ('ALARM("a)', 7),
        ("NOT " * 100 + "TRUE", 1),
    ],
)
def test_a_rule_that_cannot_be_read_names_the_place(text, position):
    with pytest.raises(RuleError, match=rf"at position {position}$"):
        parse(text)
