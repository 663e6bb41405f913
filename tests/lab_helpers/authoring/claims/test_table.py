"""Claims read from a file, and held against a page."""

import nbformat
import pytest

from lab_helpers.authoring import claims
from lab_helpers.authoring.claims import ClaimError
from lab_helpers.authoring.claims.expression import conjuncts

PROSE = "Nearly\n40 ms for *feed*, three times as slow. No error. It is late."
OUTPUT = "feed 38.5 ms, search 120 ms\n"


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes claims of page 07_page and returns them as they are read."""
    monkeypatch.setattr(claims.table, "FOLDER", tmp_path)
    (tmp_path / "nb07").mkdir()

    def write(*entries, page="07_page"):
        text = "\n".join([f'page = "{page}"', *entries])
        (tmp_path / "nb07" / "claims.toml").write_text(text, encoding="utf-8")
        return claims.load("07_page")

    return write


@pytest.fixture
def notebook():
    shown = nbformat.v4.new_output("stream", text=OUTPUT)
    cells = [
        nbformat.v4.new_code_cell("f()", id="times", outputs=[shown]),
        nbformat.v4.new_markdown_cell(PROSE),
    ]
    return nbformat.v4.new_notebook(cells=cells)


def claim(sentence, **rest):
    keys = {"sentence": sentence, "cell": "times"} | rest
    return "\n".join(["[[claim]]", *(f"{k} = {v!r}" for k, v in keys.items())])


@pytest.mark.parametrize(
    "entry",
    [
        claim("Nearly [40] ms for *feed*", numbers=["feed # ms"]),
        claim("three times as slow", holds="number('search #') > number('feed #')"),
        claim("[three] times as slow", numbers="number('search #') / number('feed #')"),
        claim("ms for *feed*", shows="feed 38.5 ms,  search"),
        claim("No error. It is", lacks="Error"),
    ],
)
def test_a_true_claim_has_no_problem(write, notebook, entry):
    assert write(entry).problems(notebook) == []


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (claim("Nearly 50 ms", shows="feed"), "the page has no such sentence"),
        (claim("[three] times as", numbers="feed # ms"), "says three, the output 38.5"),
        (
            claim("Nearly [40] ms", numbers=["late # ms"]),
            "the output has no 'late # ms'",
        ),
        (claim("No error. It is", lacks="feed"), "the output has 'feed'"),
        (claim("No error. It is", shows=["feed", "x"]), "the output has no 'x'"),
        (
            claim("No error. It is", cell="other", shows="x"),
            "no code cell has the id other",
        ),
        (
            claim(
                "three times as slow", holds="1 < 2 and 4 * number('feed #') < 10 ** 2"
            ),
            r"`4 * number('feed #') < 10 ** 2` does not hold; "
            "4 * number('feed #') is 154.0, 10 ** 2 is 100",
        ),
    ],
)
def test_a_false_claim_names_cell_sentence_and_what_is_shown(
    write, notebook, entry, problem
):
    (report,) = write(entry).problems(notebook)
    assert problem in report
    assert report.startswith("cell ")
    if "id other" not in report:
        assert report.endswith("\n    | feed 38.5 ms, search 120 ms")


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (claim("It is late."), "does not say what must hold"),
        (claim("Nearly [40] ms", holds="text"), "1 numbers are in brackets and 0 are"),
        (
            claim("Nearly [40] ms", numbers=["# a", "# b"]),
            "brackets and 2 are compared",
        ),
        (claim("It is late.", show="y"), r"unknown keys: \['show'\]"),
        (claim("It is", shows="feed"), "its sentence has fewer than 3 words"),
        (claim("It is late.", holds="lines >"), "'lines >': it is no expression"),
        (claim("It is late.", holds="open('x')"), "it does not know 'open'"),
        (claim("Nearly [40] ms", numbers="cuont + 1"), "it does not know 'cuont'"),
    ],
)
def test_a_claim_that_cannot_be_checked_is_refused(write, entry, fault):
    with pytest.raises(ClaimError, match=fault):
        write(entry)


def test_an_expression_may_name_what_it_goes_through(write, notebook):
    entry = claim("It is late.", holds="any(line > '' for line in lines)")
    assert write(entry).problems(notebook) == []


def test_an_expression_is_cut_at_its_ands():
    assert conjuncts("rows == 1 and (2 > 1 or text)") == ["rows == 1", "2 > 1 or text"]
    assert conjuncts("rows == 1") == ["rows == 1"]
    assert conjuncts("") == []


def test_sentences_without_a_claim_are_found_and_needless_exemptions_too(
    write, notebook
):
    known = write(
        claim("Nearly [40] ms", numbers=["feed # ms"]),
        '[[exempt]]\nsentence = "It is late."\nwhy = "no claim"',
    )
    assert known.unclaimed(notebook) == ["No error."]
    assert known.idle_exemptions(notebook) == ["It is late."]


def test_another_page_of_that_number_has_no_claims(write, notebook):
    assert write(page="07_other") is None
    assert claims.false_claims(notebook, "07_page") == []
    assert claims.load("08_page") is None
