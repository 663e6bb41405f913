"""The seam for spans of one's own."""

from __future__ import annotations

from contextlib import contextmanager

from lab_helpers.app import STEPS, around_steps
from lab_helpers.app.seeding import LASTING_CALLS


def _recorder(log):
    @contextmanager
    def open_step(name):
        log.append(name)
        yield
        log.append(f"/{name}")

    return open_step


def test_every_step_is_opened_and_closed_in_the_order_of_the_work(make_app, sign_in):
    app, log = make_app(), []
    around_steps(app, _recorder(log))
    sign_in(app).get("/api/feed/home")
    names = ["home.cache", "home.fetch", "home.rank"]
    assert log == [part for name in names for part in (name, f"/{name}")]


def test_all_listed_steps_happen_and_no_others(make_app, sign_in):
    app, log = make_app(), []
    around_steps(app, _recorder(log))
    client = sign_in(app)
    for path in ("feed/home", "feed/@tor_b", "search?term=a", "notifications"):
        client.get(f"/api/{path}")
    client.get("/api/message_groups")
    client.get("/api/messages/@tor_b")
    client.post("/api/calls", json={"message": "a", "ttl": "1d"})
    client.post(f"/api/calls/{LASTING_CALLS[0]}/replies", json={"message": "a"})
    client.post("/api/messages", json={"receiver": "tor_b", "message": "a"})
    assert {name for name in log if not name.startswith("/")} == set(STEPS)


def test_a_refusal_does_not_break_a_step(make_app, sign_in):
    app, log = make_app(), []
    around_steps(app, _recorder(log))
    client = sign_in(app)
    missing = "/api/calls/00000000-0000-0000-0000-000000000000"
    assert client.get(missing).status_code == 404
    assert log == ["call.fetch", "/call.fetch"]


def test_what_is_around_the_steps_can_be_taken_off(make_app, sign_in):
    app, log = make_app(), []
    around_steps(app, _recorder(log))
    around_steps(app, None)
    assert sign_in(app).get("/api/feed/home").status_code == 200
    assert log == []
