"""Prose of a page as paragraphs and sentences, and which sentences claim something."""

import nbformat
import pytest

from lab_helpers.authoring.claims import Page
from lab_helpers.authoring.claims.finder import claims_something
from lab_helpers.authoring.claims.page import paragraphs

md, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
SHOWN = [nbformat.v4.new_output("stream", text="1\n")]


def test_paragraphs_are_items_rows_and_headings_on_one_line_each():
    source = """## Look
Two rows,
one of them `a`:
- first
- second

| a | b |
| --- | --- |

```
no prose
```
> **Note** wide
> and wider"""
    assert paragraphs(source) == [
        "## Look",
        "Two rows, one of them `a`:",
        "- first",
        "- second",
        "| a | b |",
        "| --- | --- |",
        "**Note** wide and wider",
    ]


def test_an_answer_is_a_paragraph_without_its_tags():
    source = "<details><summary>Answer</summary>\n\nNone.\n</details>\n\nSo."
    assert paragraphs(source) == ["None.", "So."]


def test_sentences_after_an_output_end_with_the_next_heading_or_code():
    cells = [
        md("# Title\n\nBefore."),
        code("1", outputs=SHOWN),
        md("Two rows. One is *new*. `x` grew.\n\n## Next part\n\nIgnored."),
        code("x = 1"),
        md("Silent."),
        code("lab.check('a')", outputs=SHOWN, metadata={"exercise": "a"}),
        md("Also ignored.\n\n## What you saw\n\n- Four items."),
    ]
    page = Page(nbformat.v4.new_notebook(cells=cells))
    assert page.sentences_after_outputs() == [
        "Two rows.",
        "One is *new*.",
        "`x` grew.",
        "- Four items.",
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "Search is three times as slow.",
        "220 ms become 140 ms.",
        "The first is the slowest.",
        "It is longer than the other.",
        "A band that was not there before.",
        "No exception, no data.",
        "Nothing.",
        "One trace again.",
    ],
)
def test_a_number_an_order_or_a_sighting_claims_something(sentence):
    assert claims_something(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The bars are those you printed.",
        "You met it in notebook 01.",
        "Ask for the P95.",
        "**Predict** which of the three is slowest.",
        "The next cell tries all three.",
        "| a row is | nothing | the same |",
        "A mistake is answered, and nothing runs:",
    ],
)
def test_other_sentences_claim_nothing(sentence):
    assert not claims_something(sentence)
