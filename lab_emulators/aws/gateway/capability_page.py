"""The page `docs/aws_capabilities.md`, written from the capability table.

python -m lab_emulators.aws.gateway.capability_page
"""

import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab_emulators.aws.cloud import Cloud, opened_stores
from lab_emulators.aws.gateway.routing import Engines, Provider, table
from lab_emulators.aws.gateway.used_by import USED_BY
from lab_emulators.contract import REGION

PAGE = Path(__file__).resolve().parents[3] / "docs" / "aws_capabilities.md"


def page(engines: Engines) -> str:
    """The table as Markdown: the counts, then the names service by service."""
    providers = table(engines)
    rows = [_row(service, sides) for service, sides in providers.items()]
    heads = [
        _INTRODUCTION,
        "| service | ours | moto | absent |",
        "|---|---:|---:|---:|",
        *rows,
    ]
    lists = [_names_of(service, sides) for service, sides in providers.items()]
    return "\n".join(heads) + "\n\n" + "\n".join(lists)


def main() -> None:
    """Writes the page."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        opened_stores(Path(folder)) as stores,
    ):
        text = page(Cloud(stores, REGION).engines)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")


_INTRODUCTION = """\
# What the local AWS can do

One endpoint stands for every AWS service. An operation is *ours* (an engine of this
workbook), *moto*'s ([moto](https://docs.getmoto.org) keeps what you create, in memory,
until the lab ends), or *absent*: then the answer is an AWS error that says
`not emulated locally: service.Operation`. Services that are not listed go to moto.
"Moto's" means that moto answers, not that it does all that AWS does. Ours has what
somebody uses: a page, an exercise or a client of the course, a planned page, or a stock
client in normal use.

This page is generated: `python -m lab_emulators.aws.gateway.capability_page`.
"""


def _row(service: str, sides: Mapping[str, Provider]) -> str:
    counts = [list(sides.values()).count(provider) for provider in Provider]
    return f"| {service} | {' | '.join(map(str, counts))} |"


def _names_of(service: str, sides: Mapping[str, Provider]) -> str:
    lines = [f"## {service}", ""]
    for provider in Provider:
        names = [name for name, side in sides.items() if side is provider]
        if names:
            heading = f"**{provider.value}** ({len(names)})"
            ours = provider is Provider.OURS
            listed = _used(service, names) if ours else _filled(names)
            lines += [heading, "", listed, ""]
    return "\n".join(lines)


def _used(service: str, names: Sequence[str]) -> str:
    rows = [f"| {name} | {USED_BY[service][name]} |" for name in names]
    return "\n".join(["| operation | used by |", "|---|---|", *rows])


def _filled(names: Sequence[str]) -> str:
    return textwrap.fill(", ".join(names), 100, break_long_words=False)


if __name__ == "__main__":
    main()
