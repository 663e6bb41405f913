import types

from lab_helpers import exercises


def test_the_export_list_is_sorted_and_complete():
    public = [
        name
        for name, value in vars(exercises).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
        if getattr(value, "__module__", "").startswith("lab_helpers.")
    ]
    assert exercises.__all__ == sorted(public)


def test_the_five_calls_of_a_notebook_are_there():
    calls = {"check", "hint", "solution", "use", "progress"}
    assert calls <= set(exercises.__all__)
