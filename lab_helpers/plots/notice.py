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

    A picture of runs that the machine had time for is returned as it is.
    """
    notices = dict.fromkeys(report.notice for report in reports if report is not None)
    notice = " ".join(filter(None, notices))
    if not notice:
        return picture
    _write(picture, theme, textwrap.wrap(notice, COLUMNS))
    caption = picture.caption and f"{notice} {picture.caption}"
    return replace(picture, alt=f"{notice} {picture.alt}", caption=caption)


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
