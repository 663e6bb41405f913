"""Notice in a picture of live traffic that its machine was too busy for."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from lab_helpers.plots.picture import Picture
from lab_helpers.plots.theme import SIZE, Theme

COLUMNS = 90
LINE_INCHES = 0.22


class LiveReport(Protocol):
    """The report of a run of visitors, such as `traffic.Report`."""

    @property
    def notice(self) -> str:
        """What a picture of the run must say of the machine; empty if it is true."""


def warn(picture: Picture, theme: Theme, *reports: LiveReport | None) -> Picture:
    """The picture, with the notices of these reports above it and before its sentence.

    What to do about it is in the caption and only there, so that it is read once. A
    picture of runs that the machine had time for is returned as it is.
    """
    notices = dict.fromkeys(report.notice for report in reports if report is not None)
    notice = " ".join(filter(None, notices))
    if not notice:
        return picture
    verdict, _, remedy = notice.partition(". ")
    verdict = f"{verdict}." if remedy else verdict
    _write(picture, theme, textwrap.wrap(verdict, COLUMNS))
    caption = f"{notice} {picture.caption or picture.alt}"
    return replace(picture, alt=f"{verdict} {picture.alt}", caption=caption)


def _write(picture: Picture, theme: Theme, lines: Iterable[str]) -> None:
    figure = picture.figure
    above = [*lines, *filter(None, [figure.get_suptitle()])]
    figure.set_figheight(figure.get_figheight() + LINE_INCHES * len(above))
    figure.suptitle(
        "\n".join(above),
        x=0.01,
        ha="left",
        color=theme.alarm,
        fontsize=SIZE,
        weight="bold",
    )
