from collections.abc import Callable

import numpy as np
import pytest

from lab_helpers.plots.theme import DARK, LIGHT, Theme, theme_of

both = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


@both
def test_every_ink_stands_out_from_the_background(
    theme: Theme, contrast: Callable[[object, object], float]
) -> None:
    for ink in (theme.ink, theme.muted, theme.alarm, theme.client_error, *theme.lines):
        assert contrast(ink, theme.background) >= 4.5, ink
        assert contrast(ink, theme.empty) >= 4.5, ink


@both
def test_a_single_event_is_seen_and_more_events_always_go_one_way(
    theme: Theme, contrast: Callable[[object, object], float]
) -> None:
    shades = theme.colormap()(np.linspace(0, 1, 12))
    steps = [contrast(shade, theme.empty) for shade in shades]
    assert steps[0] > 1.15
    assert steps == sorted(steps)


@both
def test_bars_stand_out_by_their_outline(
    theme: Theme, contrast: Callable[[object, object], float]
) -> None:
    for fill in theme.fills:
        assert contrast(theme.ink, fill) >= 3, fill


def test_an_unknown_theme_is_named() -> None:
    with pytest.raises(ValueError, match="'dark', 'light'"):
        theme_of("sepia")  # type: ignore[arg-type]
