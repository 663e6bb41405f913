"""Random numbers that are the same on every platform and in every Python version.

Each number is a function of a key and of the number of the thing it is for, so that no
draw moves another. Beyond integers only +, -, * and / are used, which IEEE 754 defines
to the last bit; the logarithms and exponentials of a C library are not that exact.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
Micros = npt.NDArray[np.int64]

T = TypeVar("T")
Word = TypeVar("Word", int, Numbers)

_MASK = 2**64 - 1
_GAMMA = 0x9E3779B97F4A7C15


def key_of(*names: object) -> int:
    """The 64-bit key of these names, whatever they are; they are joined as text."""
    text = ":".join(str(name) for name in names)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


def mix(word: Word) -> Word:
    """A 64-bit word scattered over all others, one to one (the end of splitmix64)."""
    scattered: Any = word
    scattered = (scattered ^ (scattered >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    scattered = (scattered ^ (scattered >> 27)) * 0x94D049BB133111EB & _MASK
    result: Word = scattered ^ (scattered >> 31)
    return result


def words(key: int, numbers: Numbers) -> Numbers:
    """A random 64-bit word for each number; different for different numbers."""
    return mix(numbers * np.uint64(_GAMMA) + np.uint64(key))


def uniform(key: int, numbers: Numbers) -> Floats:
    """A number in [0, 1) for each number."""
    return (words(key, numbers) >> np.uint64(11)).astype(np.float64) / 2.0**53


def normal(key: int, numbers: Numbers) -> Floats:
    """A normal deviate for each number, between -6 and 6.

    The sum of twelve uniform numbers has variance 1 and is normal to within a
    hundredth as far out as 2.5; its median is 0.
    """
    total = np.zeros(len(numbers), np.int64)
    for part in range(3):
        word = words(mix(key + part & _MASK), numbers)
        for shift in (0, 16, 32, 48):
            sixteen = (word >> np.uint64(shift)) & np.uint64(0xFFFF)
            total += sixteen.astype(np.int64)
    return (total.astype(np.float64) + 6.0) / 65536.0 - 6.0


def exponential(power: Floats) -> Floats:
    """e to the given powers, for powers between about -10 and 10."""
    # The series converges fast near 0; squaring six times undoes the division by 64.
    small = power / 64.0
    value = np.ones(len(power))
    for order in range(8, 0, -1):
        value = 1.0 + small * value / order
    for _ in range(6):
        value = value * value
    return value


@dataclass(slots=True)
class Choices:
    """Choices for one thing, with the methods of `random.Random` that visitors use."""

    key: int

    def random(self) -> float:
        """The next number in [0, 1)."""
        self.key = self.key + _GAMMA & _MASK
        return (mix(self.key) >> 11) / 2.0**53

    def choice(self, options: Sequence[T]) -> T:
        """One of the options, each as likely as the others."""
        return options[int(self.random() * len(options))]

    def choices(self, options: Sequence[T], weights: Sequence[float]) -> list[T]:
        """A list of one option, drawn by weight."""
        left = self.random() * sum(weights)
        for option, weight in zip(options, weights, strict=True):
            left -= weight
            if left < 0:
                return [option]
        return [options[-1]]

    def randint(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self.random() * (high - low + 1))


def hexadecimal(words_: Numbers) -> npt.NDArray[Any]:
    """The words as texts of 16 hexadecimal digits."""
    text = words_.astype(">u8").tobytes().hex()
    digits = [text[at : at + 16] for at in range(0, len(text), 16)]
    return np.array(digits, dtype=object)
