"""What each page's prose says of its outputs is so, and a falsehood would be found."""

import copy
import dataclasses
import json
import re
from functools import partial

import pytest

from lab_helpers.authoring import claims
from lab_helpers.authoring.claims import Page
from lab_helpers.authoring.claims.expression import conjuncts

TOKEN = re.compile(r"[\w.,µ-]*\w")
NOT_SHOWN = ("output_type", "name", "execution_count", "metadata")


@pytest.fixture
def of_page(page):
    known = claims.load(page.stem)
    assert known and known.claims, f"{page.stem} has no claims"
    return known


def test_what_a_page_claims_is_what_its_outputs_show(of_page, notebook):
    nothing_of(of_page.problems(notebook))


def test_every_sentence_that_speaks_of_an_output_has_a_claim(of_page, notebook):
    nothing_of(of_page.unclaimed(notebook))


def test_no_sentence_is_exempt_that_need_not_be(of_page, notebook):
    nothing_of(of_page.idle_exemptions(notebook))
    nothing_of([each.sentence for each in of_page.exemptions if not each.why])


def test_each_claim_finds_a_falsehood_planted_in_its_output(of_page, notebook):
    small = without_pixels(notebook)
    vacuous = [
        part
        for claim in of_page.claims
        for part in parts(claim)
        if not any(true_no_more(part, each) for each in falsehoods(small, part))
    ]
    nothing_of(map(str, vacuous))


def test_each_number_of_the_prose_is_compared(of_page, notebook):
    page = Page(without_pixels(notebook))
    for claim in of_page.claims:
        for number in claim.figures:
            other = claim.sentence.replace(f"[{number}]", "[17]", 1)
            changed = dataclasses.replace(claim, sentence=other)
            found = [each for each in changed.problems(page) if "no such" not in each]
            assert found, claim.sentence


def nothing_of(texts):
    """Fails with these texts, a line each, whole."""
    if lines := "\n".join(f"- {text}" for text in texts):
        pytest.fail(lines, pytrace=False)


def true_no_more(claim, notebook):
    return any(True for _ in claim.problems(Page(notebook)))


def without_pixels(notebook):
    """A copy of a page whose pictures are only their alt sentences."""
    text = json.dumps(notebook, ensure_ascii=False)
    text = re.sub(r"data:image/png;base64,[A-Za-z0-9+/=]+", "PNG", text)
    return json.loads(re.sub(r'"image/png": "[^"]*"', '"image/png": ""', text))


def parts(claim):
    """The claim cut into claims of which each says one thing."""
    empty = dataclasses.replace(claim, shows=(), lacks=(), numbers=(), holds="")
    change = dataclasses.replace
    yield from (change(empty, shows=(words,)) for words in claim.shows)
    yield from (change(empty, lacks=(words,)) for words in claim.lacks)
    if claim.numbers:
        yield change(empty, numbers=claim.numbers)
    yield from (change(empty, holds=each) for each in conjuncts(claim.holds))


def falsehoods(notebook, claim):
    """Copies of a page with one number, word or line of a claim's outputs changed."""
    outputs = {
        cell["id"]: cell["outputs"]
        for cell in notebook["cells"]
        if cell["id"] in claim.cells
    }
    shown = Page(notebook).output(claim.cells).text
    changes = [
        partial(swapped, token=token, other=other)
        for token in dict.fromkeys(TOKEN.findall(shown))
        for other in others(token)
    ]
    changes += [partial(added, words=words) for words in ("planted", *claim.lacks)]
    changes += [partial(line_changed, number=number) for number in range(9)]
    for change in (*changes, repeated):
        changed = {cell: change(each) for cell, each in outputs.items()}
        yield page_with(notebook, changed)


def others(token):
    if re.fullmatch(r"-?[\d.,]+", token):
        return (f"{token.replace('.', '').replace(',', '')}7", "0", f"-{token}")
    return ("planted",)


def swapped(value, token, other):
    """Outputs with the token, as a whole word, replaced wherever it is shown."""
    if isinstance(value, list):
        return [swapped(each, token, other) for each in value]
    if isinstance(value, dict):
        return {
            key: each if key in NOT_SHOWN else swapped(each, token, other)
            for key, each in value.items()
        }
    return re.sub(rf"(?<![\w.]){re.escape(token)}(?!\w|\.\d)", other, value)


def added(outputs, words):
    stream = {"output_type": "stream", "name": "stdout", "text": [f"{words}\n"]}
    return [*outputs, stream]


def line_changed(outputs, number):
    """Outputs with one line of the text of each changed."""
    changed = copy.deepcopy(outputs)
    for lines in map(lines_of, changed):
        lines[number : number + 1] = ["planted\n" for _ in lines[number : number + 1]]
    return changed


def repeated(outputs):
    """Outputs with the last row of each table and each line of text repeated."""
    text = json.dumps(outputs, ensure_ascii=False)
    text = re.sub(r"(<tr>(?:(?!<tr>).)*</tr>)(?=[^>]*</tbody>)", r"\1\1", text)
    changed = json.loads(text)
    for lines in map(lines_of, changed):
        lines[:] = [line for line in lines for _ in (1, 2)]
    return changed


def lines_of(output):
    return output.get("text", output.get("data", {}).get("text/plain", []))


def page_with(notebook, outputs):
    cells = [
        cell | {"outputs": outputs[cell["id"]]} if cell["id"] in outputs else cell
        for cell in notebook["cells"]
    ]
    return notebook | {"cells": cells}
