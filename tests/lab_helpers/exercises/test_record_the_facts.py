"""The visits of *record the facts* are over before a slow service is read."""

import pytest
from opentelemetry.sdk.trace import TracerProvider

from lab_helpers.app import request_facts
from lab_helpers.exercises import Context, Miss
from lab_helpers.exercises.nb02 import record_the_facts


class Slow(Context):
    """A context in which nothing arrives."""

    def trace(self, trace_id, **options):
        raise Miss("nothing has arrived yet")


@pytest.fixture
def visits():
    """A function from a hook to the facts of the visits that the check made."""

    def of(hook):
        seen = []

        def recording(response):
            seen.append(request_facts())
            return hook(response)

        provider = TracerProvider(shutdown_on_exit=False)
        names = {"provider": provider, "record_facts": recording}
        with pytest.raises(Miss) as miss:
            record_the_facts.check_facts(names, Slow())
        return str(miss.value), [(f.user, f.plan, f.cache_hit) for f in seen]

    return of


def test_all_visits_come_before_the_first_is_looked_for(visits):
    assert visits(lambda response: response) == (
        "nothing has arrived yet",
        [
            ("marisol", "paid", False),
            ("marisol", "paid", True),
            ("caetano", "free", False),
        ],
    )


def test_a_hook_that_returns_something_else_is_answered_in_words(visits):
    said, made = visits(lambda response: response.status_code)
    assert "record_facts returned 200" in said
    assert said.endswith("return the response")
    assert len(made) == 1
