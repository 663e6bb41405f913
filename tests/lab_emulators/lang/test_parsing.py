"""From a text to its tree, or to the one error."""

from pathlib import Path
from typing import Any

import pytest
from lark import Token, Transformer

from lab_emulators.lang.nodes import AllOf, Field, Not
from lab_emulators.lang.parsing import (
    ExpressionBuilder,
    Grammar,
    Unexpected,
    span_between,
    span_of,
    unless,
)
from lab_emulators.lang.source import QueryError, Span

RULES = """
start: word ("," word)*
other: NUMBER
word: NAME
NAME: /[a-z]+/
NUMBER: /[0-9]+/
%ignore /\\s+/
"""


class Builder(Transformer[Token, Any]):
    def start(self, parts: list[str]) -> list[str]:
        return parts

    def word(self, parts: list[Token]) -> str:
        if parts[0] == "bad":
            raise QueryError("a bad word", span_of(parts[0]))
        if parts[0] == "broken":
            raise KeyError("a mistake of ours")
        return str(parts[0])


@pytest.fixture
def module(tmp_path: Path) -> str:
    (tmp_path / "grammar.lark").write_text(RULES)
    return str(tmp_path / "parser.py")


def refusal(grammar: Grammar, text: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        grammar.read(text)
    return caught.value


def test_the_builder_makes_what_is_read(module: str) -> None:
    assert Grammar(module, Builder).read("a, b") == ["a", "b"]


def test_another_rule_may_be_the_start(module: str) -> None:
    grammar = Grammar(module, starts=("start", "other"))
    assert grammar.read("12", "other").data == "other"


@pytest.mark.parametrize(
    ("text", "message", "span"),
    [
        ("a, 1", "unexpected '1'", (3, 4)),
        ("a,\n ~b", "unexpected '~b'", (4, 5)),
        ("a b", "unexpected 'b'", (2, 3)),
        ("a,", "something is missing", (2, 3)),
        ("", "something is missing", (0, 1)),
        ("a, bad", "a bad word", (3, 6)),
    ],
)
def test_whatever_is_wrong_becomes_a_query_error(
    module: str, text: str, message: str, span: tuple[int, int]
) -> None:
    error = refusal(Grammar(module, Builder), text)
    assert (error.message, error.span) == (message, span)


@pytest.mark.parametrize(
    ("syntax_first", "message"), [(False, "a bad word"), (True, "unexpected '1'")]
)
def test_a_language_says_which_of_two_faults_comes_first(
    module: str, message: str, *, syntax_first: bool
) -> None:
    grammar = Grammar(module, Builder, syntax_first=syntax_first)
    assert refusal(grammar, "bad, 1").message == message
    assert refusal(grammar, "bad").message == "a bad word"


def test_a_mistake_of_a_builder_is_not_taken_for_one_of_the_query(module: str) -> None:
    with pytest.raises(KeyError, match="a mistake of ours"):
        Grammar(module, Builder).read("broken")


def test_a_language_may_say_it_in_its_own_words(module: str) -> None:
    def describe(found: Unexpected) -> QueryError:
        line, column = found.position
        return found.error(f"{sorted(found.expected)} at {line}:{column}")

    error = refusal(Grammar(module, describe=describe), "a,\n1")
    assert error.message == "['NAME'] at 2:1"


def test_an_excerpt_has_the_length_of_its_parameter() -> None:
    assert Unexpected("abcdef", 2).excerpt(3) == "'cde'"


def token(text: str, start: int) -> Token:
    return Token("NAME", text, start, end_pos=start + len(text))


def test_spans_reach_from_the_first_part_to_the_last() -> None:
    one, other = Field("a", span=Span(2, 3)), token("bc", 7)
    assert span_between(one, other) == (2, 9)
    assert span_between(other, other) == span_of(other) == (7, 9)


def test_conditions_have_the_span_of_all_their_parts() -> None:
    parts = [Field("a", span=Span(0, 1)), Field("b", span=Span(6, 7))]
    found = ExpressionBuilder().all_of(parts)
    assert found == AllOf(tuple(parts))
    assert found.span == (0, 7)


def test_a_not_inside_a_test_negates_the_test() -> None:
    test = Field("a", span=Span(1, 2))
    assert unless(None, test) is test
    assert unless(token("not", 4), test) == Not(test)
    assert unless(token("not", 4), test).span == (1, 2)
