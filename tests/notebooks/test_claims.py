"""What each page's prose says of its outputs is so, and a falsehood would be found."""

import dataclasses
import json
import re

import pytest

from lab_helpers.authoring import claims
from lab_helpers.authoring.claims import Page

TOKEN = re.compile(r"[\w.,µ-]*\w")
# Pages of which every sentence with a number, an order or a sighting has its claim.
COMPLETE = ("01", "04")


@pytest.fixture
def of_page(page):
    known = claims.load(page.stem)
    assert known and known.claims, f"{page.stem} has no claims"
    return known


def test_what_a_page_claims_is_what_its_outputs_show(of_page, notebook):
    assert of_page.problems(notebook) == []


def test_every_sentence_that_speaks_of_an_output_has_a_claim(page, of_page, notebook):
    if page.stem.startswith(COMPLETE):
        assert of_page.unclaimed(notebook) == []


def test_no_sentence_is_exempt_that_need_not_be(of_page, notebook):
    assert of_page.idle_exemptions(notebook) == []
    assert all(each.why for each in of_page.exemptions)


def test_each_claim_finds_a_falsehood_planted_in_its_output(of_page, notebook):
    small = without_pixels(notebook)
    vacuous = [
        claim.sentence
        for claim in of_page.claims
        if not any(true_no_more(claim, each) for each in falsehoods(small, claim))
    ]
    assert vacuous == []


def test_each_number_of_the_prose_is_compared(of_page, notebook):
    page = Page(without_pixels(notebook))
    for claim in of_page.claims:
        for number in claim.figures:
            other = claim.sentence.replace(f"[{number}]", "[17]", 1)
            changed = dataclasses.replace(claim, sentence=other)
            found = [each for each in changed.problems(page) if "no such" not in each]
            assert found, claim.sentence


def true_no_more(claim, notebook):
    return any(True for _ in claim.problems(Page(notebook)))


def without_pixels(notebook):
    """A copy of a page whose pictures are only their alt sentences."""
    text = json.dumps(notebook, ensure_ascii=False)
    text = re.sub(r"data:image/png;base64,[A-Za-z0-9+/=]+", "PNG", text)
    return json.loads(re.sub(r'"image/png": "[^"]*"', '"image/png": ""', text))


def falsehoods(notebook, claim):
    """Copies of a page with one number, word or line of a claim's outputs changed."""
    outputs = {
        cell["id"]: cell["outputs"]
        for cell in notebook["cells"]
        if cell["id"] in claim.cells
    }
    shown = Page(notebook).output(claim.cells).text
    for token in dict.fromkeys(TOKEN.findall(shown)):
        for other in others(token):
            changed = {cell: swap(each, token, other) for cell, each in outputs.items()}
            yield page_with(notebook, changed)
    yield page_with(notebook, {cell: twice(each) for cell, each in outputs.items()})
    last = list(outputs)[-1]
    for words in ("planted", *claim.lacks):
        added = {"output_type": "stream", "name": "stdout", "text": f"{words}\n"}
        yield page_with(notebook, outputs | {last: [*outputs[last], added]})


def twice(outputs):
    """The outputs with the last row of each table and each line of text repeated."""
    text = json.dumps(outputs, ensure_ascii=False)
    text = re.sub(r"(<tr>(?:(?!<tr>).)*</tr>)(?=[^>]*</tbody>)", r"\1\1", text)
    changed = json.loads(text)
    for output in changed:
        lines = output.get("text", output.get("data", {}).get("text/plain", []))
        lines[:] = [line for line in lines for _ in (1, 2)]
    return changed


def others(token):
    if re.fullmatch(r"-?[\d.,]+", token):
        return (f"{token.replace('.', '').replace(',', '')}7", "0", f"-{token}")
    return ("planted",)


def swap(outputs, token, other):
    """The outputs with the token, as a whole word, replaced wherever it is shown."""
    word = rf"(?<![\w.]){re.escape(token)}(?![\w]|\.\d)"

    def changed(value):
        if isinstance(value, list):
            return [changed(each) for each in value]
        if isinstance(value, dict):
            return {key: changed(each) for key, each in value.items()}
        return re.sub(word, other, value) if isinstance(value, str) else value

    kept = ("output_type", "name", "execution_count", "metadata")
    return [
        {key: each if key in kept else changed(each) for key, each in output.items()}
        for output in outputs
    ]


def page_with(notebook, outputs):
    cells = [
        cell | {"outputs": outputs[cell["id"]]} if cell["id"] in outputs else cell
        for cell in notebook["cells"]
    ]
    return notebook | {"cells": cells}
