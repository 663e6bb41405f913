from lab_helpers.analysis import Outcomes


def test_a_request_is_counted_once() -> None:
    outcomes = Outcomes(ok=6, errors=2, faults=1, throttles=1)
    assert (outcomes.total, outcomes.failed) == (10, 4)


def test_only_kinds_that_occur_have_a_share() -> None:
    assert list(Outcomes(ok=3, faults=1).shares()) == [("ok", 0.75), ("faults", 0.25)]
    assert list(Outcomes().shares()) == []


def test_it_reads_as_a_sentence() -> None:
    said = repr(Outcomes(ok=3, throttles=1))
    assert said == "4 requests: 75 % ok, 25 % throttles"
    assert repr(Outcomes()) == "no requests"
