"""Errors for the student: a sentence, wherever they come from."""

import importlib
import pkgutil

import pytest

import lab_helpers
from lab_helpers.clients import HoneycombError
from lab_helpers.errors import SentenceError

# What the student never sees: a check's finding, a refusal of the app's, authors' own.
INTERNAL = {"Miss", "Problem", "OutputError"}


def errors():
    """Every exception class of the package, by name."""
    found = {}
    for module in pkgutil.walk_packages(lab_helpers.__path__, "lab_helpers."):
        if "__main__" in module.name or ".exercises.nb" in module.name:
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            ours = getattr(value, "__module__", "").startswith("lab_helpers")
            if isinstance(value, type) and issubclass(value, Exception) and ours:
                found[name] = value
    return {name: value for name, value in found.items() if not name.startswith("_")}


def test_every_error_for_the_student_is_shown_as_its_sentence():
    others = {n for n, kind in errors().items() if not issubclass(kind, SentenceError)}
    assert others == INTERNAL


def raised():
    try:
        raise ConnectionError("frames of three libraries")
    except ConnectionError as cause:
        raise HoneycombError("GET /1", None, "nothing listens", "Start it.") from cause


def test_a_notebook_shows_the_sentence_and_no_frame():
    with pytest.raises(HoneycombError) as caught:
        raised()
    (shown,) = caught.value._render_traceback_()
    assert shown == ("GET /1: nothing listens\nStart it. (%tb shows the traceback)")
