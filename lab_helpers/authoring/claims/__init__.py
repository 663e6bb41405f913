"""Claims: what a page's prose says of its outputs, held against those outputs.

`lab_helpers/exercises/nbNN/claims.toml` lists the claims of page NN:

    page = "01_spans_and_traces"     # the notebook's name

    [[claim]]
    sentence = "[220] ms become [140] ms"
    cell = "path-table"
    numbers = ["(200, 120, 20) total # ms", "(100, 120, 20) total # ms"]

`sentence` is a part of the page's prose, word for word (line breaks do not count), so
that no claim outlives its sentence. Brackets stand around the numbers that are
compared; they are no part of the quotation. `cell` is the id of the code cell whose
output is meant, or a list of ids. What must hold is said by one or more of

- `shows`, `lacks`: words that the output has, or has not (a text or a list of them);
- `numbers`: for each bracketed number of the sentence, where the output has it. It is
  rounded as the prose rounds it ("about 40" to one figure). Either the words around it
  with `#` for the number and `...` for anything within the line, or an expression;
- `holds`: an expression that must be true, for orders, ratios and ranges.

Expressions are Python. They know `text` (the output; of a picture its alt sentence),
`prose` (the bracketed numbers), `number("# spans")` and `numbers(...)` (the first and
all that fit the words), `rows`, `value(row, column)` and `column(name)` of a table (a
row is named by its index or by the text of any cell of it), `bands()` of a heatmap in
ms, lowest first, `bands("During")` of one of two, and `lines`, `len`, `min`, `max`,
`sum`, `abs`, `round`, `sorted`, `set`, `list`, `zip`, `all`, `any`, `range`, `str`.

    [[exempt]]
    sentence = "Port 9 is always closed"
    why = "a fact of the network, not of an output"

lists the sentences after an output, with a number, an order or a sighting, that claim
nothing of it. Rows of tables, sentences that end with a colon and those that announce
the next cell need neither.

`lab notebooks run` writes no page with a false claim. `pytest
tests/notebooks/test_claims.py -k NN` holds the committed outputs against the claims,
lists the sentences without one, and plants falsehoods: each part of a claim must be
false of some output with one number, word or line changed, each bracketed number must
matter.
"""

from lab_helpers.authoring.claims.page import Page
from lab_helpers.authoring.claims.table import (
    FOLDER,
    Claim,
    ClaimError,
    Claims,
    Exemption,
    false_claims,
    load,
)

__all__ = [
    "FOLDER",
    "Claim",
    "ClaimError",
    "Claims",
    "Exemption",
    "Page",
    "false_claims",
    "load",
]
