from lab_helpers import exercises


def test_the_export_list_is_sorted_and_complete():
    assert exercises.__all__ == sorted(exercises.__all__)
    assert all(hasattr(exercises, name) for name in exercises.__all__)


def test_the_five_calls_of_a_notebook_are_there():
    calls = {"check", "hint", "solution", "use", "progress"}
    assert calls <= set(exercises.__all__)
