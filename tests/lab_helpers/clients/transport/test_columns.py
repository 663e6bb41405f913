import pandas as pd
import pytest

from lab_helpers.clients.transport.columns import typed, utc, utc_of_seconds


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1, 2], "int64"),
        ([1, None], "Int64"),
        ([1, 2.5], "float64"),
        ([1.5, None], "float64"),
        ([True, False], "bool"),
        ([True, None], "boolean"),
        (["a", None], "str"),
        (["a", 1], "object"),
        ([], "object"),
    ],
)
def test_a_column_has_the_type_its_values_share(values: list, dtype: str) -> None:
    assert typed(values).dtype == dtype


def test_big_integers_keep_every_digit() -> None:
    assert typed([2**53 + 1, None])[0] == 2**53 + 1


def test_fractions_are_floats_even_when_whole() -> None:
    assert typed([100, 200], fractions=True).dtype == "float64"


def test_times_with_and_without_fractions_are_utc() -> None:
    times = utc(["2026-03-02T10:00:00Z", "2026-03-02T10:00:00.123456Z", "", None])
    assert times.dtype == "datetime64[ns, UTC]"
    assert times[1] == pd.Timestamp("2026-03-02T10:00:00.123456Z")
    assert times.isna().tolist() == [False, False, True, True]


def test_unix_seconds_are_utc_and_zero_is_missing() -> None:
    times = utc_of_seconds([1_772_445_600, 0, None])
    assert times[0] == pd.Timestamp("2026-03-02T10:00:00Z")
    assert times.isna().tolist() == [False, True, True]
