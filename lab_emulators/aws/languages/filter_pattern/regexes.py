"""The regular expressions that filter patterns may have between two `%`.

A subset of what engines know (user guide, "Supported regular expressions"): it is
read here and written anew in what Python's `re` and RE2 understand alike, so both
ways to evaluate a pattern agree.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from lab_emulators.aws.languages.filter_pattern.nodes import Regex
from lab_emulators.lang.source import QueryError, Span
from lab_emulators.store.query import finds

MAX_REPEAT = 1000
"""Repetitions that all `{…}` of one expression may ask for together (ours; RE2's)."""
MAX_WAYS = 10_000_000
"""Steps that Python's engine may take for one text: a tenth of a second."""

_SHORT_LOOP = 9
_SYMBOLS = frozenset(":_#=@/;,- ")
_OPERATORS = frozenset("^$?[]{}|\\*+.")
_SETS = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\x09\x0a\x0c\x0d\x20"}
# the same sets turned inside out, as ranges, for use inside a class
_COMPLEMENTS = {
    "D": r"\x00-\x2f\x3a-" + "\U0010ffff",
    "W": r"\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-" + "\U0010ffff",
    "S": r"\x00-\x08\x0b\x0e-\x1f\x21-" + "\U0010ffff",
}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r"}
_COUNT = re.compile(r"\{(\d*)(,\s*(\d*))?\}")
_HEX = re.compile(r"x([0-7][0-9A-Fa-f])")


def read_regex(source: str, position: int) -> Regex:
    """The expression `source`, which stands at `position` of the pattern.

    Raises QueryError for anything outside the subset.
    """
    return _Reader(source, position).regex()


@dataclass
class _Reader:
    source: str
    start: int
    at: int = 0
    repeats: int = 0
    loops: int = 0
    choices: int = 1
    anchored: bool = False
    written: list[str] = field(default_factory=list)

    def regex(self) -> Regex:
        if not self.source:
            self._refuse("an empty regular expression")
        while self.at < len(self.source):
            self._part()
        return Regex("".join(self.written), self.anchored, self.loops, self.choices)

    def _part(self) -> None:
        char = self.source[self.at]
        if char in "^$|":
            self._mark(char)
            return
        read = {"[": self._class, "\\": self._escaped, ".": self._any}.get(char)
        atom = read() if read else self._plain(char)
        self.written.append(atom + self._quantifier())

    def _mark(self, char: str) -> None:
        self.at += 1
        self.anchored |= char != "|"
        self.written.append(r"\z" if char == "$" else char)
        if self._peek() in ("?", "*", "+", "{"):
            self._refuse("nothing to repeat")

    def _any(self) -> str:
        self.at += 1
        return "(?s:.)"

    def _plain(self, char: str) -> str:
        if char in "?*+{":
            self._refuse("nothing to repeat")
        self._check(char)
        self.at += 1
        return _literal(char)

    def _escaped(self) -> str:
        single = self._escape()
        return single if len(single) > 1 else _literal(single)

    def _escape(self) -> str:
        """One character, or a set ready to stand alone."""
        self.at += 1
        char = self._peek()
        if char in _SETS:
            self.at += 1
            return f"[{_SETS[char]}]"
        if char in _COMPLEMENTS:
            self.at += 1
            return f"[^{_SETS[char.lower()]}]"
        if hexadecimal := _HEX.match(self.source, self.at):
            self.at = hexadecimal.end()
            return chr(int(hexadecimal[1], 16))
        if char not in _CONTROLS and char not in _SYMBOLS and char not in _OPERATORS:
            self._refuse(f"unsupported escape {chr(92) + char!r}, write \\xhh")
        self.at += 1
        return _CONTROLS.get(char, char)

    def _class(self) -> str:
        opened = self.at
        self.at += 1
        negated = self._peek() == "^"
        self.at += negated
        items: list[str] = []
        while (char := self._peek()) != "]":
            if not char:
                self.at = opened
                self._refuse("[ without ]")
            items.append(self._item())
        if not items:
            self._refuse("an empty class")
        self.at += 1
        return f"[{'^' if negated else ''}{''.join(items)}]"

    def _item(self) -> str:
        """One member of a class: a set, a character, or a range."""
        begun = self.at
        first = self._member()
        if len(first) > 1:
            return first
        if self._peek() != "-" or self.source[self.at + 1 : self.at + 2] in ("]", ""):
            return _literal(first)
        self.at += 1
        last = self._member()
        if len(last) > 1 or last < first:
            self.at = begun
            self._refuse("a range that ends before it begins")
        return f"{_literal(first)}-{_literal(last)}"

    def _member(self) -> str:
        """A character, or the inside of a set."""
        char = self._peek()
        if char == "\\":
            letter = self.source[self.at + 1 : self.at + 2]
            single = self._escape()
            if len(single) == 1:
                return single
            return _SETS.get(letter) or _COMPLEMENTS[letter]
        if char == "[":
            self._refuse("[ inside a class, write \\[")
        self._check(char)
        self.at += 1
        return char

    def _quantifier(self) -> str:
        char = self._peek()
        written = ""
        if char and char in "?*+":
            self.at += 1
            self._repeat(1 if char == "?" else None)
            written = char
        elif char == "{":
            written = self._counted()
        if written and self._peek() in ("?", "*", "+", "{"):
            self._refuse("nothing to repeat")
        return written

    def _counted(self) -> str:
        match = _COUNT.match(self.source, self.at)
        if match is None or match[0] in ("{}", "{,}"):
            self._refuse("{ without a number of repetitions, write \\{")
        low, open_end, high = int(match[1] or 0), match[2], match[3]
        if open_end is None:
            high = match[1]
        self.repeats += max(low, int(high or 0))
        if self.repeats > MAX_REPEAT:
            self._refuse(f"more than {MAX_REPEAT} repetitions")
        if high and int(high) < low:
            self._refuse("a maximum below the minimum")
        self.at = match.end()
        self._repeat(int(high) - low if high else None)
        return f"{{{low},{int(high) if high else ''}}}"

    def _repeat(self, spare: int | None) -> None:
        """Records a repetition that may go on `spare` times, None for any number."""
        if spare is None or spare > _SHORT_LOOP:
            self.loops += 1
        else:
            self.choices = min(self.choices * (spare + 1), MAX_WAYS)

    def _check(self, char: str) -> None:
        known = char in _SYMBOLS or char in _OPERATORS
        if not known and not (char.isascii() and char.isalnum()):
            self._refuse(f"Invalid character(s) in term {char!r}")

    def _peek(self) -> str:
        return self.source[self.at : self.at + 1]

    def _refuse(self, message: str) -> NoReturn:
        at = self.start + self.at
        raise QueryError(message, Span(at, at + 1))


def _literal(char: str) -> str:
    return char if char.isalnum() and char.isascii() else f"\\x{ord(char):02x}"


def searcher(regex: Regex) -> Callable[[str], bool]:
    """The test for the expression anywhere in a text.

    Python's engine may try every way to divide a text among the loops; where these
    are too many, RE2 answers.
    """
    # Each of n loops can end at any of m characters: about m ** (n + 1) ways, times
    # the ways to take or leave what is optional. The longest safe m follows.
    search = re.compile(regex.expression.replace(r"\z", r"\Z")).search
    longest = (MAX_WAYS / regex.choices) ** (1 / (regex.loops + 1))

    def is_match(text: str) -> bool:
        if len(text) > longest:
            return finds(regex.expression, text)
        return search(text) is not None

    return is_match
