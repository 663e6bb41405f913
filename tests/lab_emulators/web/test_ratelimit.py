"""Calls counted in windows of time."""

from lab_emulators.web.ratelimit import RateLimiter

SECOND = 10**9


def test_a_window_counts_down_and_starts_anew_when_it_is_over():
    limiter = RateLimiter(60)
    first = limiter.count("key", 2, 0)
    second = limiter.count("key", 2, 10 * SECOND)
    third = limiter.count("key", 2, 59 * SECOND)
    assert [s.remaining for s in (first, second, third)] == [1, 0, 0]
    assert [s.reset_s for s in (first, second, third)] == [60, 50, 1]
    assert [s.exceeded for s in (first, second, third)] == [False, False, True]
    assert limiter.count("key", 2, 60 * SECOND).remaining == 1


def test_keys_are_counted_apart():
    limiter = RateLimiter(60)
    limiter.count(("a", "op"), 5, 0)
    assert limiter.count(("b", "op"), 5, 0).remaining == 4
    assert limiter.count(("a", "other"), 5, 0).remaining == 4
    assert limiter.count(("a", "op"), 5, 0).remaining == 3
    limiter.forget()
    assert limiter.count(("a", "op"), 5, 0).remaining == 4


def test_a_key_may_have_a_window_of_its_own():
    limiter = RateLimiter(60)
    assert limiter.count("slow", 1, 0, window_s=3600).reset_s == 3600
    assert limiter.count("slow", 1, 61 * SECOND, window_s=3600).exceeded


def test_a_clock_that_goes_back_starts_a_window():
    limiter = RateLimiter(60)
    limiter.count("key", 2, 100 * SECOND)
    assert limiter.count("key", 2, 99 * SECOND).remaining == 1
