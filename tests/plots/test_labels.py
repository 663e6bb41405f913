from lab_helpers.plots.labels import elide, width


def test_a_long_name_loses_its_middle() -> None:
    assert elide("GET /api/home", 20) == "GET /api/home"
    assert elide("abcdefghijkl", 7) == "abc…jkl"
    assert len(elide("x" * 99, 40)) == 40


def test_wide_letters_are_wider() -> None:
    assert width("WWWW", 11) > 2 * width("iiii", 11)
