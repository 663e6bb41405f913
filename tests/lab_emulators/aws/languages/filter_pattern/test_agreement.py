"""Three ways to evaluate a pattern agree: match, the store, and the obvious one."""

import json
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from lab_emulators.aws.languages.filter_pattern import Pattern, compile_pattern
from lab_emulators.aws.languages.filter_pattern.nodes import (
    Compare,
    Condition,
    Document,
    Every,
    Glob,
    IsConstant,
    Line,
    NotExists,
    NumberLiteral,
    Regex,
    Selector,
    Step,
    Terms,
    Value,
)
from lab_emulators.lang.nodes import AllOf, AnyOf

Search = Callable[[Pattern], list[bool]]
NAMES = ("a", "b", "0", "x.y", "é")
WORDS = (
    "",
    "a",
    "ab",
    "b",
    " ",
    "4",
    "404",
    "4e2",
    "-0",
    "é",
    "😀",
    "\x00",
    "a\nb",
    "%",
)
NUMBERS = ("0", "-0", "4", "404", "4.50", "4e2", "1E3", "-7", "12345678901234567891")
REGEXES = ("a", "^a", "b$", "a.b", "[^a]", r"\d+", "^$", r"\W", r"[\S\d]{2,}", "a|^b")
OPS = ("=", "!=", "<", ">=")

names = st.just("a") | st.sampled_from(NAMES)
words = st.sampled_from(WORDS) | st.text(max_size=4)
scalars = (
    words.map(json.dumps)
    | words.map(lambda word: json.dumps(word, ensure_ascii=False))
    | st.sampled_from((*NUMBERS, "true", "false", "null", "1e999", "1e-400"))
)


def _object(pairs: Sequence[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{json.dumps(k)}: {v}" for k, v in pairs) + "}"


def _containers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    lists = st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
    return lists | st.lists(st.tuples(names, inner), max_size=3).map(_object)


values = st.recursive(scalars, _containers, max_leaves=6)
pairs = st.lists(st.tuples(names, values), max_size=5)
documents = pairs.map(_object) | scalars.map('{{"a": {}}}'.format)
odd = st.sampled_from(
    (
        '{"a": 1,}',
        '{"a": NaN}',
        '{"a": -Infinity, "b": 1}',
        '{"a": "\\ud800"}',
        '{"a": "\\ud83d\\ude00"}',
        '{"a": "\\\\ud800"}',
        '{"a": 01}',
        '{"a": "a\nb"}',
        '\ufeff{"a": 1}',
        '[{"a": 1}]',
        ' \n{"a": 1}\t',
        '{"a": 1} x',
        '{"a": {"b": ' * 3000,
        '{"a": ' + "[" * 3000 + "]" * 3000 + "}",
        '{"a": ' + "9" * 5000 + "}",
    )
)
spaced = st.lists(words | st.sampled_from(('"a b"', "[4 04]", '"', "[", "]", "\t")))
messages = documents | odd | spaced.map(" ".join) | st.text(max_size=12)


def _quoted(word: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", word) + '"'


globs = st.lists(words, min_size=1, max_size=3).map(lambda w: _quoted("*".join(w)))
wanted = globs | st.sampled_from(NUMBERS) | st.sampled_from(("*", "4*", "a", "a*b"))
regexes = st.sampled_from(REGEXES).map(lambda source: f"%{source}%")


def _step(key: str) -> str:
    return f".{key}" if re.fullmatch("[a-z0-9]+", key) else f".['{key}']"


steps = names.map(_step) | st.sampled_from(("[0]", "[1]"))


@st.composite
def selectors(draw: st.DrawFn) -> str:
    """`$`, a property, and what may follow, perhaps with one wildcard."""
    parts = [_step(draw(names)), *draw(st.lists(steps, max_size=1))]
    place = draw(st.none() | st.integers(0, len(parts)))
    if place is not None:
        parts.insert(
            place, ".*" if place == 0 else draw(st.sampled_from((".*", "[*]")))
        )
    return "$" + "".join(parts)


@st.composite
def comparisons(draw: st.DrawFn, subject: str) -> str:
    """`subject` against a value that its operator can compare."""
    op = draw(st.sampled_from(OPS))
    numbers = st.sampled_from(NUMBERS)
    value = draw(wanted | numbers if op in ("=", "!=") else numbers)
    return f"{subject} {op} {value}"


@st.composite
def json_tests(draw: st.DrawFn) -> str:
    """One condition on JSON."""
    subject = draw(selectors())
    kinds = ("IS NULL", "IS TRUE", "IS FALSE", "NOT EXISTS")
    kind = draw(st.none() | st.sampled_from(kinds))
    return f"{subject} {kind}" if kind else draw(comparisons(subject))


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(inner, st.sampled_from(("&&", "||")), inner)
    return pairs.map(" ".join) | pairs.map(lambda pair: f"({' '.join(pair)})")


@st.composite
def json_patterns(draw: st.DrawFn) -> str:
    """A pattern for JSON within the quotas."""
    tests = draw(st.recursive(json_tests(), _joined, max_leaves=4))
    if sum(tests.count(wild) for wild in ("$.*", "[*]", ".*")) > 3:
        tests = "$.a = *"
    if draw(st.booleans()):
        op = draw(st.sampled_from(("=", "!=")))
        tests += f" || {draw(names.map(_step).map('${}'.format))} {op} {draw(regexes)}"
    return f"{{ {tests} }}"


@st.composite
def line_patterns(draw: st.DrawFn) -> str:
    """A pattern for lines."""
    cells = []
    for name in draw(st.lists(st.sampled_from(("w1", "w2", "w3", "")), unique=True)):
        by_regex = f"{name}={draw(regexes)}"
        condition = draw(comparisons(name) | st.just(by_regex))
        cells.append(draw(st.sampled_from((name, condition))) if name else "")
    if draw(st.booleans()):
        cells.insert(draw(st.integers(0, len(cells))), "...")
    return f"[{','.join(cells)}]"


phrases = words.filter(bool).map(_quoted)
terms = st.tuples(st.sampled_from(("", "-", "?")), phrases).map("".join)
term_patterns = st.lists(terms, max_size=4).map(" ".join) | regexes


def _regexes_within_quota(text: str) -> bool:
    return not text.startswith("[") or text.count("=%") <= 2


patterns = (
    term_patterns | json_patterns() | line_patterns().filter(_regexes_within_quota)
)


@settings(max_examples=4 * settings().max_examples)
@given(patterns, st.lists(messages, min_size=1, max_size=4))
def test_match_is_what_the_tree_says(text: str, found: list[str]) -> None:
    pattern = compile_pattern(text)
    for message in found:
        assert (pattern.match(message) is not None) is obvious(pattern, message)


@given(
    texts=st.lists(patterns, min_size=5, max_size=15),
    found=st.lists(messages, min_size=10, max_size=40),
)
@example(texts=["{ $.a[0] NOT EXISTS }"], found=['{"a": {"0": 1}}'])
@example(texts=["{ $.a != 5 }"], found=['{"a": 1e999}', '{"a": 1, "a": 5}'])
@example(texts=["{ $.a = 4.5* }"], found=['{"a": 4.50}'])
def test_the_store_finds_every_match(
    stored: Callable[[Sequence[str]], Search], texts: list[str], found: list[str]
) -> None:
    search = stored(found)
    for text in texts:
        pattern = compile_pattern(text)
        for message, is_found in zip(found, search(pattern), strict=True):
            matches = pattern.match(message) is not None
            assert is_found == matches if pattern.exact else is_found >= matches


# The obvious way: no closures, no shared helpers, one message, one tree.


def obvious(pattern: Pattern, message: str) -> bool:
    """Whether `message` fulfills the tree."""
    match pattern.tree:
        case Terms(regex=Regex() as regex):
            return _searched(regex, message)
        case Terms(included, excluded, optional):
            have = [t for t in included if t.strip()]
            if optional and not included and not excluded:
                return any(not t.strip() or t in message for t in optional)
            return all(t in message for t in have) and not any(
                t in message for t in excluded
            )
        case Document(condition):
            document = _parsed(message)
            return document is not None and _holds(condition, document)
        case Line() as line:
            return _line(line, message)


class _Written(str):
    """A number, as it is written."""


def _parsed(message: str) -> Any:
    def first(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in items:
            made.setdefault(key, value)
        return made

    def no(name: str) -> Any:
        raise ValueError(name)

    try:
        document = json.loads(
            message,
            parse_int=_Written,
            parse_float=_Written,
            parse_constant=no,
            object_pairs_hook=first,
        )
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _nodes(node: Any, path: tuple[Step, ...]) -> list[Any]:
    found = [node]
    for step in path:
        inner: list[Any] = []
        for each in found:
            if step is Every.FIELD and isinstance(each, dict):
                inner += list(each.values())
            elif step is Every.ELEMENT and isinstance(each, list):
                inner += each
            elif isinstance(each, dict) and isinstance(step, str):
                inner += [each[step]] if step in each else []
            elif isinstance(each, list) and isinstance(step, int):
                inner += each[step : step + 1]
        found = inner
    return found


def _holds(condition: Condition, document: Any) -> bool:
    match condition:
        case AllOf(parts):
            return all(_holds(part, document) for part in parts)
        case AnyOf(parts):
            return any(_holds(part, document) for part in parts)
        case IsConstant(subject, value):
            return value in [
                n
                for n in _nodes(document, subject.steps)
                if n is None or n is True or n is False
            ]
        case NotExists(subject):
            return not _nodes(document, subject.steps)
        case Compare(Selector() as subject, op, value):
            return any(
                _compared(op, value, str(n), is_number=isinstance(n, _Written))
                for n in _nodes(document, subject.steps)
                if isinstance(n, str)
            )
        case _:
            raise TypeError(condition)


def _compared(op: str, value: Value, text: str, *, is_number: bool) -> bool:
    match value:
        case NumberLiteral(wanted, spelling):
            numeric = re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.A)
            if is_number and numeric and math.isfinite(float(text)):
                number = float(text)
                return bool(
                    {
                        "=": number == wanted,
                        "!=": number != wanted,
                        "<": number < wanted,
                        ">=": number >= wanted,
                    }[op]
                )
            return {"=": text == spelling, "!=": text != spelling}.get(op, False)
        case Glob(chunks):
            glob = ".*".join(map(re.escape, chunks))
            return (re.fullmatch(glob, text, re.DOTALL) is not None) == (op == "=")
        case Regex():
            return _searched(value, text) == (op == "=")


def _searched(regex: Regex, text: str) -> bool:
    return re.search(regex.expression.replace(r"\z", r"\Z"), text) is not None


def _fields(message: str) -> list[tuple[str, int]]:
    closed = r"(?=[ \t\r\n]|\Z)"
    enclosed = rf'"((?:\\.|[^"\\])*)"{closed}|\[([^\]]*)\]{closed}|([^ \t\r\n]+)'
    return [
        (next(text for text in found.groups() if text is not None), found.start())
        for found in re.finditer(enclosed, message, re.DOTALL)
    ]


def _line(line: Line, message: str) -> bool:
    fields = _fields(message)
    texts = [text for text, _ in fields]
    after = line.after or ()
    if len(texts) < len(line.before) + len(after):
        return False
    if line.after is None and len(texts) > len(line.before):
        last = len(line.before) - 1
        texts = [*texts[:last], message[fields[last][1] :].rstrip(" \t\r\n")]
    chosen = texts[: len(line.before)] + (texts[-len(after) :] if after else [])
    return all(
        field.condition is None or _on_text(field.condition, text)
        for field, text in zip(line.fields, chosen, strict=True)
    )


def _on_text(condition: Condition, text: str) -> bool:
    match condition:
        case AllOf(parts):
            return all(_on_text(part, text) for part in parts)
        case AnyOf(parts):
            return any(_on_text(part, text) for part in parts)
        case Compare(_, op, value):
            return _compared(op, value, text, is_number=True)
        case _:
            raise TypeError(condition)
