"""Numbers in prose and outputs: digits and words, and rounding as the prose rounds."""

import re

WORDS = {
    **dict.fromkeys(("no", "none", "nothing", "nobody", "never", "nowhere"), 0),
    **dict.fromkeys(("a", "one", "once", "only"), 1),
    **dict.fromkeys(("two", "twice", "both", "pair"), 2),
    "half": 0.5,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "hundred": 100,
    "thousand": 1000,
}
DIGITS = r"(?<![\d.,])-?\d+(?:,\d{3})*(?:\.\d+)?(?!\d)"
NUMERAL = rf"(?:{DIGITS}|\b(?i:{'|'.join(WORDS)})\b)"
_ABOUT = re.compile(r"\b(about|around|some|nearly|almost|near|roughly)\s+$", re.I)
UNIT_MS = {"µs": 0.001, "ms": 1.0, "s": 1000.0, "min": 60_000.0}
DURATION = re.compile(rf"({DIGITS}) (µs|ms|s|min)\b")


def parse(numeral: str) -> float:
    """The number that digits or a word stand for.

    >>> parse("3,000"), parse("Twice")
    (3000.0, 2.0)
    """
    word = numeral.lower()
    return float(WORDS[word] if word in WORDS else numeral.replace(",", ""))


def is_approximate(before: str) -> bool:
    """Whether the words in front of a number make it approximate."""
    return bool(_ABOUT.search(before))


def rounded_as(value: float, numeral: str, *, approximate: bool = False) -> float:
    """The value with as many decimals as the numeral has.

    Of an approximate numeral the zeros at the end are no figures: 43.8 is about 40.

    >>> rounded_as(43.8, "41"), rounded_as(43.8, "40", approximate=True)
    (44.0, 40.0)
    """
    digits = numeral.replace(",", "") if numeral[-1].isdigit() else "0"
    decimals = len(digits.partition(".")[2])
    if approximate and not decimals:
        decimals = len(digits.rstrip("0")) - len(digits)
    return float(round(value, decimals))


def durations(text: str) -> list[float]:
    """All durations of a text, in milliseconds.

    >>> durations("around 700 µs (10 %) and 1.2 s")
    [0.7, 1200.0]
    """
    return [
        round(parse(number) * UNIT_MS[unit], 6)
        for number, unit in DURATION.findall(text)
    ]
