"""The alarms that rules depend on, and how deep rules may be."""

import pytest

from lab_emulators.aws.languages.alarm_rule.check import (
    MAX_DEPTH,
    children,
    descendants,
)
from lab_emulators.aws.languages.alarm_rule.parser import RuleError, parse


def test_the_alarms_of_a_rule_are_named_once_in_order():
    rule = parse('ALARM(b) AND (OK("a\\"c") OR NOT ALARM(b)) OR INSUFFICIENT_DATA(d)')
    assert list(children(rule)) == ["b", 'a"c', "d"]


def test_a_rule_has_so_many_levels_and_no_more():
    assert list(children(parse("NOT " * (MAX_DEPTH - 1) + "OK(a)"))) == ["a"]
    with pytest.raises(RuleError, match="nested more than 50 deep at position 1"):
        parse("NOT " * MAX_DEPTH + "OK(a)")


RULES = {"a": ["b", "c"], "b": ["d"], "d": ["b"], "c": ["gone"]}


def test_descendants_are_found_through_cycles_and_missing_alarms():
    def children_of(name):
        return RULES.get(name, [])

    assert descendants(["a"], children_of) == {"a", "b", "c", "d", "gone"}
    assert descendants(RULES["b"], children_of) == {"b", "d"}
    assert descendants(RULES["a"], children_of) == {"b", "c", "d", "gone"}
    assert descendants([], children_of) == set()
