"""Outputs of a code cell as a claim reads them: text, tables, bands of a heatmap."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from lab_helpers.authoring.claims import numerals

# Counted ids begin with zeros and are names, not numbers.
_NUMBER = re.compile(r"-?(?:0|[1-9][\d,]*)(?:\.\d+)?(?:e[+-]\d+)?")
_PART = re.compile(r"(?:^|\s)([\w][\w -]*): Heatmap", re.MULTILINE)
_BANDS = re.compile(r"bands?, ((?:[^.]|\.(?=\d))*)")


class OutputError(LookupError):
    """An output that has not what a claim looks for: says what is missing."""


@dataclass(slots=True)
class Table:
    """A DataFrame as a page shows it: names of the columns, and rows of texts."""

    columns: list[str] = field(default_factory=list)
    rows: list[tuple[list[str], list[str]]] = field(default_factory=list)

    def column(self, name: str) -> list[float | str]:
        """The values of a column, numbers as numbers."""
        return [_entry(cells[self.columns.index(name)]) for _, cells in self.rows]

    def index_of(self, label: str) -> int | None:
        """The number of the first row with this index or this text in a cell."""
        for number, (index, cells) in enumerate(self.rows):
            if label in index or label in cells:
                return number
        return None


@dataclass(frozen=True, slots=True)
class Output:
    """All that some cells show: the text, of a picture its alt sentence; the tables."""

    text: str
    tables: tuple[Table, ...] = ()

    @classmethod
    def of(cls, outputs: Sequence[Mapping[str, Any]]) -> "Output":
        """What a reader sees of these outputs, in order."""
        texts = [_text(output) for output in outputs]
        html = [
            "".join(output.get("data", {}).get("text/html", "")) for output in outputs
        ]
        tables = [table for source in html for table in _tables(source)]
        return cls("\n".join(text.strip("\n") for text in texts), tuple(tables))

    @property
    def lines(self) -> list[str]:
        """The lines of the text that are not blank."""
        return [line for line in self.text.splitlines() if line.strip()]

    @property
    def rows(self) -> int:
        """How many rows the first table has."""
        return len(self._table_with("").rows)

    def shows(self, words: str) -> bool:
        """Whether the text has these words; white space between them does not count."""
        return _plain(words) in _plain(self.text)

    def numbers(self, words: str) -> list[float]:
        """All numbers that stand at `#` in these words; `...` is anything in a line."""
        if words.count("#") != 1:
            raise OutputError(f"{words!r} does not have one # for the number")
        found = re.findall(_pattern(words), self.text)
        return [numerals.parse(each) for each in found]

    def number(self, words: str) -> float:
        """The first number that stands at `#` in these words."""
        if not (found := self.numbers(words)):
            raise OutputError(f"the output has no {words!r}")
        return found[0]

    def column(self, name: str) -> list[float | str]:
        """The values of a column of the first table that has it."""
        return self._table_with(name).column(name)

    def value(self, row: str, column: str) -> Any:
        """One value of a table: the row by its index or a text in it."""
        table = self._table_with(column)
        number = table.index_of(row)
        if number is None:
            raise OutputError(f"no row of the table has {row!r}")
        return table.column(column)[number]

    def bands(self, part: str = "") -> list[float]:
        """Where the bands of a heatmap lie, in ms, lowest first, by its alt sentence.

        Of several heatmaps side by side, `part` is the title of the one that is meant.
        """
        titles = list(_PART.finditer(self.text))
        heatmaps = {"": self.text} if not titles else {}
        for title, after in zip(titles, [*titles[1:], None], strict=False):
            end = after.start() if after else len(self.text)
            heatmaps[title[1].lower()] = self.text[title.end() : end]
        if part.lower() not in heatmaps:
            raise OutputError(f"no heatmap {part!r} among {sorted(heatmaps)}")
        if not (listed := _BANDS.search(heatmaps[part.lower()])):
            raise OutputError("the output has no sentence about bands")
        return sorted(numerals.durations(listed[1]))

    def _table_with(self, column: str) -> Table:
        for table in self.tables:
            if not column or column in table.columns:
                return table
        raise OutputError(f"no table has the column {column!r}")


def _text(output: Mapping[str, Any]) -> str:
    if output.get("output_type") == "error":
        return f"{output['ename']}: {output['evalue']}"
    shown = output.get("text", output.get("data", {}).get("text/plain", ""))
    return "".join(shown)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _pattern(words: str) -> str:
    # Everything is literal but `#`, `...` and white space, which may be any amount.
    holes = {"#": f"({numerals.NUMERAL})", "...": ".*?", " ": r"\s+"}
    parts = re.split(r"(#|\.\.\.|\s+)", words)
    return "".join(
        holes.get(part.strip() or part[:1], re.escape(part)) for part in parts
    )


def _entry(text: str) -> float | str:
    return float(text.replace(",", "")) if _NUMBER.fullmatch(text) else text


def _tables(html: str) -> list[Table]:
    reader = _TableReader()
    reader.feed(html)
    return reader.tables


class _TableReader(HTMLParser):
    """The tables that pandas writes: a head with names, a body with index and cells."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[Table] = []
        self._open = self._in_head = False
        self._row: list[tuple[str, str]] = []
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table" and "dataframe" in (dict(attrs).get("class") or ""):
            self.tables.append(Table())
            self._open = True
        elif tag in ("thead", "tbody"):
            self._in_head = tag == "thead"
        elif tag == "tr":
            self._row = []
        elif tag in ("th", "td"):
            self._cell = []

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("th", "td") and self._cell is not None:
            self._row.append((tag, "".join(self._cell).strip()))
            self._cell = None
        elif tag == "tr" and self._open:
            self._end_of_row(self.tables[-1])
        elif tag == "table":
            self._open = False

    def _end_of_row(self, table: Table) -> None:
        index = [text for tag, text in self._row if tag == "th"]
        cells = [text for tag, text in self._row if tag == "td"]
        if not self._in_head:
            # The head's first names are those of the index, which no cell stands under.
            if not table.rows:
                table.columns = table.columns[len(index) :]
            table.rows.append((index, cells))
        elif not table.columns:
            table.columns = index
