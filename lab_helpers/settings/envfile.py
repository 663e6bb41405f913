"""Strict reader of `.env`: a line that others ignore in silence is an error."""

import difflib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from lab_helpers.errors import SentenceError


class SettingsError(SentenceError):
    """Settings that contradict each other or cannot be read: fault and remedy."""


class InvalidSettingError(SettingsError):
    """The value of one setting is invalid, whatever the others are."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name} {text}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Line:
    """A setting of the file: its value, and `file:line` where it stands."""

    value: str
    position: str


def read(path: Path, known: Mapping[str, str]) -> dict[str, Line]:
    """Name → line of the file's non-empty settings; {} when there is no file.

    `known` maps each name that may occur to a line that would be right. Malformed
    lines, unknown names and repeated names raise SettingsError with file and line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read as UTF-8 text: {error}") from error
    lines: dict[str, int] = {}
    settings: dict[str, Line] = {}
    for binding in parse_stream(io.StringIO(text)):
        if _is_blank(binding):
            continue
        line = _line_of(binding)
        position = f"{path}:{line}"
        name, value = _accepted(binding, position, known)
        if name in lines:
            raise SettingsError(
                f"{position}: {name} is set on line {lines[name]} already: keep one."
            )
        lines[name], settings[name] = line, Line(value, position)
    return {name: line for name, line in settings.items() if line.value}


def _is_blank(binding: Binding) -> bool:
    text = binding.original.string.strip()
    return not binding.error and (not text or text.startswith("#"))


def _line_of(binding: Binding) -> int:
    # The parser counts a statement from the blank lines before it.
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")


def _accepted(
    binding: Binding, position: str, known: Mapping[str, str]
) -> tuple[str, str]:
    text = binding.original.string.strip().splitlines()[0]
    if binding.error or binding.key is None:
        raise SettingsError(
            f"{position}: {text!r} is not NAME=value (is a quote missing?). "
            f"Right would be: {next(iter(known.values()))}"
        )
    if binding.key not in known:
        raise SettingsError(
            f"{position}: no setting is called {binding.key!r}: "
            f"{_nearest(binding.key, known)}"
        )
    if binding.value is None:
        raise SettingsError(
            f"{position}: {binding.key} has no '='. "
            f"Right would be: {known[binding.key]}"
        )
    return binding.key, binding.value


def _nearest(name: str, known: Mapping[str, str]) -> str:
    close = difflib.get_close_matches(name.upper(), known, n=1)
    if close:
        return f"did you mean {close[0]}? Right would be: {known[close[0]]}"
    return f"known are {', '.join(known)}"
