from lab_helpers.plots.labels import elide, fit, width


def test_a_long_name_loses_its_middle() -> None:
    assert elide("GET /api/home", 20) == "GET /api/home"
    assert elide("abcdefghijkl", 7) == "abc…jkl"
    assert len(elide("x" * 99, 40)) == 40


def test_wide_letters_are_wider() -> None:
    assert width("WWWW", 11) > 2 * width("iiii", 11)


def test_a_fitted_name_is_as_long_as_its_room_allows() -> None:
    short = fit("search-service-with-a-long-name", 100, 12)
    assert "…" in short
    assert 85 < width(short, 12, weight="bold") <= 100
    assert fit("api", 100, 12) == "api"
