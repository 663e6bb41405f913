"""Rules of composite alarms."""

import pytest

from lab_emulators.aws.languages.alarm_rule.check import children
from lab_emulators.aws.languages.alarm_rule.parser import RuleError, parse


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
        ("NOT " * 50 + "TRUE", 1),
    ],
)
def test_a_rule_that_cannot_be_read_names_the_place(text, position):
    with pytest.raises(RuleError, match=rf"at position {position}$"):
        parse(text)
