"""Designed latencies."""

from __future__ import annotations

import random
import statistics
import time

import pytest
from sqlalchemy import event, text

from lab_helpers.app import engine_of
from lab_helpers.app.lag import SHAPES, Pacer, Shape


def test_a_shape_has_the_median_it_says():
    rng = random.Random(1)
    drawn = [Shape(25.0).draw(rng) for _ in range(4000)]
    assert statistics.median(drawn) == pytest.approx(25.0, rel=0.03)


def test_a_second_mode_comes_as_often_as_it_says():
    rng, shape = random.Random(1), Shape(10.0, 0.1, 0.2, 1000.0)
    slow = [shape.draw(rng) > 100 for _ in range(4000)]
    assert statistics.mean(slow) == pytest.approx(0.2, abs=0.03)


def test_the_nth_latency_of_a_name_depends_on_the_seed_alone():
    one, other = Pacer(3), Pacer(3)
    other.draw_ms("search.match")
    assert [one.draw_ms("home.fetch") for _ in range(5)] == [
        other.draw_ms("home.fetch") for _ in range(5)
    ]
    assert Pacer(3).draw_ms("home.fetch") != Pacer(4).draw_ms("home.fetch")


def test_a_pace_of_zero_waits_for_nothing():
    pacer = Pacer(1, pace=0)
    assert {pacer.draw_ms(name) for name in SHAPES} == {0.0}


def test_whoever_times_a_statement_sees_its_lag_in_it(make_app):
    engine, marks = engine_of(make_app()), []
    for moment in ("before_cursor_execute", "after_cursor_execute"):
        event.listen(engine, moment, lambda *_: marks.append(time.perf_counter()))
    with engine.connect() as connection:
        connection.execute(text("select 1"), execution_options={"lag_ms": 30.0})
    assert marks[1] - marks[0] >= 0.03


def test_a_request_waits_as_long_as_was_drawn_for_it(make_app, sign_in, monkeypatch):
    waited = []
    monkeypatch.setattr("lab_helpers.app.database.pause", waited.append)
    sign_in(make_app(pace=1.0)).get("/api/messages/@noor_h")
    assert Pacer(7).draw_ms("messages.page") in waited
