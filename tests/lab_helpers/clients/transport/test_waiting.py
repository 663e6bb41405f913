from typing import Any

from tqdm.notebook import tqdm_notebook

from lab_helpers.clients.transport import waiting
from lab_helpers.clients.transport.waiting import Wait, backoff


def test_a_wait_never_goes_past_its_deadline(clock) -> None:
    with Wait(3, "waiting", clock) as wait:
        assert wait.pause(2)
        assert not wait.pause(2)
    assert sum(clock.slept) == 3


def test_a_bar_appears_only_when_it_takes_long(clock, capsys) -> None:
    with Wait(60, "waiting for api", clock) as wait:
        wait.pause(1.5)
        assert "waiting for api" not in capsys.readouterr().err
        wait.pause(5)
        assert "waiting for api" in capsys.readouterr().err


def test_a_bar_leaves_nothing_behind_in_a_notebook(clock, monkeypatch) -> None:
    bars = []

    class Bar(tqdm_notebook):
        def __init__(self, **keywords: Any) -> None:
            super().__init__(display=False, **keywords)
            bars.append(self)

    monkeypatch.setattr(waiting, "tqdm", Bar)
    with Wait(60, "waiting for api", clock) as wait:
        wait.pause(5)
    (bar,) = bars
    assert bar.container.children[1].bar_style != "danger"
    assert bar.container.layout.visibility == "hidden"


def test_pauses_double_up_to_the_most() -> None:
    pause = backoff(0.25, 2)
    assert [pause() for _ in range(5)] == [0.25, 0.5, 1, 2, 2]


def test_attempts_go_on_with_growing_pauses_until_the_deadline(clock) -> None:
    with Wait(3, "waiting", clock) as wait:
        assert list(wait.attempts(0.5, 1)) == [1, 2, 3, 4]
    assert sum(clock.slept) == 3


def test_there_is_an_attempt_even_without_time(clock) -> None:
    with Wait(0, "waiting", clock) as wait:
        assert list(wait.attempts(0.5, 1)) == [1]


def test_an_attempt_that_succeeds_ends_the_waiting(clock) -> None:
    with Wait(60, "waiting", clock) as wait:
        assert next(number for number in wait.attempts(0.5, 1) if number == 2) == 2
    assert sum(clock.slept) == 0.5
