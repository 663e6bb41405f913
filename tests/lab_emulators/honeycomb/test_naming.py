import random

import pytest

from lab_emulators.honeycomb.naming import (
    BASE58,
    KeyShape,
    is_classic,
    key_shape,
    new_id,
    slug_of,
)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("MyDataset!", "mydataset-"),
        ("my dataset!", "my-dataset-"),
        ("My Dataset!", "my-dataset-"),
        ("another dataset", "another-dataset"),
        ("team/app", "team-app"),
        ("v1.2_beta", "v1.2_beta"),
        (" héllo  ", "-h-llo--"),
    ],
)
def test_a_slug_is_lower_case_with_dashes_for_everything_odd(name, slug):
    assert slug_of(name) == slug


def test_a_slug_is_its_own_slug():
    assert slug_of(slug_of("Kittiwake API (EU)")) == slug_of("Kittiwake API (EU)")


def test_ids_are_eleven_base58_characters_and_fresh():
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(i) == 11 and set(i) <= set(BASE58) for i in ids)


def test_base58_leaves_out_the_characters_that_look_alike():
    assert len(set(BASE58)) == 58
    assert not set("0OIl") & set(BASE58)


def test_ids_from_a_seed_repeat():
    first, again = (new_id(random.Random(7).choice) for _ in range(2))
    assert first == again


@pytest.mark.parametrize(
    ("key", "shape"),
    [
        ("localLabKey00000000000", KeyShape.CONFIGURATION),
        ("0123456789abcdef" * 2, KeyShape.CLASSIC_CONFIGURATION),
        ("hcaik_" + "aB3" * 19 + "z", KeyShape.INGEST),
        ("hcbic_" + "ab3" * 19 + "z", KeyShape.CLASSIC_INGEST),
        ("hcamk_01abc:secret9", KeyShape.MANAGEMENT),
        ("", KeyShape.UNKNOWN),
        ("hcaik_short", KeyShape.UNKNOWN),
        ("localLabKey00000000000\n", KeyShape.UNKNOWN),
    ],
)
def test_the_kind_of_a_key_is_read_off_its_shape(key, shape):
    assert key_shape(key) is shape


def test_only_the_two_classic_shapes_are_classic():
    assert is_classic("0123456789abcdef" * 2)
    assert is_classic("hcaic_" + "a" * 58)
    assert not is_classic("")
    assert not is_classic("hcaik_" + "a" * 58)
