"""Finder of sentences that claim something: a number, an order or a sighting.

It goes by words, so it finds some that claim nothing; those are listed as exempt.
"""

import re

_COUNTED = (
    "traces?|spans?|rows?|items?|bands?|humps?|boxe?s?|segments?|events?|requests?"
    "|service|datasets?|lines?|occurrence|visit|of them|of the"
)
_NUMBERS = (
    r"(?<![\w/])\d[\d,.]*(?!\w)"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|hundreds?"
    r"|thousands?|dozens?|twice|half|none|nothing|nowhere|neither)\b"
    rf"|\bone (?:{_COUNTED})\b"
)
_ORDERS = (
    r"\b(?:more|less|fewer|\w+er|as|same|equal) (?:\w+ )?(?:than|as)\b|\btimes as\b"
    r"|\b(?:slow|fast|long|short|larg|small|high|low|few|bigg|lat|earli)(?:er|est)\b"
    r"|\b(?:most|least|all but|alike|equally|the same|nearly|almost)\b"
)
_SIGHTINGS = (
    r"\bno (?:errors?|warnings?|exceptions?|events?|spans?|data|traces?|rows?|segments?"
    r"|requests?|lines?|bands?)\b|"
    r"\b(?:bands?|humps?|gaps?|orphans?|arrived?s?|appear(?:s|ed)?|vanish(?:es|ed)?"
    r"|gone|missing|dropped|lost|swallowed|grew|jump(?:s|ed)?|clim(?:b|bs|bed))\b"
)
_CLAIM = re.compile("|".join((_NUMBERS, _ORDERS, _SIGHTINGS)), re.IGNORECASE)
# Numbers that count no output: pages, versions of a name, minutes to read.
_NAMES = re.compile(
    r"notebooks? \d+(?:(?: and |, | to )\d+)*|page \d+|\bP\d\d\b|95th percentile"
    r"|Python \d[\d.]*|UTF-8|one after the other|at most|hundreds of times",
    re.IGNORECASE,
)
# Sentences about an output that is still to come, and what to do there.
_AHEAD = re.compile(
    r"\W*(?:Predict\b|(?:In )?The next cell|The cell below|The function below|Below"
    r"|Now |Run the cell|Look for|Take |Put )",
    re.IGNORECASE,
)


def claims_something(sentence: str) -> bool:
    """Whether a sentence has a number, an order or a sighting of what was shown.

    >>> claims_something("The bars are those you printed.")
    False
    >>> claims_something("Search is three times as slow.")
    True
    """
    if _AHEAD.match(sentence) or sentence.startswith("|") or sentence.endswith(":"):
        return False  # what follows, and rows of tables that compare vendors
    return bool(_CLAIM.search(_NAMES.sub("", sentence)))
